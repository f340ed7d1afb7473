// hub.mjs - the real lienxa-hub, in a folder of its own. It ends with the test.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const bin = process.env.LIENXA_BIN ?? join(root, 'build/release/bin');

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const PATIENCE_S = 30 * Number(process.env.LIENXA_PATIENCE ?? 1);

// Tries until `good` is neither false nor null, but not for ever.
export async function until(what, good) {
    const end = Date.now() + PATIENCE_S * 1000;
    for (;;) {
        const got = await good();
        if (got !== false && got !== null && got !== undefined)
            return got;
        if (Date.now() > end)
            throw new Error(`waited ${PATIENCE_S} s in vain: ${what}`);
        await sleep(20);
    }
}

export class Hub {
    constructor() {
        this.place = mkdtempSync(join(tmpdir(), 'lienxa-interop.'));
        this.data = join(this.place, 'hub');
        this.child = null;
        process.on('exit', () => this.child?.kill('SIGKILL'));
    }
    // { rc, out, err } of a command.
    ask(...words) {
        return new Promise((done) => execFile(join(bin, 'lienxa-hub'), ['--data', this.data, ...words],
            { encoding: 'utf8', maxBuffer: 1 << 26 },
            (error, out, err) => done({ rc: error ? error.code : 0, out, err })));
    }
    async run(...words) {
        const { rc, out, err } = await this.ask(...words);
        if (rc !== 0)
            throw new Error(`lienxa-hub ${words.join(' ')}: ${err}`);
        return out;
    }
    async json(...words) { return JSON.parse(await this.run(...words, '--json')); }
    async invite(unit) {
        return (await this.run('node', 'invite', unit, '--advertise', '127.0.0.1')).trim().split('\n').pop();
    }
    init() {
        return this.run('init', '--name', 'Quảng Điền', '--roster', join(root, 'ops/config/roster-quang-dien.csv'));
    }
    async start() {
        const log = openSync(join(this.place, 'log'), 'a');
        const any = 'tcp://127.0.0.1:0';
        this.child = spawn(join(bin, 'lienxa-hub'), ['--data', this.data, 'serve',
            '--express', any, '--bulk', any, '--enrol', any], { stdio: ['ignore', log, log] });
        await until('the hub serves', async () => (await this.ask('address', '--json')).rc === 0);
    }
    remove() { // for good
        this.child?.kill('SIGKILL');
        rmSync(this.place, { recursive: true, force: true });
    }
}
