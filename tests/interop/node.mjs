// node.mjs - a node's side of the conversation (PROTOCOL 5 to 7): says hello,
// pushes, takes in, rebases. What it knows is in a Store; what it says waits for
// that to be on the disk.
import { randomBytes } from 'node:crypto';
import { EXPEDITED, leaving, nameOf, nextHash, partHash, readChange, refOf, vaultData, writeChange } from './change.mjs';
import { bySigningKey, learnSigningKey } from './judge.mjs';
import { keyId, proves, seal, signed, box, unbox } from './keys.mjs';
import { Line } from './line.mjs';
import { alertReceipt, mergedReceipts } from './records.mjs';
import { packBatch, packEarly, unpackPack } from './pack.mjs';
import { decode, DICTIONARY, encode, frameHeader, packRaw, readFrame, unpack, writeFrame } from './wire.mjs';

const WINDOW = { express: 65536, bulk: 524288 };
const BEFORE_WELCOME = ['challenge', 'welcome', 'drain', 'nak', 'beacon', 'bye'];

const same = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;

export class Node {
    // `hear`(what, detail) is told what happens; `minors` is the range it speaks.
    constructor(store, { hear = () => {}, minors = [0, 5], batch = 16384, underWay = 32 } = {}) {
        this.store = store;
        this.hear = hear;
        this.minors = minors;
        this.batchBytes = batch;
        this.mostUnderWay = underWay;
        this.instance = randomBytes(16);
        this.ceiling = 1000;
        this.later = 0;
        this.running = false;
    }
    start() {
        this.running = true;
        this.timer = setInterval(() => this.#tick(Date.now()), 100);
        this.#dial();
    }
    stop() {
        this.running = false;
        clearInterval(this.timer);
        clearTimeout(this.redial);
        this.#hangUp();
        this.store.commit();
    }
    // As if the line had gone: nothing is said, and it dials again.
    cut() {
        this.express?.close('cut');
    }

    // ---- lines

    #dial() {
        const me = this.store.me;
        this.session = null;
        this.helloAt = 0;
        this.express = new Line(me.express, me.hubCurve, me.curve, { heartbeat: true }, {
            opened: () => this.#hello(),
            came: (frame) => this.#came('express', frame),
            gone: (why) => this.#lost(why),
        });
    }
    #lost(why) {
        this.hear('lost', why);
        this.#hangUp();
        if (!this.running)
            return;
        this.redial = setTimeout(() => this.#dial(), Math.random() * this.ceiling);
        this.ceiling = Math.min(this.ceiling * 2, 60000);
    }
    #hangUp() {
        const { express, bulk } = this;
        this.express = this.bulk = null;
        this.session = null;
        this.bulkOpen = false;
        express?.close();
        bulk?.close();
    }
    #openBulk() {
        const me = this.store.me;
        if (this.bulk || !this.session)
            return;
        this.bulkAt = Date.now();
        this.counted.bulk = { sent: 0, grant: this.session.creditBulk, got: 0, told: WINDOW.bulk };
        const line = this.bulk = new Line(me.bulk, me.hubCurve, me.curve, {}, {
            opened: () => {
                line.send(writeFrame('bulkOpen', { session: this.session.id }));
                this.bulkOpen = true;
                this.#push();
            },
            came: (frame) => this.#came('bulk', frame),
            gone: () => {
                if (this.bulk !== line)
                    return;
                this.bulk = null;
                this.bulkOpen = false;
                this.sent = this.store.acked; // what was under way is sent again
                this.underWay = 0;
            },
        });
    }
    // What is said waits for what is known to be on the disk.
    say(lane, name, message) {
        this.store.commit();
        const frame = writeFrame(name, message);
        this[lane]?.send(frame);
        return frame.length;
    }

    // ---- hello

    #claim(stream) {
        const n = stream.entries.length;
        const at = [n];
        for (let back = 1; back < n && at.length < 65; back *= 2)
            at.push(n - back);
        if (n > 0)
            at.push(0);
        return {
            name: { home: stream.home, channel: stream.channel },
            samples: at.map((seq) => ({ seq, h: stream.h[seq] })),
        };
    }
    #backlog() {
        const waiting = this.store.up.entries.slice(this.store.acked);
        return {
            records: waiting.length,
            bytes: waiting.reduce((sum, change) => sum + encode('Change', writeChange(leaving(change))).length, 0),
            oldestMs: waiting[0]?.of.clockMs ?? 0,
        };
    }
    #hello(nonce = Buffer.alloc(0)) {
        const { store } = this;
        this.helloAt = Date.now();
        this.counted = { express: { sent: 0, grant: 0, got: 0, told: WINDOW.express } };
        this.say('express', 'hello', {
            minorMin: this.minors[0], minorMax: this.minors[1], unit: store.me.unit, certificate: store.me.number,
            instance: this.instance, nonce, clockMs: Date.now(), software: 'interop 1',
            acked: store.acked, creditExpress: WINDOW.express, creditBulk: WINDOW.bulk, backlog: this.#backlog(),
            claims: [this.#claim(store.up), ...store.channels.map((stream) => this.#claim(stream))],
            ...(this.minors[1] >= 4 ? { dictionaries: [DICTIONARY] } : {}),
        });
        this.hear('hello', { claims: 1 + store.channels.length });
    }
    // The largest claimed position at which both have the same h.
    #common(stream, samples) {
        return Math.max(...samples.filter(({ seq, h }) => seq < stream.h.length && same(stream.h[seq], h))
            .map(({ seq }) => seq), -1);
    }
    #welcome(welcome) {
        const { store } = this;
        if (welcome.minor > this.minors[1])
            return this.express.close('a welcome that makes no sense');
        this.session = {
            id: welcome.session, minor: welcome.minor, creditBulk: welcome.creditBulk,
            early: welcome.creditExpress, hubHas: welcome.up.samples[0].seq,
            words: welcome.dictionaries.includes(DICTIONARY) ? DICTIONARY : 0,
        };
        this.counted.express.grant = welcome.creditExpress;
        this.taken = null;
        this.stopped = false;
        this.underWay = 0;
        this.vaulted = welcome.vaulted;
        this.vaultUnderWay = 0;

        const common = this.#common(store.up, welcome.up.samples);
        if (common < 0)
            return this.express.close('a hub that is not ours');
        const prefix = common === this.session.hubHas;
        this.hear('welcome', { minor: welcome.minor, prefix, hubHas: this.session.hubHas, common });
        for (const { name, resume, head } of welcome.channels) {
            const stream = store.stream(name.home, name.channel);
            if (stream.entries.length > resume)
                store.detach(stream, resume);
            if (head > resume)
                this.wanted = true;
        }
        this.say('express', 'earlyList', { last: true, refs: [...store.early.values()].slice(0, 256).map(refOf) });
        if (this.session.minor >= 1)
            this.#tellRefused();
        this.sent = common;
        if (prefix) {
            store.put({ op: 'acked', seq: this.session.hubHas });
        } else {
            this.taken = { after: common, changes: [], h: store.up.h[common] };
            this.hear('rebase', { after: common });
            this.say('express', 'pull', { name: { home: store.me.unit, channel: 'up' }, after: common });
            this.wanted = true;
        }
        this.expedite = store.up.entries.slice(common).filter((change) => change.of.flags & EXPEDITED);
    }

    // ---- what comes in

    #came(lane, bytes) {
        const frame = readFrame(bytes);
        if (frame === null)
            return;
        this.ceiling = 1000;
        let { name, message } = frame;
        if (!this.session && !BEFORE_WELCOME.includes(name))
            return;
        this.hear(`<${name}`, message);
        if (name === 'pack') {
            try {
                const { words } = frameHeader(message.zstd);
                ({ name, message } = unpackPack(message));
                this.hear('unpacked', { what: name, words, bytes: bytes.length, short: Boolean(message.short) });
            } catch (error) { // as if it could not be decoded (PROTOCOL 6.1)
                return this.hear('dropped', error.message);
            }
        }
        const handler = this[`on_${name}`];
        if (handler === undefined)
            return;
        if ((lane === 'bulk') !== ['batch', 'ack', 'vault', 'nak', 'credit', 'bye'].includes(name) &&
            !['nak', 'credit', 'bye', 'vault'].includes(name))
            return this[lane].close(`${name} on ${lane}`);
        if (['batch', 'vault'].includes(name) && lane === 'bulk')
            this.counted.bulk.got += bytes.length;
        if (name === 'early')
            this.counted.express.got += bytes.length;
        handler.call(this, message, lane);
        this.store.commit();
        this.#push();
    }
    on_challenge({ nonce }) { this.#hello(nonce); }
    on_welcome(message) { this.#welcome(message); }
    on_bye({ code, text }) { this.express?.close(`bye ${code} ${text}`); }
    on_credit(message, lane) { this.#grant(lane, message[lane]); }
    #grant(lane, total) {
        const counted = this.counted[lane];
        if (counted)
            counted.grant = Math.max(counted.grant, total);
    }
    on_beacon({ beacon }) {
        const body = decode('BeaconBody', beacon.body);
        if (bySigningKey(this.store, 'beacon', beacon.body, beacon.keyId, beacon.signature) !== 0 ||
            body.hub !== this.store.me.hub || body.clockMs <= this.store.judged.beacon)
            return;
        this.store.put({ op: 'beacon', time: body.clockMs });
        this.hear('beacon', body);
    }
    on_announce() {
        this.wanted = true;
    }
    on_earlyList({ refs }) {
        // What the hub holds early of ours and we do not have at all.
        const unknown = refs.filter((ref) => ref.home === this.store.me.unit && !this.store.own(nameOf(ref)));
        for (const ref of refs)
            if (!unknown.includes(ref))
                this.#ackedEarly(nameOf(ref));
        this.say('express', 'want', { refs: unknown });
    }
    #ackedEarly(name) {
        this.store.put({ op: 'ackedEarly', name });
        this.expedite = this.expedite.filter((change) => nameOf(refOf(change)) !== name);
    }
    on_want({ refs }) {
        for (const ref of refs) {
            const name = nameOf(ref);
            const change = this.store.own(name) ?? this.store.early.get(name) ??
                this.store.channels.flatMap((stream) => stream.entries).find((entry) => nameOf(refOf(entry)) === name);
            if (change)
                this.say('express', 'early', { change: writeChange(change.of.home === this.store.me.unit ?
                    leaving(change) : change), handedBack: true });
        }
    }

    // A change ahead of its place, or one of ours that is handed back.
    on_early({ change: message, handedBack }) {
        const { store } = this;
        const counted = this.counted.express;
        let change;
        try {
            change = readChange(message);
        } catch {
            return;
        }
        const ref = refOf(change);
        const code = this.#takeEarly(change, handedBack);
        counted.told = counted.got + WINDOW.express;
        store.commit();
        this.say('express', 'earlyAck', { ref, stored: code === 0, code, credit: counted.told });
        this.hear('early', { change, code });
    }
    #takeEarly(change, handedBack) {
        const { store } = this;
        const name = nameOf(refOf(change));
        if (change.of.home === store.me.unit) {
            if (!handedBack || change.signature === null)
                return 6;
            if (!proves(store.me.sign.public, 'change', change.digest, change.signature))
                return 7;
            if (!store.own(name))
                store.append(store.me.unit, 'up', change);
            return 0;
        }
        if (change.of.home !== store.me.hub)
            return 6;
        if (this.#holds(name))
            return 0;
        if (change.of.kind === 10 && change.fact?.data) // proves itself (PROTOCOL 8.1)
            learnSigningKey(store, decode('Signed', change.fact.data));
        const code = change.signature === null ? 7 :
            bySigningKey(store, 'change', change.digest, change.keyId, change.signature);
        if (code !== 0)
            return 7;
        store.keepEarly(change);
        this.#receipts();
        return 0;
    }
    #holds(name) {
        return this.store.early.has(name) ||
            this.store.channels.some((stream) => stream.entries.some((change) => nameOf(refOf(change)) === name));
    }
    // Every alert that is new here gets a receipt.
    #receipts() {
        for (const entry of this.store.judged.alerts.values())
            if (!this.store.up.entries.some((change) => change.of.kind === 7 &&
                same(decode('ReceiptFact', change.fact.data).alert, entry.alert.id)))
                this.write(alertReceipt(this.store, entry));
    }

    on_batch(batch) {
        const { name } = batch;
        const code = this.#takeBatch(batch);
        const counted = this.counted.bulk;
        this.store.commit();
        counted.told = counted.got + WINDOW.bulk;
        if (code.code)
            return this.say('bulk', 'nak', { name, ...code });
        this.say('bulk', 'ack', { name, seq: code.seq, credit: counted.told });
        this.#receipts();
        if (this.taken && this.taken.after + this.taken.changes.length >= this.session.hubHas)
            this.#rebased();
    }
    #takeBatch({ name, first, changes, zstd, head, short }) {
        const { store } = this;
        const lent = name.home === store.me.unit && name.channel === 'up' && this.taken !== null;
        if (!lent && name.home !== store.me.hub)
            return { code: 6 };
        const stream = lent ? null : store.stream(name.home, name.channel);
        const have = lent ? this.taken.after + this.taken.changes.length : stream.entries.length;
        let list, said;
        try {
            list = (zstd.length > 0 ? decode('ChangeList', unpack(zstd, 1048576)).changes : changes).map(readChange);
            said = short ? null : decode('HeadBody', head.body);
        } catch {
            return { code: 5 };
        }
        if (short && lent)
            return { code: 5 };
        if (list.length < 1 || list.length > 2000 || list.some((change) => change.of.home !== name.home))
            return { code: 5 };
        for (const change of list)
            if (change.of.kind === 10 && change.of.home === store.me.hub && change.fact?.data)
                learnSigningKey(store, decode('Signed', change.fact.data));
        if (short) { // its receiver makes it (PROTOCOL 7.13)
            if (first > have + 1)
                return { code: 1, expected: have + 1 };
            const seq = first + list.length - 1;
            const h = list.slice(Math.max(0, have + 1 - first)).reduce((to, change, index) =>
                nextHash(to, have + 1 + index, change.digest), stream.h[Math.min(have, seq)]);
            if (!same(h.subarray(0, 4), short.begins))
                return { code: 2 };
            said = { name, seq, h, clockMs: short.clockMs };
            head = { ...head, body: encode('HeadBody', said) };
        }
        const proof = bySigningKey(store, 'head', head.body, head.keyId, head.signature);
        if (proof !== 0)
            return proof === 3 ? { code: 3, waitMs: 1000 } : { code: 7 };
        if (said.name.home !== name.home || said.name.channel !== name.channel || said.seq !== first + list.length - 1)
            return { code: 5 };
        if (first > have + 1)
            return { code: 1, expected: have + 1 };
        const fresh = list.slice(have + 1 - first);
        let h = lent ? this.taken.h : stream.h[have];
        fresh.forEach((change, index) => { h = nextHash(h, have + 1 + index, change.digest); });
        if (fresh.length > 0 && !same(h, said.h))
            return { code: 2 };
        for (const change of fresh) {
            if (lent)
                this.taken.changes.push(change);
            else
                store.append(name.home, name.channel, change);
        }
        if (lent)
            this.taken.h = h;
        return { seq: have + fresh.length };
    }
    #rebased() {
        const { after, changes } = this.taken;
        this.store.rebase(after, changes);
        this.taken = null;
        this.store.put({ op: 'acked', seq: this.session.hubHas });
        this.sent = this.session.hubHas;
        if (this.session.minor >= 2)
            this.say('express', 'pull', { name: { home: this.store.me.unit, channel: 'vault' }, after });
        mergedReceipts(this.store).forEach((change) => this.write(change));
        this.hear('rebased', { after, taken: changes.length, head: this.store.up.entries.length });
    }

    // ---- what goes out

    // Appends a change of one's own and sends what may be sent.
    write(change) {
        this.store.append(this.store.me.unit, 'up', change);
        if (this.session && change.of.flags & EXPEDITED)
            this.expedite.push(change);
        if (this.session)
            this.#push();
        return change;
    }
    #push() {
        if (!this.session)
            return;
        const { store } = this;
        const express = this.counted.express;
        for (const change of this.expedite.filter((one) => !one.underWay)) {
            if (express.sent >= express.grant)
                break;
            change.underWay = true;
            express.sent += this.#packs() ?
                this.#sayPack('express', packEarly(leaving(change), {}, this.session.words)) :
                this.say('express', 'early', { change: writeChange(leaving(change)) });
        }
        this.expedite = this.expedite.filter((change) => !store.ackedEarly.has(nameOf(refOf(change))));
        if (this.wanted || (!this.taken && (store.acked < store.up.entries.length ||
            (this.session.minor >= 2 && this.vaulted < store.acked)))) {
            this.wanted = false;
            this.#openBulk();
        }
        if (!this.bulkOpen || this.taken || this.stopped || Date.now() < this.later)
            return;
        const bulk = this.counted.bulk;
        while (this.sent < store.up.entries.length && this.underWay < this.mostUnderWay && bulk.sent < bulk.grant)
            bulk.sent += this.#batch();
        if (this.session.minor >= 2 && store.acked === store.up.entries.length && this.vaulted < store.acked &&
            this.vaultUnderWay === 0 && bulk.sent < bulk.grant)
            bulk.sent += this.#vault();
    }
    #packs() { return this.session.minor >= 4; }
    #sayPack(lane, message) {
        const bytes = this.say(lane, 'pack', message);
        this.hear('>pack', { lane, words: frameHeader(message.zstd).words, bytes });
        return bytes;
    }
    #batch() {
        const { up, me } = this.store;
        const first = this.sent + 1;
        const list = [];
        for (let size = 0; size < this.batchBytes && this.sent < up.entries.length && list.length < 2000; this.sent++) {
            const change = leaving(up.entries[this.sent]);
            size += encode('Change', writeChange(change)).length;
            list.push(change);
        }
        const name = { home: me.unit, channel: 'up' };
        const said = { name, seq: this.sent, h: up.h[this.sent], clockMs: Date.now() };
        const head = signed(me.sign, 'head', encode('HeadBody', said));
        this.underWay++;
        this.bulkAt = Date.now();
        const bytes = this.#packs() ?
            this.#sayPack('bulk', packBatch({ name, first, list, head, said }, this.session.words)) :
            this.say('bulk', 'batch', { name, first, changes: list.map(writeChange), head });
        this.hear('>batch', { first, last: this.sent, bytes });
        return bytes;
    }
    on_ack({ name, seq, credit }) {
        this.#grant('bulk', credit);
        this.bulkAt = Date.now();
        if (name.channel === 'vault') {
            this.vaulted = Math.max(this.vaulted, seq);
            this.vaultUnderWay = 0;
            this.hear('vaulted', this.vaulted);
            return;
        }
        this.store.put({ op: 'acked', seq });
        this.underWay = Math.max(0, this.underWay - 1);
        this.hear('acked', this.store.acked);
    }
    on_earlyAck({ ref, stored, code, credit }) {
        this.#grant('express', credit);
        this.#ackedEarly(nameOf(ref));
        this.hear('earlyAcked', { ref, stored, code });
    }
    on_nak({ name, code, expected, waitMs }, lane) {
        this.hear('refused', { name, code, expected, waitMs });
        if (lane === 'express' && !this.session)
            return this.express.close(`nak ${code}`);
        if (code === 1) {
            this.sent = Math.min(this.sent, expected - 1);
            this.underWay = 0;
        } else if (code === 3) {
            this.later = Date.now() + waitMs;
        } else if ([2, 6].includes(code)) {
            this.express.close(`nak ${code}`);
        } else {
            this.stopped = true;
        }
    }
    #tellRefused() {
        const refused = [...this.store.judged.refused.values()];
        this.toldRefused = refused.length;
        this.say('express', 'refusals', { total: refused.length, items: refused.slice(-64).reverse()
            .map(({ change, reason, since }) => ({ ref: refOf(change), kind: change.of.kind, sinceMs: since, reason })) });
    }

    // ---- the vault (PROTOCOL 7.10)

    #object(change) {
        const { rest, recovery } = this.store.me;
        const parts = {};
        for (const name of ['body', 'vault'])
            if (change[name]?.data && leaving(change)[name]?.stub)
                Object.assign(parts, { [`${name}Salt`]: change[name].salt, [name]: change[name].data });
        if (Object.keys(parts).length === 0)
            return null;
        const ref = refOf(change);
        const data = vaultData(ref);
        const key = randomBytes(32);
        return { ref, object: encode('VaultObject', {
            restBox: box(rest, data, key), recoveryBox: seal(recovery.public, key), recoveryId: keyId(recovery.public),
            content: box(key, data, packRaw(encode('VaultParts', parts))),
        }) };
    }
    #vault() {
        const { up, me } = this.store;
        const after = this.vaulted;
        const objects = [];
        let last = after;
        for (let size = 0; last < this.store.acked && objects.length < 64 && size < this.batchBytes; last++) {
            const item = this.#object(up.entries[last]);
            if (item) {
                objects.push(item);
                size += item.object.length;
            }
        }
        this.vaultUnderWay = 1;
        return this.say('bulk', 'vault', { name: { home: me.unit, channel: 'vault' }, after, last, objects });
    }
    on_vault({ name, after, last, objects }) {
        for (const { ref, object } of objects)
            this.#opened(ref, object);
        const counted = this.counted.bulk;
        counted.told = counted.got + WINDOW.bulk;
        if (last > 0)
            this.say('bulk', 'ack', { name, seq: last, credit: counted.told });
        this.hear('vault', { after, last, objects: objects.length });
    }
    #opened(ref, bytes) {
        const change = this.store.own(nameOf(ref));
        const object = decode('VaultObject', bytes);
        const data = vaultData(ref);
        const key = unbox(this.store.me.rest, data, object.restBox);
        const content = key && unbox(key, data, object.content);
        if (!change || !content)
            return;
        const parts = decode('VaultParts', unpack(content, 196672));
        const found = {};
        for (const part of ['body', 'vault']) {
            const salt = Buffer.from(parts[`${part}Salt`]);
            const opened = { salt, data: Buffer.from(parts[part]) };
            if (salt.length === 16 && change[part]?.stub && same(change[part].stub, partHash(opened)))
                found[part] = opened;
        }
        this.store.put({ op: 'parts', name: nameOf(ref), ...found });
    }
    on_vaultWant({ refs }) {
        this.hear('vaultWant', refs.length);
        const objects = refs.map((ref) => this.store.own(nameOf(ref))).filter(Boolean)
            .map((change) => this.#object(change)).filter(Boolean);
        this.#openBulk();
        if (this.bulkOpen)
            this.counted.bulk.sent += this.say('bulk', 'vault', {
                name: { home: this.store.me.unit, channel: 'vault' }, after: 0, last: 0, objects: objects.slice(0, 64) });
    }
    on_refusals(message) { this.hear('refusals', message); }

    // ---- time

    #tick(now) {
        if (this.express && !this.session && this.helloAt !== 0 && now - this.helloAt >= 10000)
            this.#hello();
        if (!this.session)
            return;
        const head = this.store.up.entries.length;
        const changed = head !== this.status?.head || this.store.acked !== this.status?.acked;
        if (now - (this.status?.at ?? 0) >= (changed ? 10000 : 60000)) {
            this.status = { head, acked: this.store.acked, at: now };
            this.say('express', 'status', { head, backlog: this.#backlog(), clockMs: now });
        }
        if (this.session.minor >= 1 && this.toldRefused !== this.store.judged.refused.size)
            this.#tellRefused();
        if (this.bulkOpen && now - this.bulkAt >= 60000)
            this.bulk.close('idle');
        if (this.sent > this.store.acked && !this.taken && now - this.bulkAt >= 30000) {
            this.sent = this.store.acked; // again, in smaller batches (PROTOCOL 7.2)
            this.batchBytes = Math.max(1024, this.batchBytes / 2);
            this.bulkAt = now;
        }
        this.#push();
    }
}
