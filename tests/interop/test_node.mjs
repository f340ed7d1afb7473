// test_node.mjs - a node that was written from proto/PROTOCOL.md alone, and the
// real hub.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { enrol, newKeys } from './enrol.mjs';
import { Hub, until } from './hub.mjs';
import { Node } from './node.mjs';
import { report, unitKeys } from './records.mjs';
import { Store } from './store.mjs';

const began = Date.now();
const pass = (what) => console.log(`ok - ${what} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
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
    pass('a token is read, keys are made, the machine is certified, once');
    return me;
}

// A new node of `me`, with a folder of its own.
function machine(hub, me) {
    const folder = join(hub.place, 'tho');
    mkdirSync(folder);
    const store = new Store(folder);
    store.put({ op: 'me', me });
    const node = new Node(store);
    node.write(unitKeys(store));
    return node;
}

async function delivers(hub, node) {
    for (let n = 0; n < 100; n++)
        node.write(report(node.store, { category: categories[n % 3], text: `Chuyện thứ ${n} ở bến sông`,
            ...(n % 2 ? { name: 'Nguyễn Văn A', phone: '0900000001' } : {}) }));
    node.start();
    await until('all is acknowledged', () => node.store.acked === 101);
    assert.deepEqual(await figures(hub), { total: 100, of: {
        'quang-tho trom_cap': 34, 'quang-tho cat_trai_phep': 33, 'quang-tho khac': 33 } });
    pass('100 reports are delivered, the figures are equal');
    await until('what is locked has followed', () => node.vaulted === 101);
    pass('words and senders have followed, locked');
}

async function main() {
    const hub = new Hub();

    await hub.init();
    await hub.start();
    const node = machine(hub, await enrols(hub));
    await delivers(hub, node);
    node.stop();
    assert.match(await hub.run('verify'), / 0 differences/);
    pass('the hub verifies');
    await hub.stop();
    hub.remove();
}

await main();
process.exit(0);
