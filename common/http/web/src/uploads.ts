// Files on their way to the server, one after the other, in parts; gone on with
// after a cut, a reload, another login (common/web/uploads.c).
import { useEffect, useState } from 'preact/hooks';
import { ApiError, upload } from './api';
import { dropBlob, keepBlob, keptBlob } from './blobs';
import { newId } from './id';

const PART = 256 * 1024;
export const FILE_MOST = 32 * 1024 * 1024;
export const FILES_MOST = 20;

// What the command that takes the file says of it.
export interface Ready {
    spool: string;
    name: string;
    size: number;
    [more: string]: unknown;
}
// As a draft keeps it.
export interface Picked {
    id: string;
    name: string;
    size: number;
    type: string;
    file?: Ready;
}
export type Going = 'waiting' | 'sending' | 'looking' | 'ready' | 'failed' | 'gone';
export interface Way {
    state: Going;
    done: number; // bytes
    error?: unknown;
}

interface Answer {
    have: number;
    file?: Ready;
}

const pathOf = (one: Picked): string => `/api/uploads/${one.id}?size=${one.size}`;
const hex = (bytes: ArrayBuffer): string => Array.from(new Uint8Array(bytes), (one) => one.toString(16).padStart(2, '0')).join('');
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const codeOf = (error: unknown): string => error instanceof ApiError ? error.code : 'broken';

// 409 says how much the server has.
async function have(method: 'PUT' | 'POST', path: string, body: unknown): Promise<Answer & { again: boolean }> {
    try {
        return { ...await upload<Answer>(method, path, body), again: false };
    } catch (error) {
        if (error instanceof ApiError && error.code === 'conflict' && typeof error.body['have'] === 'number')
            return { have: error.body['have'], again: true };
        throw error;
    }
}

// All of it, once. Throws ApiError; `stopped` ends it.
async function send(one: Picked, blob: Blob, say: (way: Way) => void, stopped: () => boolean): Promise<Ready | null> {
    let { have: done, file } = await upload<Answer>('GET', pathOf(one));

    for (let tries = 0; file === undefined && tries < 3;) {
        while (done < one.size && !stopped()) {
            say({ state: 'sending', done });
            done = (await have('PUT', `${pathOf(one)}&part=${Math.floor(done / PART)}`, blob.slice(done, done + PART))).have;
        }
        if (stopped())
            return null;
        say({ state: 'looking', done });
        const sha256 = hex(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
        const whole = await have('POST', pathOf(one), { sha256, name: one.name });

        ({ have: done, file } = whole);
        tries += whole.again ? 1 : 0;
    }
    return file ?? null;
}

// What passes by itself: the server is away, the core starts, a login is over,
// another picture is looked at.
const PASSES = new Set(['away', 'core', 'busy', 'login', 'expired', 'code']);

async function bring(one: Picked, say: (way: Way) => void, stopped: () => boolean): Promise<Ready | null> {
    const blob = await keptBlob(one.id);

    if (blob === null || blob.size !== one.size) {
        say({ state: 'gone', done: 0 });
        return null;
    }
    for (let wait = 1000; !stopped(); wait = Math.min(wait * 2, 8000)) {
        try {
            const file = await send(one, blob, say, stopped);

            if (file !== null || stopped())
                return file;
            say({ state: 'failed', done: 0, error: new ApiError('conflict', 'it arrived changed, three times') });
            return null;
        } catch (error) {
            if (!PASSES.has(codeOf(error))) {
                say({ state: 'failed', done: 0, error });
                return null;
            }
            say({ state: 'waiting', done: 0, error });
        }
        await pause(wait);
    }
    return null;
}

export interface Uploads {
    ways: Map<string, Way>;
    add(files: readonly File[]): Promise<void>;
    remove(id: string): void;
    retry(id: string): void;
    // Nothing is on its way any more; true: all of them are ready.
    settled(): Promise<boolean>;
    // Handed in: nothing more is needed of them.
    clear(): void;
    // The server has none of them any more: they are sent once more.
    again(): Promise<void>;
}

// One at a time; who asks for the end waits for it.
class Line {
    ways = new Map<string, Way>();
    private running = false;
    private stopped = false;
    private waiting: (() => void)[] = [];

    constructor(private files: () => readonly Picked[], private set: (files: Picked[]) => void, private draw: () => void) {}

    say(id: string, way: Way): void {
        this.ways = new Map(this.ways).set(id, way);
        this.draw();
    }

    private next(): Picked | undefined {
        return this.files().find((one) => one.file === undefined && (this.ways.get(one.id)?.state ?? 'waiting') === 'waiting');
    }

    private there(id: string): boolean {
        return this.files().some((one) => one.id === id);
    }

    async run(): Promise<void> {
        if (this.running)
            return;
        this.running = true;
        for (let one = this.next(); one !== undefined && !this.stopped; one = this.next()) {
            const { id } = one;
            const file = await bring(one, (way) => this.say(id, way), () => this.stopped || !this.there(id));

            if (file !== null && this.there(id)) {
                this.set(this.files().map((x) => x.id === id ? { ...x, file } : x));
                this.say(id, { state: 'ready', done: one.size });
            }
        }
        this.running = false;
        for (const done of this.waiting.splice(0))
            done();
    }

    async settled(): Promise<boolean> {
        while (this.running || (this.next() !== undefined && !this.stopped)) {
            const ended = new Promise<void>((done) => this.waiting.push(done));

            void this.run();
            await ended;
        }
        return this.files().every((one) => one.file !== undefined);
    }

    stop(): void {
        this.stopped = true;
    }

    go(): void {
        this.stopped = false;
        void this.run();
    }
}

async function forget(one: Picked): Promise<void> {
    await dropBlob(one.id);
    await upload('DELETE', pathOf(one)).catch(() => null); // or it goes a day later
}

// `files` is the draft's, `set` keeps them in it.
export function useUploads(files: () => readonly Picked[], set: (files: Picked[]) => void): Uploads {
    const [, draw] = useState(0);
    const [line] = useState(() => new Line(files, set, () => draw((n) => n + 1)));

    useEffect(() => {
        line.go();
        return () => line.stop();
    }, [line]);
    return {
        ways: line.ways,
        async add(list) {
            const more = list.map((file) => ({ id: newId(), name: file.name.normalize('NFC') || 'file', size: file.size, type: file.type }));

            await Promise.all(more.map((one, i) => keepBlob(one.id, list[i]!)));
            set([...files(), ...more]);
            void line.run();
        },
        remove(id) {
            const one = files().find((x) => x.id === id);

            set(files().filter((x) => x.id !== id));
            if (one !== undefined)
                void forget(one);
        },
        retry(id) {
            line.say(id, { state: 'waiting', done: 0 });
            void line.run();
        },
        settled: () => line.settled(),
        clear() {
            for (const one of files())
                void forget(one);
        },
        async again() {
            const old = files();
            const anew = await Promise.all(old.map(async ({ file: _, ...one }) => {
                const id = newId();
                const blob = await keptBlob(one.id);

                if (blob !== null)
                    await keepBlob(id, blob);
                return { ...one, id };
            }));

            set(anew); // as each of them is kept
            void line.run();
            await Promise.all(old.map((one) => dropBlob(one.id)));
        },
    };
}
