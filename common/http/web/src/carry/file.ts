// A bundle as bytes (PROTOCOL 15.1): blocks, each behind its size and hash. The
// core makes and takes one block a time; the file is the browser's.
const MAGIC = 'lienxa bundle 1\n';
const HEAD = 36;
const BLOCK_LIMIT = 294912;

export function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
    const text = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'));
    const out = new Uint8Array(text.length);

    for (let i = 0; i < text.length; i++)
        out[i] = text.charCodeAt(i);
    return out;
}

export function textOf(bytes: Uint8Array): string {
    let text = '';

    for (let at = 0; at < bytes.length; at += 8192)
        text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

export const magic = (): Uint8Array<ArrayBuffer> => new TextEncoder().encode(MAGIC);

async function isWhole(hash: Uint8Array, block: Uint8Array<ArrayBuffer>): Promise<boolean> {
    if (globalThis.crypto.subtle === undefined)
        return true; // the core looks as well
    const seen = new Uint8Array(await crypto.subtle.digest('SHA-256', block));

    return seen.every((one, i) => one === hash[i]);
}

export interface Found {
    block: Uint8Array | null; // null: torn
    done: number; // of the file, 0 to 1
}

// The blocks of a file, in order; torn ones are told and passed by. Throws when
// it cannot be read; false at once: not a bundle.
export async function* blocks(file: Blob): AsyncGenerator<Found, boolean> {
    const read = async (from: number, size: number) => new Uint8Array(await file.slice(from, from + size).arrayBuffer());
    const first = new TextDecoder().decode(await read(0, MAGIC.length));
    let at = MAGIC.length;

    if (first !== MAGIC)
        return false;
    while (at < file.size) {
        const head = await read(at, HEAD);
        const size = head.length === HEAD ? new DataView(head.buffer).getUint32(0) : 0;
        const good = size > 0 && size <= BLOCK_LIMIT && at + HEAD + size <= file.size;
        const block = good ? await read(at + HEAD, size) : null;

        at = good ? at + HEAD + size : file.size;
        yield { block: block !== null && await isWhole(head.subarray(4), block) ? block : null, done: at / file.size };
    }
    return true;
}
