// district.mjs - a small district of the real programs for stories in a browser:
// a hub and one commune on loopback, pages over TLS, in a folder that goes.
//
//   const here = await district();       // { url, node(..), hub(..), hubDown(), .. }
//   await here.person('lan', 'officer');  // PASSPHRASE; with both shares: opens names
//   const page = await enter(here, 'lan');
// With `{ board: true }` the hub serves its pages too, at here.board; `sisters` are
// further communes, without pages: await here.sister('quang-phu', 'notice', 'list').
// `smallDisk`: the commune's is one that can be filled (where ownMounts() says yes).
import { execFile, execFileSync, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILD, heldPorts, open, until } from './lib.mjs';

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

export async function district({ board = false, sisters = [], smallDisk = false } = {}) {
    const place = mkdtempSync(join(tmpdir(), 'lienxa-browser.'));
    const at = { place, url: '', shares: [], hubProcess: null, nodeProcess: null, board: '', others: [] };

    const data = join(place, UNIT);
    const ports = await heldPorts(5); // the hub's three, its pages', the commune's

    mkdirSync(join(place, 'log'));
    mkdirSync(data, { mode: 0o700 });
    if (smallDisk)
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m,mode=700', 'tmpfs', data]);
    const gone = () => {
        if (smallDisk)
            execFileSync('umount', ['-l', data]);
        rmSync(place, { recursive: true, force: true });
    };

    at.fillDisk = () => new Promise((done) => {
        const ballast = createWriteStream(join(data, 'ballast'));
        const pour = () => ballast.write(Buffer.alloc(1 << 20), (error) => error ? done() : pour());

        ballast.on('error', () => done()); // it is full
        pour();
    });
    at.emptyDisk = () => rmSync(join(data, 'ballast'));
    at.webPid = () => Number(execFileSync('ps', ['-o', 'pid=', '--ppid', String(at.nodeProcess.pid)],
        { encoding: 'utf8' }).trim().split(/\s+/)[0]);
    at.hub = (...args) => run('lienxa-hub', ['--data', join(place, 'hub'), ...args]);
    at.node = (args, input) => run('lienxa-node', ['--data', join(place, UNIT), ...args], input);
    at.hubUp = async () => {
        at.hubProcess = serve('lienxa-hub', ['--data', join(place, 'hub'), 'serve',
            ...['--express', '--bulk', '--enrol'].flatMap((name, i) => [name, `tcp://127.0.0.1:${ports[i]}`]),
            ...(board ? ['--web', `127.0.0.1:${ports[3]}`] : [])], join(place, 'log/hub.log'));
        at.board = (await until('the hub listens', () => at.hub('address', '--json').then(JSON.parse, () => null)
            .then((found) => board && !/:[1-9]\d*$/.test(found?.web ?? '') ? null : found))).web;
    };
    at.hubDown = () => end(at.hubProcess);
    at.nodeKilled = async () => {
        at.nodeProcess.kill('SIGKILL');
        await at.nodeProcess.over;
    };
    at.nodeUp = async () => {
        at.nodeProcess = serve('lienxa-node', ['--data', join(place, UNIT), 'serve', '--web', `127.0.0.1:${ports[4]}`],
            join(place, 'log/node.log'));
        at.url = await until('the pages are served', () =>
            at.status().then((status) => status.web, () => null));
    };
    at.nodeDown = () => end(at.nodeProcess);
    at.status = async () => JSON.parse(await at.node(['status', '--json']));
    at.person = (name, role, withKeys = false) => at.node(['user', 'add', name, '--role', role],
        [PASSPHRASE, ...(withKeys ? at.shares : []), ''].join('\n'));
    at.secrets = {};
    at.hubPerson = async (name, role) => {
        await run('lienxa-hub', ['--data', join(place, 'hub'), 'user', 'add', name, '--role', role], `${PASSPHRASE}\n`);
        at.secrets[name] = JSON.parse(await at.hub('user', 'totp', name, '--json')).secret;
    };
    // When the test itself ends: the programs end by themselves, the folder goes.
    at.endNow = () => {
        at.others.forEach((one) => one.kill('SIGTERM'));
        at.nodeProcess?.kill('SIGTERM');
        at.hubProcess?.kill('SIGTERM');
        gone();
    };
    at.down = async () => {
        await Promise.all(at.others.map(end));
        await end(at.nodeProcess);
        await end(at.hubProcess);
        gone();
    };
    at.sister = (unit, ...args) => run('lienxa-node', ['--data', join(place, unit), ...args]);
    at.invite = async (unit) => (await at.hub('node', 'invite', unit, '--advertise', '127.0.0.1')).trim().split('\n').at(-1);
    await at.hub('init', '--name', 'Quảng Điền', '--roster', join(root, 'ops/config/roster-quang-dien.csv'));
    await at.hubUp();
    const joined = await at.node(['join', await at.invite(UNIT)]);

    at.shares = [...joined.matchAll(/^(share recovery-\d \S+)$/gm)].map((found) => found[1]);
    for (const unit of sisters) {
        await at.sister(unit, 'join', await at.invite(unit));
        at.others.push(serve('lienxa-node', ['--data', join(place, unit), 'serve'], join(place, `log/${unit}.log`)));
    }
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
