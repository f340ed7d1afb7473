// change.mjs - changes and streams (PROTOCOL 2 and 3).
//
// A change here: { header, of (the decoded header), fact, body, vault, keyId,
// signature, digest }; a part is null, { salt, data } or { stub }.
import { randomBytes } from 'node:crypto';
import { keyId, sign } from './keys.mjs';
import { decode, encode, sha256 } from './wire.mjs';

export const EXPEDITED = 1;
export const TOMBSTONE = 2;
const parts = ['fact', 'body', 'vault'];
const limits = { fact: 16384, body: 98304, vault: 98304 };
const nothing = Buffer.alloc(32);

const number64 = (n) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(n));
    return bytes;
};

export const partHash = (part) => part === null ? nothing : part.stub ?? sha256(part.salt, part.data);
export const digestOf = (change) => sha256(change.header, ...parts.map((name) => partHash(change[name])));
export const whole = (data) => ({ salt: randomBytes(16), data });
export const stubOf = (part) => part === null ? null : { stub: partHash(part) };

export const firstHash = (home, channel) => sha256(`lienxa stream 1\n${home}\n${channel}\n`);
export const nextHash = (h, n, digest) => sha256(h, number64(n), digest);

// The id that follows from something (PROTOCOL 8.4: version 8).
export function derivedId(...pieces) {
    const id = sha256(...pieces).subarray(0, 16);
    id[6] = (id[6] & 0x0f) | 0x80;
    id[8] = (id[8] & 0x3f) | 0x80;
    return id;
}
export { number64 };

// UUID version 7: the time in front.
export function newId(now = Date.now()) {
    const id = randomBytes(16);
    id.writeUIntBE(now, 0, 6);
    id[6] = (id[6] & 0x0f) | 0x70;
    id[8] = (id[8] & 0x3f) | 0x80;
    return id;
}

// `header` are the fields of a ChangeHeader; with `key` it bears a signature.
export function newChange(header, { fact = null, body = null, vault = null }, key = null) {
    const change = { header: encode('ChangeHeader', header), fact, body, vault };
    change.of = decode('ChangeHeader', change.header);
    change.digest = digestOf(change);
    change.keyId = key && keyId(key.public);
    change.signature = key && sign(key, 'change', change.digest);
    return change;
}

function readPart(message, name) {
    const salt = message[`${name}Salt`];
    const data = message[name];
    const stub = message[`${name}Stub`];
    if (salt.length === 0 && stub.length === 0 && data.length === 0)
        return null;
    if (stub.length === 32 && salt.length === 0 && data.length === 0)
        return { stub: Buffer.from(stub) };
    if (salt.length === 16 && stub.length === 0 && data.length <= limits[name])
        return { salt: Buffer.from(salt), data: Buffer.from(data) };
    throw new Error(`a ${name} that is neither whole nor a stub`);
}

// From a decoded Change; throws when it is malformed (PROTOCOL 2.1).
export function readChange(message) {
    const change = { header: Buffer.from(message.header), keyId: null, signature: null };
    change.of = decode('ChangeHeader', change.header);
    if (change.header.length < 1 || change.header.length > 128 || change.of.home === '' ||
        change.of.record.length !== 16 || change.of.version < 1)
        throw new Error('a header that names nothing');
    for (const name of parts)
        change[name] = readPart(message, name);
    if ((message.keyId.length === 8) !== (message.signature.length === 64))
        throw new Error('half a signature');
    if (message.keyId.length === 8) {
        change.keyId = Buffer.from(message.keyId);
        change.signature = Buffer.from(message.signature);
    }
    change.digest = digestOf(change);
    return change;
}

// The fields of a Change.
export function writeChange(change) {
    const message = { header: change.header };
    for (const name of parts) {
        const part = change[name];
        if (part?.stub)
            message[`${name}Stub`] = part.stub;
        else if (part)
            Object.assign(message, { [`${name}Salt`]: part.salt, [name]: part.data });
    }
    if (change.signature)
        Object.assign(message, { keyId: change.keyId, signature: change.signature });
    return message;
}

// As it leaves the commune: what stays is a stub (PROTOCOL 4.3, 4.4). Words
// leave only where the kind says so: referrals and notices.
export const leaving = (change) => ({
    ...change,
    body: [2, 3].includes(change.of.kind) ? change.body : stubOf(change.body),
    vault: stubOf(change.vault),
});

export const refOf = (change) => ({
    home: change.of.home, record: change.of.record, version: change.of.version, digest: change.digest,
});
export const nameOf = (ref) =>
    `${ref.home} ${Buffer.from(ref.record).toString('hex')} ${ref.version} ${Buffer.from(ref.digest).toString('hex')}`;

// What travels beside a change, locked (PROTOCOL 7.10): its additional data.
export function vaultData(ref) {
    const hex = Buffer.from(ref.record).toString('hex');
    const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    return Buffer.from(`lienxa vault 1\n${ref.home}\n${id}\n${ref.version}\n${Buffer.from(ref.digest).toString('hex')}\n`);
}
