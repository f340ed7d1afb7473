// The pages' files are kept in this browser (sw.js); here a page has them kept,
// and hears that there are newer ones. A browser that does not trust the server's
// certificate keeps nothing, and fetches them each time as before.
import { signal } from '@preact/signals';

// Newer pages are here, and wait for a reload.
export const renewal = signal(false);

const LOOK_MS = 3600000;
const PATIENCE_MS = 5000;
let registration: ServiceWorkerRegistration | undefined;
let asked = false;

function ready(): void {
    renewal.value = true;
}

function watch(worker: ServiceWorker | null): void {
    worker?.addEventListener('statechange', () => {
        if (worker.state === 'installed' && navigator.serviceWorker.controller !== null)
            ready();
    });
}

// Is there another version? Also asked when the server was away: it may have been
// replaced meanwhile.
export function lookForNew(): void {
    void registration?.update().catch(() => undefined);
}

export async function keepPages(): Promise<void> {
    const { serviceWorker } = navigator;

    if (serviceWorker === undefined || registration !== undefined)
        return;
    let mine = serviceWorker.controller !== null;

    try {
        registration = await serviceWorker.register('/sw.js', { updateViaCache: 'none' });
    } catch {
        return;
    }
    serviceWorker.addEventListener('controllerchange', () => {
        if (asked)
            location.reload();
        else if (mine)
            ready(); // another tab took the new ones
        mine = true;
    });
    registration.addEventListener('updatefound', () => watch(registration?.installing ?? null));
    if (registration.waiting !== null && mine)
        ready();
    setInterval(lookForNew, LOOK_MS);
}

// Drafts are kept through it. A worker that does not make way is let go: the next
// page then comes from the server.
export function renew(): void {
    const waiting = registration?.waiting ?? null;

    asked = true;
    if (waiting === null)
        location.reload();
    else {
        waiting.postMessage('renew');
        setTimeout(() => void registration?.unregister().finally(() => location.reload()), PATIENCE_MS);
    }
}
