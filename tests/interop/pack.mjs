// pack.mjs - a BATCH or an EARLY in fewer bytes (PROTOCOL 7.13).
import { decode, encode, pack, unpack } from './wire.mjs';

const parts = ['fact', 'body', 'vault'];
const WHOLE = 1;
const STUB = 2;
const SIGNED = 64;
const SHORT_MOST = 16; // changes under a head that came short
const PLAIN_MOST = 1048576;

const formOf = (part) => part === null ? 0 : part.stub ? STUB : WHOLE;

// Changes as they leave (change.mjs): { changes, rest }.
function writeChanges(list) {
    const rest = [];
    const changes = list.map((change) => {
        const packed = { header: change.header, forms: change.signature ? SIGNED : 0 };

        parts.forEach((name, at) => {
            const part = change[name];

            packed.forms |= formOf(part) << (2 * at);
            if (part !== null)
                rest.push(part.stub ?? part.salt);
            if (part !== null && !part.stub)
                packed[name] = part.data;
        });
        if (change.signature)
            rest.push(change.keyId, change.signature);
        return packed;
    });
    return { changes, rest };
}

// `head` is the Signed of `said`, a HeadBody's fields. It comes short when it may.
export function packBatch({ name, first, list, head, said }, dictionary) {
    const { changes, rest } = writeChanges(list);
    const short = list.length <= SHORT_MOST;

    if (short)
        rest.push(said.h.subarray(0, 4));
    rest.push(head.keyId, head.signature);
    const body = { name, first, changes, ...(short ? { clockMs: said.clockMs } : { head: head.body }) };
    return { zstd: pack(encode('PackBody', body), dictionary), rest: Buffer.concat(rest) };
}
export function packEarly(change, { handedBack = false } = {}, dictionary) {
    const { changes, rest } = writeChanges([change]);

    return { zstd: pack(encode('PackBody', { changes, handedBack }), dictionary), rest: Buffer.concat(rest) };
}

function readChange({ header, forms, ...data }, take) {
    const change = { header, keyId: Buffer.alloc(0), signature: Buffer.alloc(0) };

    if (forms >= 2 * SIGNED)
        throw new Error('forms that nobody knows');
    parts.forEach((name, at) => {
        const form = (forms >> (2 * at)) & 3;

        if (form === 3 || (form !== WHOLE && data[name].length > 0))
            throw new Error(`a ${name} that is neither whole nor a stub nor absent`);
        change[`${name}Salt`] = form === WHOLE ? take(16) : Buffer.alloc(0);
        change[name] = Buffer.from(data[name]);
        change[`${name}Stub`] = form === STUB ? take(32) : Buffer.alloc(0);
    });
    if (forms & SIGNED)
        Object.assign(change, { keyId: take(8), signature: take(64) });
    return change;
}

// What a PACK says: { name, message } of a BATCH or an EARLY. A batch whose head
// came short has `short`: the first bytes of its h, and its clock. Throws when it
// is malformed, or compressed by words that are not here.
export function unpackPack({ zstd, rest }) {
    const body = decode('PackBody', unpack(zstd, PLAIN_MOST));
    let at = 0;
    const take = (size) => {
        if (at + size > rest.length)
            throw new Error('less beside a pack than it needs');
        at += size;
        return Buffer.from(rest.subarray(at - size, at));
    };
    const changes = body.changes.map(({ header, forms, fact, body: words, vault }) =>
        readChange({ header, forms, fact, body: words, vault }, take));
    let said;

    if (body.name !== null) {
        const short = body.head.length === 0 ? { begins: take(4), clockMs: body.clockMs } : null;

        if (short && changes.length > SHORT_MOST)
            throw new Error('a short head over too many changes');
        said = { name: 'batch', message: { name: body.name, first: body.first, changes, zstd: Buffer.alloc(0), short,
            head: { body: body.head, keyId: take(8), signature: take(64) } } };
    } else {
        if (changes.length !== 1 || body.first !== 0 || body.head.length > 0)
            throw new Error('neither a batch nor a copy');
        said = { name: 'early', message: { change: changes[0], handedBack: body.handedBack } };
    }
    if (at !== rest.length)
        throw new Error('more beside a pack than it needs');
    return said;
}
