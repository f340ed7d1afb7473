// test_node.mjs - a node that was written from proto/PROTOCOL.md alone, and the
// real hub: one that speaks what both speak, and at the same time, with a hub of
// its own, one of two minors ago, which packs nothing (PROTOCOL 7.13, 13).
import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { leaving, newChange, nextHash, whole, writeChange } from './change.mjs';
import { enrol, newKeys } from './enrol.mjs';
import { Hub, until } from './hub.mjs';
import { alertState, verdictOn } from './judge.mjs';
import { signed } from './keys.mjs';
import { Node } from './node.mjs';
import { alertReceipt, erased, report, unitKeys } from './records.mjs';
import { Store } from './store.mjs';
import { decode, DICTIONARY, encode } from './wire.mjs';

const began = Date.now();
const pass = (what, hub) => console.log(
    `ok - 1.${hub.minor}: ${what} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
const categories = ['trom_cap', 'cat_trai_phep', 'khac'];

// What the hub says of its figures: { category: count }, and of whom.
async function figures(hub) {
    const { total, rows } = await hub.json('stats', '--by', 'unit,category');
    return { total, of: Object.fromEntries(rows.map(({ unit, category, count }) => [`${unit} ${category}`, count])) };
}

async function enrols(hub) {
    const token = await hub.invite('quang-tho');
    const keys = newKeys();
    const me = await enrol(token, keys);
    assert.equal(me.number, 1);
    assert.deepEqual(await enrol(token, keys).then(({ number }) => number), 1); // a reply may be lost
    assert.equal(await enrol(token, newKeys()), null); // a secret is spent by one pair of keys
    pass('a token is read, keys are made, the machine is certified, once', hub);
    return me;
}

// A machine whose folder is NAME: { node, store, heard }, with all it was told.
function machine(hub, name, options = {}) {
    const folder = join(hub.place, name);
    mkdirSync(folder, { recursive: true });
    const heard = [];
    const store = new Store(folder);
    const node = new Node(store, { minors: [0, hub.minor], hear: (what, detail) => heard.push({ what, detail }), ...options });
    const tell = (what) => heard.filter((one) => one.what === what).map(({ detail }) => detail);
    return { node, store, heard: tell, folder };
}

const newReport = (store, n) => report(store, { category: categories[n % 3], text: `Chuyện thứ ${n} ở bến sông`,
    ...(n % 2 ? { name: 'Nguyễn Văn A', phone: '0900000001' } : {}) });

// 100 reports in small batches; the line is cut when some are acknowledged.
async function delivers(hub, { node, store, heard, folder }) {
    node.write(unitKeys(store));
    for (let n = 0; n < 60; n++)
        node.write(newReport(store, n));
    node.start();
    await until('the first are acknowledged', () => store.acked === 61);
    store.commit();
    cpSync(folder, join(hub.place, 'old'), { recursive: true }); // a backup, for later
    const hear = node.hear;
    node.hear = (what, detail) => {
        hear(what, detail);
        if (what === 'acked' && detail > 70) {
            node.hear = hear;
            node.cut();
        }
    };
    for (let n = 60; n < 100; n++)
        node.write(newReport(store, n));
    await until('all are acknowledged', () => store.acked === 101);
    const greetings = heard('welcome');
    assert.equal(greetings.length, 2);
    assert.ok(greetings.every(({ minor }) => minor === hub.minor));
    assert.ok(greetings.every(({ prefix }) => prefix)); // 5.3: normal
    assert.ok(greetings[1].hubHas > 70 && greetings[1].hubHas < 101);
    assert.deepEqual(await figures(hub), { total: 100, of: {
        'quang-tho trom_cap': 34, 'quang-tho cat_trai_phep': 33, 'quang-tho khac': 33 } });
    pass(`100 reports are delivered over a cut at ${greetings[1].hubHas}, none twice; the figures are equal`, hub);
    await until('what is locked has followed', () => node.vaulted === 101);
    pass('words and senders have followed, locked', hub);
}

async function hearsAlerts(hub, { node, store, heard }) {
    const issue = async (...words) => (await hub.json('alert', 'issue', '--event', 'lu', '--headline', 'Lũ khẩn cấp',
        '--text', 'Sơ tán trước 18 giờ', ...words)).id.replaceAll('-', '');
    const here = (id) => store.judged.alerts.get(id) ?? null;
    const receipt = async (id, step) => (await hub.json('alert', 'receipts', id.replace(
        /^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'))).find(({ unit }) => unit === 'quang-tho')?.[step] ?? null;

    const id = await issue('--severity', 'extreme');
    const entry = await until('the alert is here', () => here(id));
    assert.equal(entry.verdict, 200);
    assert.equal(entry.alert.headline, 'Lũ khẩn cấp');
    assert.equal(alertState(store, entry), 'active');
    assert.equal(alertState(store, entry, entry.alert.expiresMs), 'expired');
    await until('the hub has the receipt', () => receipt(id, 'shown'));
    node.write(alertReceipt(store, entry, { version: 2, by: 'Trực ban' }));
    await until('a person has acknowledged it', () => receipt(id, 'acknowledged'));
    assert.equal(await receipt(id, 'by'), 'Trực ban');
    pass('an alert comes, is verified, and its receipts arrive', hub);

    const judge = (change) => verdictOn(store, change, Date.now()).verdict;
    assert.equal(judge(entry.change), 201);
    store.judged.alerts.delete(id);
    assert.equal(judge(entry.change), 200);
    const envelope = decode('Signed', entry.change.fact.data);
    const forged = (fields) => judge({ ...entry.change, fact: { ...entry.change.fact,
        data: encode('Signed', { ...envelope, ...fields }) } });
    const other = Buffer.from(envelope.body);
    other[other.length - 1] ^= 1;
    assert.equal(forged({ body: other }), 208);
    assert.equal(forged({ keyId: Buffer.alloc(8) }), 210);
    store.judged.alerts.set(id, entry);
    pass('a forged alert and one by an unknown key are told from it', hub);

    const away = await issue('--to', 'quang-phu');
    await until('the other alert is here', () => here(away));
    assert.equal(here(away).verdict, 214);
    await hub.run('alert', 'cancel', id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'), '--reason', 'Nước rút');
    await until('the first alert is over', () => alertState(store, entry) === 'superseded');
    assert.ok(heard('earlyAcked').every(({ stored }) => stored));
    pass('one for others is not shown, a cancel ends what it names', hub);
}

const sumOf = (list) => list.reduce((sum, { bytes }) => sum + bytes, 0);

// Whether it was packed is seen on the wire, both ways: streams and copies, by the
// shipped words, heads short and whole. Bytes of a change that left in a stream.
function packs(hub, { heard }) {
    const left = heard('>pack');
    const came = heard('unpacked');
    const batches = heard('>batch');

    assert.deepEqual(heard('dropped'), []);
    if (hub.minor < 4) {
        assert.equal(left.length + came.length + heard('<pack').length, 0);
        assert.ok(heard('<early').length > 0 && heard('<batch').length > 0);
    } else {
        assert.equal(heard('<early').length + heard('<batch').length, 0);
        for (const lane of ['express', 'bulk'])
            assert.ok(left.some((one) => one.lane === lane && one.words === DICTIONARY), `nothing left packed on ${lane}`);
        for (const what of ['early', 'batch'])
            assert.ok(came.some((one) => one.what === what && one.words === DICTIONARY), `no ${what} came packed`);
        assert.ok(came.some(({ short }) => short));
    }
    pass(`${left.length} packs left and ${came.length} came`, hub);
    return sumOf(batches) / batches.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

// Words and senders are erased, the figure stays.
async function erases(hub, { node, store }) {
    node.write(erased(store, store.up.entries.find((change) => change.of.kind === 1)));
    await until('it is acknowledged', () => store.acked === store.up.entries.length);
    assert.equal((await figures(hub)).total, 100);
    pass('an erased report is counted still', hub);
}

// A machine that was set back to a backup, and wrote before it was connected.
async function rebases(hub, { store: lost, node: dead }) {
    dead.stop();
    lost.close();
    const { node, store, heard } = machine(hub, 'old', { batch: 2048 });
    assert.equal(store.up.entries.length, 61);
    for (let n = 100; n < 103; n++)
        node.write(newReport(store, n));
    node.start();
    await until('it has taken the hub\'s copy', () => heard('rebased')[0]);
    await until('all is acknowledged', () => store.acked === store.up.entries.length);
    assert.equal(heard('welcome')[0].prefix, false);
    const { after } = heard('rebased')[0]; // a sample, not the last common position (5.2)
    assert.ok(after > 0 && after <= 61);
    const reports = (of) => new Set(of.up.entries.filter((change) => change.of.kind === 1)
        .map((change) => change.of.record.toString('hex'))).size;
    assert.equal(reports(store), reports(lost) + 3);
    assert.equal((await figures(hub)).total, 103);
    await until('the words have come back', () => store.up.entries.filter(({ of, body }) =>
        of.kind === 1 && body?.data).length >= 102); // one is erased
    const { alarms } = (await hub.json('node', 'list')).find(({ unit }) => unit === 'quang-tho');
    assert.equal(alarms.length, 1);
    pass('a machine that was set back takes the hub\'s copy, adds its own, and has its words again', hub);
    return { node, store, heard };
}

// What the hub says no to, and how (7.2, 7.7, 6.2, 6.6, 5.1).
async function isRefused(hub, { node, store, heard }) {
    const name = { home: store.me.unit, channel: 'up' };
    const { sign } = store.me;
    const head = (seq, h, key = sign) => signed(key, 'head', encode('HeadBody', { name, seq, h, clockMs: Date.now() }));
    const next = () => store.up.entries.length + 1;
    const stray = newReport(store, 0);
    const after = () => nextHash(store.up.h.at(-1), next(), stray.digest);
    const batch = (first, proof) => ({ name, first, changes: [writeChange(leaving(stray))], head: proof });
    const answer = async (code) => (await until(`NAK ${code}`, () => heard('refused').find((nak) => nak.code === code)));
    const welcomes = heard('welcome').length;

    const strange = newReport(store, 1);
    node.write(newChange(strange.of, { ...strange,
        fact: whole(Buffer.concat([strange.fact.data, Buffer.from('f80101', 'hex')])) })); // a field 31
    await until('it is acknowledged all the same', () => store.acked === store.up.entries.length);

    node.say('bulk', 'batch', batch(next() + 5, head(next() + 5, after())));
    assert.equal((await answer(1)).expected, next());
    node.say('bulk', 'batch', batch(next(), head(next(), after(), newKeys().sign)));
    await answer(7);
    node.cut();
    await until('it is welcome again', () => heard('welcome').length === welcomes + 1);
    const refusals = await until('it is told what is not used', () => heard('refusals').find(({ total }) => total === 1));
    assert.deepEqual(Buffer.from(refusals.items[0].ref.record), strange.of.record);
    assert.equal((await hub.json('quarantine', 'list')).length, 1);
    pass(`a fact that says too much waits in quarantine: "${refusals.items[0].reason}"`, hub);
    node.write(newReport(store, 103));
    await until('it goes on', () => store.acked === store.up.entries.length);
    node.say('bulk', 'batch', batch(next(), head(next(), Buffer.alloc(32))));
    await answer(2);
    await until('it says hello again', () => heard('welcome').length === welcomes + 2);
    node.say('express', 'bulkOpen', { session: node.session.id });
    await until('the wrong lane', () => heard('lost').find((why) => why.startsWith('bye 1')));
    await until('it says hello again', () => heard('welcome').length === welcomes + 3);
    assert.equal((await figures(hub)).total, 104);
    pass('a gap, a wrong signature, a fork, the wrong lane: refused as it is written, and it goes on', hub);

    node.stop();

    const newer = machine(hub, 'old', { minors: [7, 9] });
    newer.node.start();
    const why = await until('too new', () => newer.heard('<bye')[0]);
    newer.node.stop();
    assert.equal(why.code, 3);
    assert.notEqual(why.text, '');
    const other = machine(hub, 'old');
    other.store.me = { ...other.store.me, unit: '19897@20040708' };
    other.node.start();
    await until('another unit', () => other.heard('refused').find(({ code }) => code === 6));
    other.node.stop();
    pass(`too new: "${why.text}"; another's unit: NAK 6`, hub);
}

async function main(hub) {
    await hub.init();
    await hub.start();
    const first = machine(hub, 'tho', { batch: 2048, underWay: 2 });
    first.store.put({ op: 'me', me: await enrols(hub) });
    await delivers(hub, first);
    await hearsAlerts(hub, first);
    const bytes = packs(hub, first);
    await erases(hub, first);
    await isRefused(hub, await rebases(hub, first));
    assert.match(await hub.run('verify'), / 0 differences/);
    pass('the hub verifies', hub);
    return bytes;
}

const hubs = [4, 2].map((minor) => Object.assign(new Hub(), { minor }));
try {
    const [packed, plain] = await Promise.all(hubs.map(main));
    assert.ok(packed < plain * 0.8, `${packed} and ${plain} bytes a change`);
    console.log(`ok - a change takes ${packed.toFixed(0)} bytes packed, ${plain.toFixed(0)} otherwise`);
    hubs.forEach((hub) => hub.remove());
    process.exit(0);
} catch (error) {
    console.error(error, `their folders: ${hubs.map(({ place }) => place).join(' ')}`);
    process.exit(1);
}
