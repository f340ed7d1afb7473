// Files that a person has picked and not yet handed in, kept in the browser so
// that a reload loses none; for a week, since they are as they came, and many use
// this computer. A browser that keeps nothing forgets them, and nothing else
// changes.
import { dropping } from './drafts';
import { newId } from './id';

const STORE = 'files';
const KEPT_MS = 7 * 24 * 3600 * 1000;
const here = new Map<string, Blob>(); // of this page, where nothing is kept

function ask<T>(what: IDBRequest<T>): Promise<T> {
    return new Promise((done, failed) => {
        what.onsuccess = () => done(what.result);
        what.onerror = () => failed(what.error);
    });
}

async function within<T>(mode: IDBTransactionMode, run: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
    try {
        const open = indexedDB.open('lienxa', 1);

        open.onupgradeneeded = () => open.result.createObjectStore(STORE);
        const db = await ask(open);

        try {
            return await ask(run(db.transaction(STORE, mode).objectStore(STORE)));
        } finally {
            db.close();
        }
    } catch {
        return null;
    }
}

export async function keepBlob(id: string, blob: Blob): Promise<void> {
    here.set(id, blob);
    await within('readwrite', (all) => all.put(blob, id));
}

export async function keptBlob(id: string): Promise<Blob | null> {
    const found = await within<unknown>('readonly', (all) => all.get(id));

    return found instanceof Blob ? found : here.get(id) ?? null;
}

export async function dropBlob(id: string): Promise<void> {
    here.delete(id);
    await within('readwrite', (all) => all.delete(id));
}

dropping(() => {
    here.clear();
    void within('readwrite', (all) => all.clear());
});

// Their ids say since when they are here.
void within('readwrite', (all) => all.delete(IDBKeyRange.upperBound(newId(Date.now() - KEPT_MS))));
