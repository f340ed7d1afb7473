// words.mjs - the two dictionaries agree, and the pages ask for nothing else.
//
// For the shared words and each program's own: the same keys in vi and en, the
// same {values} in both, no empty text, no key twice, none that is a shared one as
// well; every t('..') names a key that is there; every key is used somewhere
// (keys asked for by a made-up name, t(`role.${..}`), count by their beginning;
// do.* and field.* are there for whoever needs them).
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = process.argv[2] ?? join(here, '../../..');
let bad = 0;

function wrong(text) {
    console.error(text);
    bad++;
}

function dictionary(path) {
    const found = new Map();
    const entry = /^ {4}'([^']+)':\s*(?:'((?:[^'\\]|\\.)*)'|`([^`]*)`|"((?:[^"\\]|\\.)*)"),$/gm;
    const text = readFileSync(path, 'utf8');

    for (const [, key, single, tick, double] of text.matchAll(entry)) {
        if (found.has(key))
            wrong(`${relative(root, path)}: '${key}' stands twice`);
        found.set(key, single ?? tick ?? double);
    }
    const keys = text.match(/^ {4}'[^']+':/gm) ?? [];

    if (keys.length !== found.size)
        wrong(`${relative(root, path)}: ${keys.length} keys, but ${found.size} could be read:` +
            " one line each, 'key': 'text',");
    return found;
}

const values = (text) => [...new Set([...text.matchAll(/\{(\w+)/g)].map((m) => m[1]))].sort().join();

function pair(folder) {
    const vi = dictionary(join(root, folder, 'vi.ts'));
    const en = dictionary(join(root, folder, 'en.ts'));

    for (const [key, text] of vi) {
        if (text === '')
            wrong(`${folder}: '${key}' is empty in vi`);
        if (!en.has(key))
            wrong(`${folder}: '${key}' is missing in en`);
        else if (en.get(key) === '')
            wrong(`${folder}: '${key}' is empty in en`);
        else if (values(text) !== values(en.get(key)))
            wrong(`${folder}: '${key}' takes {${values(text)}} in vi, {${values(en.get(key))}} in en`);
    }
    for (const key of en.keys())
        if (!vi.has(key))
            wrong(`${folder}: '${key}' is missing in vi`);
    return vi;
}

function sources(folder) {
    return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((item) => {
        const path = join(folder, item.name);

        if (item.isDirectory())
            return item.name === 'node_modules' || item.name === 'i18n' ? [] : sources(path);
        return /\.tsx?$/.test(item.name) ? [path] : [];
    });
}

// What a folder's files ask for: whole keys, and beginnings.
function asked(folder) {
    const whole = new Map();
    const begun = new Map();

    for (const path of sources(folder)) {
        const text = readFileSync(join(root, path), 'utf8');

        for (const [, key] of text.matchAll(/['"]([a-z][A-Za-z0-9]*(?:\.[A-Za-z0-9_]+)+)['"]/g))
            whole.set(key, path);
        for (const [, start] of text.matchAll(/`([a-z][A-Za-z0-9]*\.(?:[A-Za-z0-9_]+\.)*)\$\{/g))
            begun.set(start, path);
    }
    return { whole, begun };
}

function direct(folder, known) {
    for (const path of sources(folder))
        for (const [, key] of readFileSync(join(root, path), 'utf8').matchAll(/\bt\('([^']+)'/g))
            if (!known.has(key))
                wrong(`${path}: t('${key}') is in no dictionary`);
}

function unused(folder, dictionary, uses) {
    for (const key of dictionary.keys())
        if (!/^(do|field)\./.test(key) && !uses.some(({ whole, begun }) => whole.has(key) ||
            [...begun.keys()].some((start) => key.startsWith(start))))
            wrong(`${folder}: '${key}' is asked for nowhere`);
}

const common = pair('common/http/web/src/i18n');
const published = pair('common/http/web/src/public/i18n'); // loaded with its pages
const setup = pair('common/http/web/src/setup/i18n'); // of both programs' set-up
const carry = pair('common/http/web/src/carry/i18n'); // loaded with its page
const shared = new Map([...published, ...setup, ...carry, ...common]);
const sharedUse = asked('common/http/web/src');

for (const key of published.keys())
    if (common.has(key))
        wrong(`common/http/web/src/public/i18n: '${key}' is a shared word already`);
for (const key of setup.keys())
    if (common.has(key) || published.has(key))
        wrong(`common/http/web/src/setup/i18n: '${key}' is a shared word already`);
for (const key of carry.keys())
    if (common.has(key) || published.has(key) || setup.has(key))
        wrong(`common/http/web/src/carry/i18n: '${key}' is a shared word already`);
const uses = [sharedUse];

direct('common/http/web/src', shared);
for (const program of ['hub', 'node']) {
    const own = pair(`${program}/web/i18n`);
    const use = asked(`${program}/web`);

    for (const key of own.keys())
        if (shared.has(key))
            wrong(`${program}/web/i18n: '${key}' is a shared word already`);
    direct(`${program}/web`, new Map([...shared, ...own]));
    unused(`${program}/web/i18n`, own, [use]);
    uses.push(use);
}
unused('common/http/web/src/i18n', common, uses);
unused('common/http/web/src/public/i18n', published, [sharedUse]);
unused('common/http/web/src/setup/i18n', setup, uses);
unused('common/http/web/src/carry/i18n', carry, [sharedUse]);

if (bad > 0) {
    console.error(`${bad} ${bad === 1 ? 'fault' : 'faults'} in the dictionaries`);
    process.exit(1);
}
console.log('the dictionaries agree');
