// The one stream of "changed" (GET /api/events), kept open while somebody is
// signed in. While it is down, everything shown is asked for every 15 s.
import { core, server } from './state';

type Listener = (topics: string[] | null) => void;

const POLL_MS = 15000;
const AGAIN_MS = 5000;
const listeners: Listener[] = [];
let source: EventSource | null = null;
let poll = 0;
let again = 0;
let broken = false;

export function topicsChanged(listener: Listener): void {
    listeners.push(listener);
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
    clearInterval(poll);
    poll = 0;
    server.value = true;
    if (broken)
        tell(null); // what was missed
    broken = false;
}

function down(): void {
    broken = true;
    if (poll === 0)
        poll = window.setInterval(() => tell(null), POLL_MS);
    if (source?.readyState !== EventSource.CLOSED)
        return; // the browser tries again by itself
    clearTimeout(again);
    again = window.setTimeout(openEvents, AGAIN_MS);
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
    clearInterval(poll);
    clearTimeout(again);
    poll = 0;
    broken = false;
}

addEventListener('online', () => tell(null));
