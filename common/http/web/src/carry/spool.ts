// A file that is put together piece by piece, on the disk: in the folder that a
// browser has for this site alone. Where it has none the pieces are handed to the
// browser one by one. Either way no more than a piece lies in the page's memory.
import { newId } from '../id';

const BEGIN = 'carry-';
const READ_MS = 3600 * 1000;

export interface Spool {
    add(piece: Uint8Array<ArrayBuffer>): Promise<void>;
    file(): Promise<Blob>; // all of it; nothing is added any more
    drop(): Promise<void>;
}

function ofPieces(): Spool {
    let pieces: Blob[] = [];

    return {
        add: async (piece) => void pieces.push(new Blob([piece])),
        file: async () => new Blob(pieces, { type: 'application/octet-stream' }),
        drop: async () => void (pieces = []),
    };
}

async function onDisk(): Promise<Spool> {
    const folder = await navigator.storage.getDirectory();
    const name = BEGIN + newId();
    const handle = await folder.getFileHandle(name, { create: true });
    const out = await handle.createWritable();
    let open = true;
    const close = async (): Promise<void> => {
        if (open)
            await out.close();
        open = false;
    };

    return {
        add: (piece) => out.write(piece),
        file: async () => {
            await close();
            return handle.getFile();
        },
        drop: async () => {
            await close().catch(() => undefined);
            await folder.removeEntry(name).catch(() => undefined);
        },
    };
}

export async function newSpool(): Promise<Spool> {
    return onDisk().catch(ofPieces);
}

// The browser may still be reading one when the user has left, and another page be
// writing one. Nobody but whom it is for can open it.
async function tidy(): Promise<void> {
    const folder = await navigator.storage.getDirectory();
    const older = BEGIN + newId(Date.now() - READ_MS);

    for await (const name of folder.keys())
        if (name.startsWith(BEGIN) && name < older)
            await folder.removeEntry(name).catch(() => undefined);
}

void Promise.resolve().then(tidy).catch(() => undefined);
