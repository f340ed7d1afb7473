// district.mjs - a small district of the real programs for stories in a browser:
// a hub and one commune on loopback, pages over TLS, in a folder that goes.
//
//   const here = await district();       // { url, node(..), hub(..), hubDown(), .. }
//   await here.person('lan', 'officer');  // PASSPHRASE; with both shares: opens names
//   const page = await enter(here, 'lan');
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILD, open, until } from './lib.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const BIN = join(BUILD, 'bin');
const UNIT = 'quang-tho';
export const PASSPHRASE = 'ngọn đèn trước gió 2026';

function run(program, args, input = '') {
    return new Promise((done, failed) => {
        const child = execFile(join(BIN, program), args, { maxBuffer: 1 << 24 }, (error, out, said) =>
            error ? failed(new Error(`${program} ${args.join(' ')}: ${said || error.message}`)) : done(out));

        child.stdin.on('error', () => undefined); // it needed none and is done
        child.stdin.end(input);
    });
}

function serve(program, args, log) {
    const child = spawn(join(BIN, program), args, { stdio: ['ignore', openSync(log, 'a'), openSync(log, 'a')] });

    child.over = new Promise((done) => child.on('exit', done));
    return child;
}

async function end(child) {
    if (child === null || child.exitCode !== null)
        return;
    child.kill('SIGTERM');
    await child.over;
}

export async function district() {
    const place = mkdtempSync(join(tmpdir(), 'lienxa-browser.'));
    const at = { place, url: '', shares: [], ports: null, hubProcess: null, nodeProcess: null };

    mkdirSync(join(place, 'log'));
    at.hub = (...args) => run('lienxa-hub', ['--data', join(place, 'hub'), ...args]);
    at.node = (args, input) => run('lienxa-node', ['--data', join(place, UNIT), ...args], input);
    at.hubUp = async () => {
        const ports = at.ports ?? { express: 'tcp://127.0.0.1:0', bulk: 'tcp://127.0.0.1:0', enrol: 'tcp://127.0.0.1:0' };

        at.hubProcess = serve('lienxa-hub', ['--data', join(place, 'hub'), 'serve', '--express', ports.express,
            '--bulk', ports.bulk, '--enrol', ports.enrol], join(place, 'log/hub.log'));
        at.ports = await until('the hub listens', () => at.hub('address', '--json').then(JSON.parse, () => null));
    };
    at.hubDown = () => end(at.hubProcess);
    at.nodeUp = async () => {
        at.nodeProcess = serve('lienxa-node', ['--data', join(place, UNIT), 'serve', '--web', at.url.slice(8) || '127.0.0.1:0'],
            join(place, 'log/node.log'));
        at.url = await until('the pages are served', () =>
            at.status().then((status) => status.web, () => null));
    };
    at.nodeDown = () => end(at.nodeProcess);
    at.status = async () => JSON.parse(await at.node(['status', '--json']));
    at.person = (name, role, withKeys = false) => at.node(['user', 'add', name, '--role', role],
        [PASSPHRASE, ...(withKeys ? at.shares : []), ''].join('\n'));
    // When the test itself ends: the programs end by themselves, the folder goes.
    at.endNow = () => {
        at.nodeProcess?.kill('SIGTERM');
        at.hubProcess?.kill('SIGTERM');
        rmSync(place, { recursive: true, force: true });
    };
    at.down = async () => {
        await end(at.nodeProcess);
        await end(at.hubProcess);
        rmSync(place, { recursive: true, force: true });
    };
    await at.hub('init', '--name', 'Quảng Điền', '--roster', join(root, 'ops/config/roster-quang-dien.csv'));
    await at.hubUp();
    const token = (await at.hub('node', 'invite', UNIT, '--advertise', '127.0.0.1')).trim().split('\n').at(-1);
    const joined = await at.node(['join', token]);

    at.shares = [...joined.matchAll(/^(share recovery-\d \S+)$/gm)].map((found) => found[1]);
    await at.nodeUp();
    return at;
}

// A page in which this person is signed in.
export async function enter(at, name, options = {}) {
    const page = await open(at, { ...options, allow: [/status of 401/, ...(options.allow ?? [])] });

    await page.getByLabel('Tên đăng nhập').fill(name);
    await page.getByLabel('Mật khẩu', { exact: true }).fill(PASSPHRASE);
    await page.keyboard.press('Enter');
    await page.getByRole('navigation').waitFor();
    return page;
}
