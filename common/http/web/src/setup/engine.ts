// Setting a program up: what the core says of it, and one step at a time. The
// page keeps nothing: closed and opened again, it goes on where it was.
import { signal, type Signal } from '@preact/signals';
import { ApiError, post } from '../api';

export interface Shares {
    first: string; // "share root-1 ABCD-.."
    second: string;
    ask: { group: number }[]; // which group of each is to be typed
}
export interface Failed {
    work: number;
    code: string;
    error: string;
    about?: Record<string, unknown>;
}
export interface SetupState {
    program: 'hub' | 'node';
    step: 'make' | 'shares' | 'people' | 'done';
    name?: string;
    unit?: string;
    authority?: { name: string; fingerprint: string; expires: string } | null;
    working: boolean;
    work: number;
    failed: Failed | null;
    shares: Shares | null;
    need_shares: boolean;
}

// null: the code is still to be given; undefined: not yet known.
export const state: Signal<SetupState | null | undefined> = signal(undefined);

// What is not in the state before it is made.
export const placeName = signal('');

// This page began what is being done, and waits for it.
export const running = signal(false);

const ask = <T>(command: string, args: Record<string, unknown> = {}): Promise<T> =>
    post<T>('/api/setup', { command, args });

export async function look(): Promise<void> {
    try {
        state.value = await ask<SetupState>('state');
    } catch (error) {
        const code = error instanceof ApiError ? error.code : '';

        if (code === 'login')
            state.value = null;
        else if (code === 'missing' && state.value) // it took over before it could say so
            state.value = { ...state.value, step: 'done', working: false, failed: null };
        else
            throw error;
    }
}

export async function enter(code: string): Promise<void> {
    await ask('code', { code });
    await look();
}

const POLL_MS = 300;
const PATIENCE_MS = 90000;

const pause = (length: number): Promise<void> =>
    new Promise((done) => setTimeout(done, length));

// Until what is being done is over. A lost answer is asked for again.
export async function settle(): Promise<void> {
    for (const end = Date.now() + PATIENCE_MS; ;) {
        try {
            await look();
            if (!state.value?.working)
                return;
        } catch (error) {
            if (Date.now() > end)
                throw error;
        }
        await pause(POLL_MS);
    }
}

// One step, to its end. Throws what the core said of it; `body` has what it knows.
export async function run(command: string, args: Record<string, unknown>): Promise<void> {
    let failed: Failed | null | undefined;
    let work = 0;

    running.value = true;
    try {
        work = (await ask<{ work: number }>(command, args)).work;
        await settle();
        failed = state.value?.failed;
    } catch (error) {
        if (error instanceof ApiError && error.code === 'login')
            state.value = null; // two hours are over: the code again
        else if (error instanceof ApiError && error.code === 'conflict')
            await look(); // another tab was quicker: the page shows where it is
        throw error;
    } finally {
        running.value = false;
    }

    if (failed && failed.work === work)
        throw new ApiError(failed.code as ApiError['code'], failed.error, 0, failed.about ?? {});
}

// Has the program itself taken over? A browser that does not yet trust its own
// certificate cannot ask: then null.
export async function isReady(): Promise<boolean | null> {
    try {
        const reply = await fetch('/api/session', { headers: { 'X-Lienxa': '1' }, cache: 'no-store' });
        const said = await reply.json() as { code?: string };

        return said.code !== 'setup' && said.code !== 'core';
    } catch {
        return null;
    }
}
