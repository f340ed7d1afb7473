// wire.mjs - messages to bytes and back (PROTOCOL 6, 12) from the .proto files
// themselves, and zstd by a package; or as raw blocks, which nobody may refuse.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import zstd from '@bokuweb/zstd-wasm';
import protobuf from 'protobufjs';

const proto = join(dirname(fileURLToPath(import.meta.url)), '../../proto');

protobuf.util.Long = undefined; // numbers: nothing here passes 2^53
protobuf.configure();
const root = new protobuf.Root();
root.resolvePath = (origin, target) => join(proto, target.split('/').pop());
root.loadSync(['envelope.proto', 'records.proto']);

// The shipped dictionary (PROTOCOL 7.13): what both sides know before anything is said.
export const DICTIONARY = 32769;
const dictionary = readFileSync(join(proto, 'dictionary-1.zdict'));
const WORTH = 65536; // bytes; it gains little beyond
await zstd.init();
const reading = zstd.createDCtx();
const writing = zstd.createCCtx();

const type = (name) => root.lookupType(`lienxa.${name}`);

export const encode = (name, fields) => Buffer.from(type(name).encode(type(name).fromObject(fields)).finish());
export const decode = (name, bytes) => type(name).decode(bytes);

export const sha256 = (...pieces) => {
    const hash = createHash('sha256');
    for (const piece of pieces)
        hash.update(piece);
    return hash.digest();
};

// { name, message } of a frame, or null: it is dropped (PROTOCOL 6.1).
export function readFrame(frame) {
    try {
        const envelope = decode('Envelope', frame);
        const name = envelope.content;
        return name === undefined ? null : { name, message: envelope[name] };
    } catch {
        return null;
    }
}
export const writeFrame = (name, message) => encode('Envelope', { [name]: message });

// True when `bytes` has a field that `name` does not (facts: PROTOCOL 4.1).
export function hasUnknown(name, bytes) {
    const known = type(name).fieldsById;
    const reader = protobuf.Reader.create(bytes);
    while (reader.pos < reader.len) {
        const tag = reader.uint32();
        if (known[tag >>> 3] === undefined)
            return true;
        reader.skipType(tag & 7);
    }
    return false;
}

// What the header of a zstd frame tells (RFC 8878, 3.1.1.1): { size, words }, the
// id of its dictionary or 0.
export function frameHeader(bytes) {
    const frame = Buffer.concat([bytes.subarray(0, 18), Buffer.alloc(18)]);
    const flags = frame[4];
    const single = (flags & 0x20) !== 0;
    const wide = [0, 1, 2, 4][flags & 3];
    const at = 5 + (single ? 0 : 1);
    const size = [() => single ? frame[at + wide] : NaN, () => frame.readUInt16LE(at + wide) + 256,
        () => frame.readUInt32LE(at + wide), () => Number(frame.readBigUInt64LE(at + wide))][flags >> 6]();
    if (frame.readUInt32LE(0) !== 0xfd2fb528)
        throw new Error('not a zstd frame');
    return { size, words: wide === 0 ? 0 : frame.readUIntLE(at, wide) };
}

// The content of one zstd frame that tells a size of at most `limit`.
export function unpack(frame, limit) {
    const { size, words } = frameHeader(frame);
    if (!(size >= 1 && size <= limit))
        throw new Error('a zstd frame that tells no sensible size');
    if (words !== 0 && words !== DICTIONARY)
        throw new Error(`compressed by the dictionary ${words}, which is not here`);
    const content = Buffer.from(words === 0 ? zstd.decompress(frame) : zstd.decompressUsingDict(reading, frame, dictionary));
    if (content.length !== size)
        throw new Error('a zstd frame with another size than it tells');
    return content;
}

// `content` as one zstd frame that tells its size; by the dictionary when the
// receiver has named it.
export const pack = (content, words = 0) => Buffer.from(words === DICTIONARY && content.length <= WORTH ?
    zstd.compressUsingDict(writing, content, dictionary, 3) : zstd.compress(content, 3));

// The same, not compressed.
export function packRaw(content) {
    const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0]);
    const pieces = [head];
    head.writeUInt32LE(content.length, 5);
    for (let at = 0; at === 0 || at < content.length; at += 65536) {
        const block = content.subarray(at, at + 65536);
        const last = at + 65536 >= content.length ? 1 : 0;
        const size = Buffer.alloc(4);
        size.writeUInt32LE((block.length << 3) | last);
        pieces.push(size.subarray(0, 3), block);
    }
    return Buffer.concat(pieces);
}
