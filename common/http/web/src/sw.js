// sw.js - the pages' own files, kept in this browser, so that a page is there at
// once on a slow line and while the server is away. Nothing of /api is ever kept
// here: no report, no name, no session. Built by build.mjs, which fills in the
// files and a version made of them; served as /sw.js, asked for anew each time.
//
// One version is one cache with all of its files: a page never gets half of two.
// Another version waits until the person says so (renew.ts) or no page is open.
/* global self, caches, fetch */
const NAME = 'lienxa-__VERSION__';
const FILES = __FILES__;

async function put(cache, path, how) {
    const reply = await fetch(path, { cache: how });

    if (!reply.ok || reply.redirected)
        throw new Error(`${path}: ${reply.status}`);
    await cache.put(path, reply);
}

async function store() {
    const cache = await caches.open(NAME);

    await Promise.all([put(cache, '/', 'no-cache'), ...FILES.map((path) => put(cache, path, 'default'))]);
}

async function begin() {
    for (const name of await caches.keys())
        if (name.startsWith('lienxa-') && name !== NAME)
            await caches.delete(name);
    await self.clients.claim();
}

async function fromStore(path, request) {
    const cache = await caches.open(NAME);

    return await cache.match(path) ?? fetch(request);
}

self.addEventListener('install', (event) => event.waitUntil(store()));
self.addEventListener('activate', (event) => event.waitUntil(begin()));
self.addEventListener('message', (event) => {
    if (event.data === 'renew')
        event.waitUntil(self.skipWaiting());
});
self.addEventListener('fetch', (event) => {
    const { method, mode, url } = event.request;
    const { origin, pathname } = new URL(url);

    if (method !== 'GET' || origin !== self.location.origin || pathname === '/api' || pathname.startsWith('/api/'))
        return;
    if (FILES.includes(pathname))
        event.respondWith(fromStore(pathname, event.request));
    else if (mode === 'navigate' && !/\.\w+$/.test(pathname)) // as the server: every other path is the shell
        event.respondWith(fromStore('/', event.request));
});
