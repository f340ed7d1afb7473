// The one stream of "changed" (GET /api/events), kept open while somebody is
// signed in. While it is down we ask every 3 s whether anybody is there, and what
// is shown is read again every 15 s.
import { lookForNew } from './renew';
import { core, server } from './state';

type Listener = (topics: string[] | null) => void;

const POLL_MS = 15000;
const PING_MS = 3000;
const listeners: Listener[] = [];
let source: EventSource | null = null;
let timer = 0;
let downSince = 0; // 0: the stream is open, or was never
let polled = 0;

export function topicsChanged(listener: Listener): void {
    listeners.push(listener);
}

// Is anybody there, and do they still know us? Set by api.ts, which hears it.
let ping: () => Promise<boolean> = () => Promise.resolve(false);

export function pingWith(how: () => Promise<boolean>): void {
    ping = how;
}

function tell(topics: string[] | null): void {
    for (const listener of listeners)
        listener(topics);
}

function parse<T>(event: Event): T | null {
    try {
        return JSON.parse((event as MessageEvent<string>).data) as T;
    } catch {
        return null;
    }
}

function up(): void {
    clearInterval(timer);
    timer = 0;
    server.value = true;
    if (downSince !== 0) {
        tell(null); // what was missed
        lookForNew();
    }
    downSince = 0;
}

async function check(): Promise<void> {
    const there = await ping();

    if (source === null || downSince === 0)
        return;
    if (Date.now() - polled >= POLL_MS) {
        polled = Date.now();
        tell(null);
    }
    // The browser tries again by itself, but not after a refusal.
    if (there && source.readyState === EventSource.CLOSED)
        openEvents();
}

function down(): void {
    if (downSince === 0)
        downSince = polled = Date.now();
    if (timer !== 0)
        return;
    timer = window.setInterval(() => void check(), PING_MS);
    void check();
}

export function openEvents(): void {
    if (source !== null && source.readyState !== EventSource.CLOSED)
        return;
    source = new EventSource('/api/events');
    source.onopen = up;
    source.onerror = down;
    source.addEventListener('changed', (event) => {
        const said = parse<{ topics?: string[] }>(event);

        tell(said?.topics ?? null);
    });
    source.addEventListener('core', (event) => {
        const said = parse<{ up?: boolean }>(event);

        if (said?.up !== undefined)
            core.value = said.up;
    });
}

export function closeEvents(): void {
    source?.close();
    source = null;
    clearInterval(timer);
    timer = 0;
    downSince = 0;
}

addEventListener('online', () => {
    if (source !== null)
        void ping().then(() => tell(null));
});
