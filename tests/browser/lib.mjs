// lib.mjs - what the browser tests share: Debian's Chromium through playwright-core,
// pictures, axe, reflow, and a page that may do nothing odd (errors in the
// console, refusals of the CSP, requests to elsewhere fail the test).
//
//   import { story, open, site, shot, clean, reflows, same } from './lib.mjs';
//   story('a page opens', async () => { const page = await open(await site('node')); .. });
//
// Pictures go to $LIENXA_SHOTS, the pages come from $LIENXA_BUILD (a build folder).
// $LIENXA_LIGHTHOUSE, a file: Lighthouse looks at what `clean` looks at, too, and what
// it says goes there (ops/probe pages).
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from './serve.mjs';

export { CODE, PASSWORD, SECRET } from './serve.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const require = createRequire(join(root, 'common/http/web/package.json'));
const { chromium } = require('playwright-core');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const BUILD = process.env.LIENXA_BUILD ?? join(root, 'build/release');
const SHOTS = process.env.LIENXA_SHOTS ?? join(BUILD, 'shots');
const WAIT_MS = 30000; // every wait's deadline
const LIGHTHOUSE = process.env.LIENXA_LIGHTHOUSE;

// ---- stories ----

const stories = [];
const cleanups = [];

export function story(name, run) {
    if (stories.length === 0)
        setImmediate(() => void runAll());
    stories.push({ name, run });
}

async function runAll() {
    const only = process.argv[2];
    const chosen = stories.filter((one) => only === undefined || one.name.includes(only));
    let failed = chosen.length === 0 ? 1 : 0;

    for (const { name, run } of chosen) {
        const began = performance.now();

        try {
            await run();
            console.log(`ok - ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
        } catch (error) {
            failed++;
            console.log(`not ok - ${name}\n${error?.stack ?? error}`);
        }
        for (const clean of cleanups.splice(0).reverse())
            await clean();
    }
    await browser?.close();
    console.log(`${chosen.length - failed} of ${chosen.length} stories hold`);
    process.exit(failed === 0 ? 0 : 1);
}

export function same(got, wanted, what = 'value') {
    if (JSON.stringify(got) !== JSON.stringify(wanted))
        throw new Error(`${what}: wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
}

// Until `check` gives something true, or the deadline.
export async function until(what, check) {
    const end = Date.now() + WAIT_MS;

    for (;;) {
        const value = await check();

        if (value)
            return value;
        if (Date.now() > end)
            throw new Error(`waited ${WAIT_MS / 1000} s in vain: ${what}`);
        await new Promise((done) => setTimeout(done, 50));
    }
}

// Free ports of loopback, kept for who listens there again after having been down
// (tests/support/held_main.c). They go with this process.
export async function heldPorts(count) {
    const child = spawn(join(BUILD, 'bin/lienxa-held'), ['127.0.0.1', String(count)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';

    process.on('exit', () => child.kill('SIGTERM'));
    child.stdout.setEncoding('utf8').on('data', (part) => said += part);
    return (await until('ports are held', () => said.split('\n').length > count && said)).trim().split('\n');
}

// As `same`, of what a page comes to a moment after something was done.
export async function comes(get, wanted, what = 'value') {
    const end = Date.now() + WAIT_MS;
    let got;

    for (;;) {
        got = await get();
        if (JSON.stringify(got) === JSON.stringify(wanted) || Date.now() > end)
            return same(got, wanted, what);
        await new Promise((done) => setTimeout(done, 50));
    }
}

// A full disk needs a small one: begins this file anew where it may mount. False:
// this machine does not let us.
export function ownMounts() {
    const mounts = process.env.LIENXA_MOUNTS;

    if (mounts !== undefined)
        return mounts === 'yes';
    if (spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status !== 0)
        return false;
    process.exit(spawnSync('unshare', ['-m', process.execPath, ...process.argv.slice(1)],
        { stdio: 'inherit', env: { ...process.env, LIENXA_MOUNTS: 'yes' } }).status ?? 1);
}

// ---- a site and a page ----

let browser = null;

// The pages of `program` with made-up answers (serve.mjs): those of answers/, when
// the test brings none.
export async function site(program, options = {}) {
    const { default: answers } = await import(`./answers/${program}.mjs`);
    const made = await serve({ program, folder: join(BUILD, program, `${program}_pages`), answers, ...options });

    cleanups.push(() => made.down().catch(() => undefined));
    return made;
}

export const DESK = { width: 1280, height: 800 };
export const WALL = { width: 1920, height: 1080 };
export const PHONE = { width: 390, height: 844 };

// A page at `path` of a site (or of a real server: { url }). What goes wrong in it
// is in page.odd; `clean` fails on it. `allow`: patterns of console lines that a
// test expects (a server that is down, a 401). `init`: runs before the page does.
// `keep`: stays open for the stories that follow.
export async function open(where, { path = '/', size = DESK, theme = 'light', language = 'vi', allow = [],
    settle = true, init = null, keep = false, ...context } = {}) {
    browser ??= await chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        args: ['--no-sandbox', '--disable-gpu', '--ignore-certificate-errors', '--disable-quic', '--no-first-run',
            '--disable-background-networking', '--disable-component-update', '--disable-sync',
            '--font-render-hinting=none', '--autoplay-policy=document-user-activation-required', ...await secondDriver()],
    });
    const made = await browser.newContext({ viewport: size, colorScheme: theme, locale: 'vi-VN',
        reducedMotion: 'reduce', ignoreHTTPSErrors: true, ...context });
    const page = await made.newPage();
    const host = new URL(where.url).host;

    if (!keep)
        cleanups.push(() => made.close());
    page.setDefaultTimeout(WAIT_MS);
    page.odd = [];
    const odd = (text) => {
        if (!allow.some((pattern) => pattern.test(text)))
            page.odd.push(text);
    };

    page.on('pageerror', (error) => odd(`error: ${error.message}`));
    page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning')
            odd(`console: ${message.text()}`);
    });
    page.on('request', (request) => {
        const url = new URL(request.url());

        if (url.host !== host && url.protocol !== 'data:')
            odd(`asked elsewhere: ${request.url()}`);
    });
    if (language !== 'vi')
        await page.addInitScript((to) => localStorage.setItem('lienxa.language', to), language);
    if (init !== null)
        await page.addInitScript(init);
    await page.goto(where.url + path);
    if (settle)
        await page.waitForSelector('h1');
    return page;
}

// ---- looking ----

export async function shot(page, name, options = {}) {
    mkdirSync(SHOTS, { recursive: true });
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: join(SHOTS, `${name}.png`), ...options });
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function axe(page, runOnly, theme) {
    await settled(page);

    const found = await page.evaluate((only) => window.axe.run(document,
        { runOnly: only, resultTypes: ['violations'] }), runOnly);

    return found.violations.flatMap((one) => one.nodes.map((node) =>
        `${theme}${one.id}: ${node.target.join(' ')}\n    ${node.failureSummary?.replace(/\n\s*/g, ' ')}`));
}

// Colours that change have changed: also of what takes them from its parent.
function settled(page) {
    return page.evaluate(async () => {
        for (let pass = 0; pass < 5; pass++) {
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            for (const one of document.getAnimations())
                if (one.effect?.getComputedTiming().endTime !== Infinity)
                    one.finish();
        }
    });
}

// axe finds nothing, nor does it find too little contrast in the other theme, and
// nothing odd was seen.
export async function clean(page, what = 'page') {
    await inject(page);
    const dark = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);

    const lines = await axe(page, RULES, '');

    await page.emulateMedia({ colorScheme: dark ? 'light' : 'dark' });
    lines.push(...await axe(page, { type: 'rule', values: ['color-contrast'] }, dark ? 'light: ' : 'dark: '));
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
    await settled(page);
    if (LIGHTHOUSE !== undefined)
        await askLighthouse(page, what);
    if (lines.length > 0)
        throw new Error(`${what}: axe finds ${lines.length}\n  ${lines.join('\n  ')}`);
    if (page.odd.length > 0)
        throw new Error(`${what}: ${page.odd.join('\n  ')}`);
}

// ---- Lighthouse, a second driver of the same browser ----

let debugPort = 0;
let seen = null; // by Lighthouse, once it has joined

async function secondDriver() {
    if (LIGHTHOUSE === undefined)
        return [];
    debugPort = await new Promise((done) => {
        const held = createServer().listen(0, '127.0.0.1', () => {
            const { port } = held.address();

            held.close(() => done(port));
        });
    });
    return [`--remote-debugging-port=${debugPort}`];
}

// On a desk and on a phone, light and dark: a line each, and what it finds.
async function askLighthouse(page, what) {
    const size = page.viewportSize();
    const dark = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
    const protocol = await page.context().newCDPSession(page);
    const { targetInfo: { targetId } } = await protocol.send('Target.getTargetInfo');

    await protocol.detach();
    seen ??= await (await import('../lighthouse/snapshot.mjs')).lighthouse(debugPort);
    for (const to of [DESK, PHONE])
        for (const theme of ['light', 'dark']) {
            await page.setViewportSize(to);
            await page.emulateMedia({ colorScheme: theme });
            await settled(page);
            const { score, applied, failed } = await seen(targetId);

            appendFileSync(LIGHTHOUSE, [`${score} of 100, ${applied} audits apply: ${what}, ${to.width} ${theme}`,
                ...failed.map((one) => `    ${one}`), ''].join('\n'));
        }
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
}

// Past the page's CSP, by the browser's own protocol.
async function inject(page) {
    const protocol = await page.context().newCDPSession(page);

    await protocol.send('Runtime.evaluate', { expression: `${axeSource};0`, silent: true });
    await protocol.detach();
}

// How wide the page is now, and what of it is beyond 320 px.
async function widest(page) {
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    return page.evaluate(() => {
        const frames = new Set(document.querySelectorAll('.table-wrap:not(:has(.folds)), .chart-table, .tabs, dialog:not([open])'));
        const inFrame = (element) => element !== null && (frames.has(element) || inFrame(element.parentElement));
        const out = [...document.body.querySelectorAll('*')].filter((element) => {
            const box = element.getBoundingClientRect();

            return box.width > 1 && box.height > 1 && box.right > 321 && !inFrame(element) &&
                getComputedStyle(element).clipPath === 'none';
        });

        return {
            width: document.scrollingElement.scrollWidth,
            who: out.slice(0, 5).map((element) => `${element.tagName}.${element.className?.baseVal ?? element.className}`),
        };
    });
}

// At 320 px wide (1280 at 400 %) nothing is cut off or scrolls sideways. On a busy
// machine a page may take a moment to become so narrow.
export async function reflows(page, what = 'page') {
    const before = page.viewportSize();
    let wide;

    await page.setViewportSize({ width: 320, height: 640 });
    for (let i = 0; i < 10 && (i === 0 || wide.width > 320); i++) {
        await page.waitForTimeout(50 * i);
        wide = await widest(page);
    }
    await page.setViewportSize(before);
    if (wide.width > 320)
        throw new Error(`${what}: ${wide.width} px wide at 320: ${wide.who.join(', ')}`);
}

// What has the focus, in words: for stories by keyboard.
export function focused(page) {
    return page.evaluate(() => {
        const element = document.activeElement;

        return element?.getAttribute('aria-label') ?? element?.textContent?.trim().slice(0, 80) ?? '';
    });
}
