// wire.mjs - messages to bytes and back (PROTOCOL 6, 12) from the .proto files
// themselves, and zstd: read by a package, written as raw blocks.
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decompress } from 'fzstd';
import protobuf from 'protobufjs';

const proto = join(dirname(fileURLToPath(import.meta.url)), '../../proto');

protobuf.util.Long = undefined; // numbers: nothing here passes 2^53
protobuf.configure();
const root = new protobuf.Root();
root.resolvePath = (origin, target) => join(proto, target.split('/').pop());
root.loadSync(['envelope.proto', 'records.proto']);

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

// The content of one zstd frame that tells a size of at most `limit`.
export function unpack(frame, limit) {
    const flags = frame[4];
    const at = 5 + (flags & 0x20 ? 0 : 1) + [0, 1, 2, 4][flags & 3];
    const size = [flags & 0x20 ? frame[at] : NaN, frame.readUInt16LE(at) + 256, frame.readUInt32LE(at),
        Number(frame.readBigUInt64LE(at))][flags >> 6];
    if (frame.readUInt32LE(0) !== 0xfd2fb528 || !(size >= 1 && size <= limit))
        throw new Error('not a zstd frame that tells a sensible size');
    const content = Buffer.from(decompress(frame));
    if (content.length !== size)
        throw new Error('a zstd frame with another size than it tells');
    return content;
}

// `content`, not compressed, as one zstd frame that tells its size.
export function pack(content) {
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
