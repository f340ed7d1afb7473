// store.mjs - all that a node knows, in one file of lines that is only ever
// appended to: what is not yet committed (written and synced) has not happened.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { firstHash, nameOf, nextHash, readChange, refOf, writeChange } from './change.mjs';
import { decode, encode } from './wire.mjs';
import { learn, learnSigningKey } from './judge.mjs';

const toText = (change) => encode('Change', writeChange(change)).toString('base64');
const fromText = (text) => readChange(decode('Change', Buffer.from(text, 'base64')));

// Bytes in JSON.
const revive = (key, value) => value?.type === 'Buffer' ? Buffer.from(value.data) : value;

export class Store {
    constructor(folder) {
        const path = join(folder, 'node.lines');
        const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];

        lines.pop(); // behind the last newline: nothing, or half a line
        this.me = null;
        this.streams = new Map();
        this.early = new Map(); // the hub's, outside any stream
        this.acked = 0;
        this.ackedEarly = new Set();
        this.judged = { keys: new Map(), revoked: new Set(), alerts: new Map(), superseded: new Set(),
            refused: new Map(), beacon: 0 };
        this.waiting = [];
        for (const line of lines)
            this.#take(JSON.parse(line, revive));
        this.file = openSync(path, 'a', 0o600);
    }

    // Says what happened: { op, .. }. Durable after commit().
    put(event) {
        this.#take(event);
        this.waiting.push(JSON.stringify(event));
    }
    commit() {
        if (this.waiting.length === 0)
            return;
        writeSync(this.file, this.waiting.map((line) => `${line}\n`).join(''));
        fsyncSync(this.file);
        this.waiting = [];
    }
    close() {
        this.commit();
        closeSync(this.file);
    }

    stream(home, channel) {
        const name = `${home} ${channel}`;
        if (!this.streams.has(name))
            this.streams.set(name, { home, channel, entries: [], h: [firstHash(home, channel)] });
        return this.streams.get(name);
    }
    get up() {
        return this.stream(this.me.unit, 'up');
    }
    // The copies of hub channels.
    get channels() {
        return [...this.streams.values()].filter((stream) => stream.home === this.me.hub);
    }

    append(home, channel, change) { this.put({ op: 'append', home, channel, change: toText(change) }); }
    keepEarly(change) { this.put({ op: 'early', change: toText(change) }); }
    // `changes` are the hub's copy behind `after`; what of ours it lacks follows.
    rebase(after, changes) { this.put({ op: 'rebase', after, changes: changes.map(toText) }); }
    detach(stream, after) { this.put({ op: 'detach', home: stream.home, channel: stream.channel, after }); }

    // A change of one's own with this name, or undefined.
    own(name) { return this.up.entries.find((change) => nameOf(refOf(change)) === name); }

    #take(event) {
        switch (event.op) {
        case 'me':
            this.me = event.me;
            learnSigningKey(this, event.me.signingKey);
            break;
        case 'append': this.#append(this.stream(event.home, event.channel), fromText(event.change)); break;
        case 'early': this.#early(fromText(event.change)); break;
        case 'detach': this.#detach(this.stream(event.home, event.channel), event.after); break;
        case 'rebase': this.#rebase(event.after, event.changes.map(fromText)); break;
        case 'parts': this.#parts(event); break;
        case 'acked': this.acked = Math.max(this.acked, event.seq); break;
        case 'ackedEarly': this.ackedEarly.add(event.name); break;
        case 'beacon': this.judged.beacon = event.time; break;
        }
    }
    #append(stream, change) {
        const name = nameOf(refOf(change));
        const n = stream.entries.push(change);

        stream.h.push(nextHash(stream.h[n - 1], n, change.digest));
        if (this.early.delete(name) || stream.home === this.me.unit)
            return; // judged when it came
        learn(this, change);
    }
    #early(change) {
        this.early.set(nameOf(refOf(change)), change);
        learn(this, change);
    }
    #detach(stream, after) {
        for (const change of stream.entries.splice(after))
            this.early.set(nameOf(refOf(change)), change);
        stream.h.splice(after + 1);
    }
    #rebase(after, changes) {
        const held = new Map(this.up.entries.map((change) => [nameOf(refOf(change)), change]));
        const own = this.up.entries.splice(after);
        const there = new Set(this.up.entries.map((change) => nameOf(refOf(change))));

        this.up.h.splice(after + 1);
        for (const change of [...changes, ...own]) {
            const name = nameOf(refOf(change));
            if (there.has(name))
                continue;
            there.add(name);
            this.#append(this.up, held.get(name) ?? change); // whole parts stay (PROTOCOL 2.4)
        }
    }
    #parts({ name, body, vault }) {
        const change = this.own(name);
        change.body = body ?? change.body;
        change.vault = vault ?? change.vault;
    }
}
