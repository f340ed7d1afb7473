// hub.mjs - a real hub with its real pages, in a folder of its own, for stories
// that need no commune. It ends only what it started.
import { execFileSync, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILD, until } from './lib.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const program = join(BUILD, 'bin/lienxa-hub');

// { url, run(argument..), stop(), start(), webPid(), close() }
export async function realHub() {
    const place = mkdtempSync(join(tmpdir(), 'lienxa-browser.'));
    const data = join(place, 'hub');
    const hub = { place, url: '' };
    let child = null;
    let web = '127.0.0.1:0';

    hub.run = (words, input = '') =>
        execFileSync(program, ['--data', data, ...words], { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
    hub.start = async () => {
        const log = openSync(join(place, 'log'), 'a');
        const ports = ['--express', '--bulk', '--enrol'].flatMap((name) => [name, 'tcp://127.0.0.1:0']);

        child = spawn(program, ['--data', data, 'serve', ...ports, '--web', web], { stdio: ['ignore', log, log] });
        await until('the hub says where its pages are', () => {
            try {
                hub.url = JSON.parse(hub.run(['address', '--json'])).web;
                return /:[1-9]\d*$/.test(hub.url);
            } catch {
                return false;
            }
        });
        web = hub.url.replace(/^https:\/\//, ''); // the same next time
    };
    hub.stop = (signal = 'SIGTERM') => new Promise((done) => {
        if (child === null)
            return done();
        child.once('exit', done);
        child.kill(signal);
        child = null;
    });
    hub.webPid = () => Number(execFileSync('ps', ['-o', 'pid=', '--ppid', String(child.pid)],
        { encoding: 'utf8' }).trim().split(/\s+/)[0]);
    hub.close = async () => {
        await hub.stop();
        rmSync(place, { recursive: true, force: true });
    };
    process.on('exit', () => child?.kill('SIGTERM')); // however the test ends
    hub.run(['init', '--name', 'Huyện Quảng Điền', '--roster', join(root, 'ops/config/roster-quang-dien.csv')]);
    await hub.start();
    return hub;
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
