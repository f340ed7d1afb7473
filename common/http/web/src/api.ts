// The one place that talks to the server.
//
//   get(path)                 a read
//   command(name, args)       the one way to change anything
//   useLive(path, topics)     a read that stays true while the page is open
//   session, signIn, signOut  who we are
//   server, core              does anybody answer?
//
// All live reads share one EventSource; while it is down they ask every 15 s.
import { useEffect } from 'preact/hooks';
import { computed, signal, type Signal } from '@preact/signals';
import { closeEvents, openEvents, pingWith, topicsChanged } from './events';
import { newId } from './id';
import { recall, remember, stillHere } from './recall';
import { core, server } from './state';

export { core, reachable, server } from './state';

// ---- what went wrong, for words by code ----

export type ErrorCode = 'login' | 'expired' | 'forbidden' | 'refused' | 'invalid' | 'missing' |
    'conflict' | 'busy' | 'disk' | 'code' | 'large' | 'setup' | 'damaged' | 'away' | 'core' | 'stale' | 'broken';

export class ApiError extends Error {
    constructor(
        readonly code: ErrorCode,
        readonly details: string, // the program's own English line
        readonly retryAfter = 0, // seconds, with busy
        readonly body: Record<string, unknown> = {},
    ) {
        super(details || code);
    }
}

const BY_STATUS: Record<number, ErrorCode> = {
    400: 'invalid', 401: 'login', 403: 'forbidden', 404: 'missing', 405: 'invalid', 409: 'conflict',
    413: 'large', 415: 'invalid', 429: 'busy', 502: 'core', 503: 'core', 504: 'core', 507: 'disk',
};
const CODES = new Set<string>(['login', 'expired', 'forbidden', 'refused', 'invalid', 'missing',
    'conflict', 'busy', 'disk', 'code', 'core', 'large', 'setup']);

function failure(status: number, body: Record<string, unknown>): ApiError {
    const said = typeof body['code'] === 'string' && CODES.has(body['code'])
        ? body['code'] as ErrorCode : undefined;

    return new ApiError(said ?? BY_STATUS[status] ?? 'broken', String(body['error'] ?? ''),
        Number(body['retry_after'] ?? 0) || 0, body);
}

// ---- the server's clock ----

// The server's clock minus ours: a computer two days off shows true clocks.
const offset = signal(0);

export const clockOff = computed(() => offset.value);
export const serverNow = (): number => Date.now() + offset.value;

function sawTime(text: string | null, asked: number): void {
    const at = text === null ? NaN : Date.parse(text);

    if (Number.isNaN(at))
        return;
    // The Date header counts whole seconds: half of one is the best guess, and
    // small differences are noise.
    const by = at + 500 - (asked + Date.now()) / 2;

    if (Math.abs(by - offset.value) > 1500)
        offset.value = Math.abs(by) < 1500 ? 0 : by;
}

// ---- requests ----

const WAIT_MS = 20000;

// The server lets nothing of its answers be kept on the disk of a computer that
// many use; this page's memory may, so that what has not changed is not sent
// again. Gone with the page and with whoever was in.
const KEPT_MOST = 40;
const kept = new Map<string, { tag: string; text: string }>();

function keep(path: string, tag: string | null, text: string): void {
    kept.delete(path);
    if (tag === null)
        return;
    kept.set(path, { tag, text });
    for (const oldest of kept.keys()) {
        if (kept.size <= KEPT_MOST)
            break;
        kept.delete(oldest);
    }
}

const PART_WAIT_MS = 90000; // a part of a file, on a slow line

async function send(method: string, path: string, body?: unknown): Promise<unknown> {
    const stop = new AbortController();
    const part = body instanceof Blob;
    const timer = setTimeout(() => stop.abort(), part ? PART_WAIT_MS : WAIT_MS);
    const asked = Date.now();

    try {
        const headers: Record<string, string> = { 'X-Lienxa': '1', Accept: 'application/json' };

        const known = method === 'GET' ? kept.get(path) : undefined;

        if (method !== 'GET')
            headers['Content-Type'] = part ? 'application/octet-stream' : 'application/json';
        if (known !== undefined)
            headers['If-None-Match'] = known.tag;
        const reply = await fetch(path, {
            method, headers, credentials: 'same-origin', signal: stop.signal,
            ...(method === 'GET' ? {} : { body: part ? body : JSON.stringify(body ?? {}) }),
        });
        const same = reply.status === 304 && known !== undefined;
        const text = same ? known.text : await reply.text();
        let value: unknown = {};

        server.value = true;
        sawTime(reply.headers.get('Date'), asked);
        try {
            value = text === '' ? {} : JSON.parse(text);
        } catch {
            throw new ApiError('broken', `${path}: the answer is not JSON`);
        }
        if (reply.ok && method === 'GET')
            keep(path, reply.headers.get('ETag'), text);
        if (!reply.ok && !same) {
            const error = failure(reply.status, value as Record<string, unknown>);

            if (error.code === 'core')
                core.value = false;
            throw error;
        }
        return value;
    } catch (error) {
        if (error instanceof ApiError)
            throw error;
        server.value = false;
        throw new ApiError('away', `${method} ${path}: ${String(error)}`);
    } finally {
        clearTimeout(timer);
    }
}

export async function get<T>(path: string): Promise<T> {
    try {
        const value = await send('GET', path) as T;

        if (session.value && !unsure.value)
            stillHere(session.value, outside.value);
        return value;
    } catch (error) {
        lost(error);
        throw error;
    }
}

// A file that is handed in (uploads.ts): asked once. Throws ApiError.
export async function upload<T>(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
    try {
        return await send(method, path, body) as T;
    } catch (error) {
        lost(error);
        throw error;
    }
}

const pause = (length: number): Promise<void> =>
    new Promise((done) => setTimeout(done, length));

interface Reply {
    ok: boolean;
    out?: unknown;
    error?: string;
    code?: string;
    retry_after?: number;
}

export interface CommandOptions {
    id?: string; // a draft's; else a new one
    patience?: number; // how long a silent server is asked again, in ms
}

// Sends one command. Lost replies are asked for again under the same id, so it
// takes effect once. Throws ApiError.
export async function command<T = Record<string, unknown>>(
    name: string, args: Record<string, unknown> = {}, options: CommandOptions = {},
): Promise<T> {
    let id = options.id ?? newId();
    const end = Date.now() + (options.patience ?? 8000);

    for (let wait = 400; ; wait = Math.min(wait * 2, 4000)) {
        try {
            const reply = await send('POST', '/api/command', { id, command: name, args }) as Reply;

            core.value = true;
            if (!reply.ok)
                throw failure(400, reply as unknown as Record<string, unknown>);
            return (reply.out ?? {}) as T;
        } catch (error) {
            lost(error);
            const code = error instanceof ApiError ? error.code : 'broken';

            if (code === 'code' && await askForCode()) {
                id = newId(); // that one was answered: nothing was done
                continue;
            }
            if ((code !== 'away' && code !== 'core') || Date.now() + wait > end)
                throw error;
        }
        await pause(wait);
    }
}

// What has a path of its own because a password comes with it: asked once, never
// again by itself. Throws ApiError.
export async function post<T = Record<string, unknown>>(
    path: string, body: Record<string, unknown>,
): Promise<T> {
    try {
        const reply = await send('POST', path, { id: newId(), ...body }) as Reply;

        core.value = true;
        return (reply.out ?? {}) as T;
    } catch (error) {
        lost(error);
        throw error;
    }
}

// A command that needs a fresh code: the shell puts up the question.
export const codeWanted: Signal<((given: boolean) => void) | null> = signal(null);

function askForCode(): Promise<boolean> {
    return new Promise((done) => {
        codeWanted.value = (given) => {
            codeWanted.value = null;
            done(given);
        };
    });
}

// ---- who we are ----

export interface Session {
    program: 'node' | 'hub';
    name: string;
    unit: string;
    user: string;
    role: string;
    may: string[];
    needs_code: boolean; // the password was right; the code is still to come
    enrol: boolean; // and there is no second factor yet: one must be set up
    version: string;
}
export interface Outside { // nobody is signed in
    program: 'node' | 'hub' | '';
    name: string;
    setup?: boolean; // nothing is made here yet
}

// null: nobody is signed in; undefined: not yet known.
export const session: Signal<Session | null | undefined> = signal(undefined);
export const outside: Signal<Outside> = signal({ program: '', name: '' });
// The session ended by itself while somebody worked.
export const expired = signal(false);

export const may = (name: string): boolean => session.value?.may.includes(name) ?? false;

// What is known of it is from the last time (recall.ts): the server was asked and
// has not answered yet.
export const unsure = signal(false);
// That takes so long that it is spoken of.
export const asking = signal(false);

const PATIENCE_MS = 1000;

function settle(who: Session | null): void {
    if (who !== null)
        outside.value = { program: who.program, name: who.name };
    session.value = who;
    unsure.value = asking.value = false;
    remember(who, outside.value);
}

// Before the first answer: as it was the last time.
export function recallSession(): void {
    const last = recall();

    if (last === null || session.value !== undefined)
        return;
    outside.value = last.outside;
    session.value = last.session;
    unsure.value = true;
    setTimeout(() => {
        asking.value = unsure.value;
    }, PATIENCE_MS);
}

function lost(error: unknown): void {
    if (!(error instanceof ApiError) || (error.code !== 'login' && error.code !== 'expired'))
        return;
    kept.clear();
    if (session.value) {
        expired.value = true;
        outside.value = { program: session.value.program, name: session.value.name };
    }
    settle(null);
}

export async function loadSession(): Promise<void> {
    try {
        const who = await send('GET', '/api/session') as Session;

        settle(who);
        expired.value = false;
        if (!who.needs_code)
            openEvents();
    } catch (error) {
        if (error instanceof ApiError && ['login', 'expired', 'setup'].includes(error.code)) {
            const { program, name } = error.body; // a 401 says where we are

            outside.value = { program: program === 'hub' || program === 'node' ? program : '',
                name: typeof name === 'string' ? name : '', setup: error.code === 'setup' };
            settle(null);
            return;
        }
        throw error;
    }
}

// Afterwards session.value says whether a code is still to come.
export async function signIn(name: string, password: string): Promise<void> {
    await send('POST', '/api/session',
        { name: name.trim(), password: password.normalize('NFC') });
    await loadSession();
}

export interface Secret {
    secret: string;
    uri: string; // otpauth://: what the app scans
    codes: string[]; // each lets in once, without the phone
}

// A second factor of one's own; in force once giveCode has proved it.
export async function newSecret(): Promise<Secret> {
    const reply = await send('POST', '/api/session/totp', {}) as { out: Secret };

    return reply.out;
}

export async function giveCode(code: string): Promise<void> {
    await send('POST', '/api/session/code', { code: code.replace(/\s/g, '') });
    await loadSession();
}

export async function signOut(): Promise<void> {
    try {
        await send('DELETE', '/api/session');
    } finally {
        const was = session.value;

        kept.clear();
        if (was)
            outside.value = { program: was.program, name: was.name };
        expired.value = false;
        settle(null);
    }
}

// ---- reads that stay true ----

export interface Live<T> {
    data: T | undefined; // the last that was read, also while it fails
    error: ApiError | null;
    loading: boolean; // nothing to show yet
    at: number; // when it was read, in the server's time; 0 = never
    reload(): void;
}

interface Entry {
    path: string;
    topics: readonly string[];
    users: number;
    state: Signal<Omit<Live<unknown>, 'reload'>>;
    running: boolean;
    again: boolean;
}

const entries = new Map<string, Entry>();

async function refresh(entry: Entry): Promise<void> {
    if (entry.running) {
        entry.again = true;
        return;
    }
    entry.running = true;
    do {
        entry.again = false;
        try {
            const data = await get(entry.path);

            entry.state.value = { data, error: null, loading: false, at: serverNow() };
        } catch (error) {
            entry.state.value = { ...entry.state.value, loading: false,
                error: error instanceof ApiError ? error : new ApiError('broken', String(error)) };
        }
    } while (entry.again && entry.users > 0);
    entry.running = false;
}

// What nobody shows is forgotten a minute later: going back is at once.
const FORGET_MS = 60000;

function use(path: string, topics: readonly string[]): Entry {
    let entry = entries.get(path);

    if (entry === undefined) {
        entry = { path, topics, users: 0, running: false, again: false,
            state: signal({ data: undefined, error: null, loading: true, at: 0 }) };
        entries.set(path, entry);
    }
    return entry;
}

function release(entry: Entry): void {
    entry.users--;
    setTimeout(() => {
        if (entry.users === 0)
            entries.delete(entry.path);
    }, FORGET_MS);
}

// null as path: nothing is asked for.
export function useLive<T>(path: string | null, topics: readonly string[]): Live<T> {
    const entry = path === null ? null : use(path, topics);

    useEffect(() => {
        if (entry === null)
            return undefined;
        entry.users++;
        void refresh(entry);
        return () => release(entry);
    }, [entry]);
    const state = entry?.state.value ?? { data: undefined, error: null, loading: false, at: 0 };

    return { ...state as Omit<Live<T>, 'reload'>, reload: () => entry && void refresh(entry) };
}

session.subscribe((now) => {
    if (now === null)
        closeEvents();
});

pingWith(() => get('/api/session').then(() => true, () => false));

// null: everything may have changed.
topicsChanged((topics) => {
    for (const entry of entries.values())
        if (entry.users > 0 && (topics === null || topics.some((x) => entry.topics.includes(x))))
            void refresh(entry);
});
