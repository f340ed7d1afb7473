// hub.mjs - a real hub with its real pages, in a folder of its own, and communes
// with theirs. It ends only what it started.
//
//   const hub = await realHub();              // { url, run, start, stop, .. }
//   const tho = await hub.commune('quang-tho', { web: true });
//   hub.person('minh', 'duty');               // PASSPHRASE and a second factor
//   const page = await hub.enter('minh');
import { execFileSync, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILD, heldPorts, open, until } from './lib.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const program = join(BUILD, 'bin/lienxa-hub');

export const PASSPHRASE = 'ngọn đèn trước gió 2026';
const away = [/status of 40[13]/]; // before somebody is in

function serve(path, words, log) {
    const child = spawn(path, words, { stdio: ['ignore', log, log] });

    process.on('exit', () => child.kill('SIGTERM')); // however the test ends
    return child;
}

const ended = (child, signal = 'SIGTERM') => new Promise((done) => {
    if (child === null || child.exitCode !== null)
        return done();
    child.once('exit', done);
    child.kill(signal);
});

// A commune of `hub`: { url, shares, run(words, input), start(), stop(), webPid() }
function communeOf(hub, unit, port) {
    const path = join(BUILD, 'bin/lienxa-node');
    const data = join(hub.place, unit);
    const at = { unit, url: '', shares: [], data };
    let child = null;

    at.run = (words, input = '') =>
        execFileSync(path, ['--data', data, ...words], { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
    at.status = () => JSON.parse(at.run(['status', '--json']));
    at.start = async () => {
        child = serve(path, ['--data', data, 'serve', '--web', port ? `127.0.0.1:${port}` : 'off'],
            openSync(join(hub.place, `${unit}.log`), 'a'));
        if (port)
            at.url = await until('its pages are served', () => {
                try {
                    return at.status().web;
                } catch {
                    return null;
                }
            });
    };
    at.stop = (signal) => ended(child, signal);
    at.webPid = () => childOf(child);
    // With keys: opens names.
    at.person = (name, role, withKeys = false) => at.run(['user', 'add', name, '--role', role],
        [PASSPHRASE, ...(withKeys ? at.shares : []), ''].join('\n'));
    return at;
}

const childOf = (child) => Number(execFileSync('ps', ['-o', 'pid=', '--ppid', String(child.pid)],
    { encoding: 'utf8' }).trim().split(/\s+/)[0]);

// { url, run(argument..), stop(), start(), webPid(), close() }
export async function realHub() {
    const place = mkdtempSync(join(tmpdir(), 'lienxa-browser.'));
    const data = join(place, 'hub');
    const hub = { place, url: '' };
    let child = null;
    const ports = await heldPorts(4);

    hub.run = (words, input = '') =>
        execFileSync(program, ['--data', data, ...words], { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
    hub.start = async () => {
        const log = openSync(join(place, 'log'), 'a');
        const listen = ['--express', '--bulk', '--enrol'].flatMap((name, i) => [name, `tcp://127.0.0.1:${ports[i]}`]);

        child = spawn(program, ['--data', data, 'serve', ...listen, '--web', `127.0.0.1:${ports[3]}`], { stdio: ['ignore', log, log] });
        await until('the hub says where its pages are', () => {
            try {
                hub.url = JSON.parse(hub.run(['address', '--json'])).web;
                return /:[1-9]\d*$/.test(hub.url);
            } catch {
                return false;
            }
        });
    };
    hub.stop = (signal = 'SIGTERM') => new Promise((done) => {
        if (child === null)
            return done();
        child.once('exit', done);
        child.kill(signal);
        child = null;
    });
    hub.webPid = () => childOf(child);
    hub.communes = [];
    hub.commune = async (unit, { web: pages = false } = {}) => {
        const at = communeOf(hub, unit, pages && (await heldPorts(1))[0]);
        const token = hub.run(['node', 'invite', unit, '--advertise', '127.0.0.1']).trim().split('\n').at(-1);

        at.shares = [...at.run(['join', token]).matchAll(/^(share recovery-\d \S+)$/gm)].map((found) => found[1]);
        hub.communes.push(at);
        await at.start();
        return at;
    };
    const secrets = {};

    hub.person = (name, role) => {
        hub.run(['user', 'add', name, '--role', role], `${PASSPHRASE}\n`);
        secrets[name] = JSON.parse(hub.run(['user', 'totp', name, '--json'])).secret;
    };
    hub.code = (name) => freshCode(name, secrets[name]);
    hub.enter = async (name, options = {}) => {
        const page = await open(hub, { ...options, allow: [...away, ...(options.allow ?? [])] });

        await signIn(page, name);
        await page.getByLabel('Mã 6 số').waitFor();
        await page.keyboard.type(await hub.code(name));
        await page.keyboard.press('Enter');
        await page.locator('.rail').waitFor({ state: 'attached' });
        return page;
    };
    hub.close = async () => {
        await Promise.all(hub.communes.map((one) => one.stop()));
        await hub.stop();
        rmSync(place, { recursive: true, force: true });
    };
    process.on('exit', () => child?.kill('SIGTERM')); // however the test ends
    hub.run(['init', '--name', 'Huyện Quảng Điền', '--roster', join(root, 'ops/config/roster-quang-dien.csv')]);
    await hub.start();
    return hub;
}

// By keyboard: the name has the focus when the door opens.
export async function signIn(page, name) {
    await page.getByLabel('Tên đăng nhập').waitFor();
    await page.keyboard.type(name);
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSPHRASE);
    await page.keyboard.press('Enter');
}

export async function enterCommune(commune, name, options = {}) {
    const page = await open(commune, { ...options, allow: [...away, ...(options.allow ?? [])] });

    await signIn(page, name);
    await page.locator('.rail').waitFor({ state: 'attached' });
    return page;
}

// RFC 6238, for a secret in base 32: the code of the step that is `later` from now.
export function totp(secret, later = 0) {
    const bits = [...secret.replace(/\s/g, '')]
        .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
    const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
    const step = Buffer.alloc(8);

    step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + later));
    const mac = createHmac('sha1', key).update(step).digest();

    return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

// A code counts once; the one after is good as well. The one before would be
// too, but not when the half minute ends while it is typed.
const used = {};

export async function freshCode(name, secret) {
    for (;;) {
        const now = Math.floor(Date.now() / 30000);
        const step = [now, now + 1].find((one) => one > (used[name] ?? 0));

        if (step !== undefined) {
            used[name] = step;
            return totp(secret, step - now);
        }
        await new Promise((done) => setTimeout(done, 500));
    }
}
