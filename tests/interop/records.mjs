// records.mjs - what a commune writes (PROTOCOL 4, 8.5, 9.5).
import { derivedId, EXPEDITED, newChange, newId, TOMBSTONE, whole } from './change.mjs';
import { keyId, seal, sealSender } from './keys.mjs';
import { decode, encode } from './wire.mjs';

const DAY = 86400000;
const HERE = 7 * 3600000; // Asia/Ho_Chi_Minh

export const dayOf = (time) => Math.floor((time + HERE) / DAY);

// A new report: { category, text, village, urgent, name, phone }.
export function report(store, { category, text, village = '', urgent = false, name, phone }, now = Date.now()) {
    const { unit, sign, custodian } = store.me;
    const fact = encode('ReportFact', {
        category, state: 1, channel: 2, urgent, village, day: dayOf(now), receivedMs: now,
        hour: Math.floor((now + HERE) % DAY / 3600000) + 1, entered: [1], bodies: 1,
    });
    const sender = name && whole(sealSender(custodian.public, true, name, phone));
    return newChange(
        { home: unit, record: newId(now), kind: 1, flags: urgent ? EXPEDITED : 0, version: 1, clockMs: now },
        { fact: whole(fact), body: whole(encode('ReportBody', { text, occurredMs: now })), vault: sender || null },
        urgent ? sign : null);
}

// The next version of `change`: as a tombstone (PROTOCOL 2.4), its fact kept.
export function erased(store, change, now = Date.now()) {
    return newChange({ ...change.of, flags: EXPEDITED | TOMBSTONE, version: change.of.version + 1, clockMs: now },
        { fact: whole(change.fact.data) }, store.me.sign);
}

// The public keys of the commune, and the private ones for who has the shares.
export function unitKeys(store, now = Date.now()) {
    const { unit, recovery, duty, custodian } = store.me;
    const copy = (key, isCustodian) => ({
        keyId: keyId(key.public), custodian: isCustodian, publicKey: key.public,
        recoveryBox: seal(recovery.public, key.secret), sinceMs: now,
    });
    return newChange({ home: unit, record: newId(now), kind: 11, version: 1, clockMs: now }, {
        fact: whole(encode('UnitKeysFact', {
            recovery: recovery.public, duty: duty.public, custodian: custodian.public })),
        vault: whole(encode('UnitKeysVault', { keys: [copy(duty, false), copy(custodian, true)] })),
    });
}

// What has happened to the alert of `entry` here; `by` has acknowledged it.
export function alertReceipt(store, entry, { version = 1, by = '', now = Date.now() } = {}) {
    const { unit, sign } = store.me;
    const fact = encode('ReceiptFact', {
        alert: entry.alert.id, verdict: entry.verdict, storedMs: entry.at,
        shownMs: entry.verdict === 200 ? entry.at : 0, acknowledgedMs: by === '' ? 0 : now, by,
    });
    const record = derivedId('lienxa receipt 1\n', Buffer.from(entry.alert.id), unit);
    return newChange({ home: unit, record, kind: 7, flags: EXPEDITED, version, clockMs: now },
        { fact: whole(fact) }, sign);
}

// Of two machines' receipts under one version the next one (PROTOCOL 9.5): of
// each step the earliest time that either knows, and who acknowledged.
export function mergedReceipts(store, now = Date.now()) {
    const { unit, sign } = store.me;
    const newest = new Map();
    for (const change of store.up.entries.filter(({ of }) => of.kind === 7)) {
        const name = change.of.record.toString('hex');
        const before = newest.get(name) ?? [];
        if (before.length === 0 || change.of.version > before[0].of.version)
            newest.set(name, [change]);
        else if (change.of.version === before[0].of.version)
            before.push(change);
    }
    return [...newest.values()].filter((both) => both.length > 1).map((both) => {
        const facts = both.map(({ fact }) => decode('ReceiptFact', fact.data));
        const earliest = (step) => Math.min(...facts.map((fact) => fact[step]).filter((time) => time > 0), Infinity);
        const first = (step) => earliest(step) === Infinity ? 0 : earliest(step);
        const acknowledgedMs = first('acknowledgedMs');
        const fact = encode('ReceiptFact', { ...facts[0], storedMs: first('storedMs'), shownMs: first('shownMs'),
            acknowledgedMs, by: facts.find((one) => one.acknowledgedMs === acknowledgedMs).by });
        const { record, version } = both[0].of;
        return newChange({ home: unit, record: Buffer.from(record), kind: 7, flags: EXPEDITED, version: version + 1,
            clockMs: now }, { fact: whole(fact) }, sign);
    });
}
