// build.mjs - one program's pages, from TSX to what its executable carries.
//
//   node build.mjs ENTRY OUT SYMBOL
//
// Bundles ENTRY (a main.tsx) into OUT/dist with hashed names, each file also as
// .gz and .br, and writes beside it
//   OUT/manifest.json  what was made: paths, types, etags, sizes
//   OUT/SYMBOL.S       the bytes (.incbin)
//   OUT/SYMBOL.c       the table: struct http_assets SYMBOL
//   OUT/SYMBOL.d       what it was made of, for ninja
// It needs no network. Same sources, same files, on Node 18 and 20 (but for .gz,
// which is as that machine's zlib makes it).
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import * as esbuild from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const LIMIT_GZ = 120 * 1024; // scripts and styles of one program, but what is apart

const TYPES = {
    html: 'text/html; charset=utf-8',
    js: 'text/javascript; charset=utf-8',
    css: 'text/css; charset=utf-8',
    svg: 'image/svg+xml',
    txt: 'text/plain; charset=utf-8',
};

function fail(text) {
    console.error(`build.mjs: ${text}`);
    process.exit(1);
}

function bundle(entry, out) {
    return esbuild.build({
        absWorkingDir: here,
        entryPoints: { main: entry, theme: join(here, 'src/theme-first.ts') },
        outdir: join(out, 'dist/assets'),
        bundle: true,
        splitting: true,
        format: 'esm',
        target: 'es2020',
        minify: true,
        charset: 'utf8',
        legalComments: 'none', // see licences()
        jsx: 'automatic',
        jsxImportSource: 'preact',
        tsconfig: join(here, 'tsconfig.json'),
        nodePaths: [join(here, 'node_modules')],
        entryNames: '[name].[hash]',
        chunkNames: 'part.[hash]',
        assetNames: '[name].[hash]',
        loader: { '.svg': 'file', '.csv': 'text' },
        metafile: true,
        logLevel: 'warning',
    });
}

function hashOf(bytes) {
    return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

// The names esbuild gave: the entry's script and style, the script that sets the
// theme, and what the entry loads at once.
function namesOf(meta, entry, out) {
    const name = (path) => '/' + relative(join(out, 'dist'), resolve(here, path));
    const found = { early: [] };

    for (const [path, output] of Object.entries(meta.outputs)) {
        const from = output.entryPoint && resolve(here, output.entryPoint);

        if (path.endsWith('.css') && !basename(path).startsWith('main.'))
            fail(`${name(path)}: a page that is loaded later brings its own style;` +
                ' import the .css file from main.tsx instead');
        if (from === entry && path.endsWith('.js')) {
            found.main = name(path);
            found.style = output.cssBundle && name(output.cssBundle);
            for (const item of output.imports)
                if (item.kind === 'import-statement')
                    found.early.push(name(item.path));
        } else if (output.entryPoint?.endsWith('theme-first.ts')) {
            found.theme = name(path);
        }
    }
    return found;
}

// What nobody at work loads: the style page, for who writes pages, and the set-up
// (first.tsx), which a machine shows once, before there is anything else.
function apartFromWork(meta, out) {
    const doors = new Set(Object.entries(meta.outputs).filter(([, output]) =>
        /(style\/page|web\/first)\.tsx$/.test(output.entryPoint ?? '')).map(([path]) => path));
    const reached = new Set();
    const reach = (path) => {
        if (doors.has(path) || reached.has(path) || meta.outputs[path] === undefined)
            return;
        reached.add(path);
        meta.outputs[path].imports.forEach((item) => reach(item.path));
    };

    Object.entries(meta.outputs).filter(([path, output]) => path.endsWith('.css') ||
        (output.entryPoint !== undefined && /main\.tsx$|theme-first\.ts$/.test(output.entryPoint)))
        .forEach(([path]) => reach(path));
    return new Set(Object.keys(meta.outputs).filter((path) => !reached.has(path))
        .map((path) => '/' + relative(join(out, 'dist'), resolve(here, path))));
}

// The notices that the libraries' licences ask for.
function licences() {
    const of = (name) => {
        const text = readFileSync(join(here, 'node_modules', name, 'LICENSE'), 'utf8');

        return `${name}\n\n${text.trim()}\n`;
    };

    return ['preact', '@preact/signals', '@preact/signals-core']
        .map(of).join('\n----\n\n');
}

function put(out, stem, extension, text) {
    const file = `${stem}.${hashOf(text).slice(0, 8).toUpperCase()}.${extension}`;

    writeFileSync(join(out, 'dist/assets', file), text);
    return `/assets/${file}`;
}

function page(names, icon, notice) {
    const early = names.early
        .map((path) => `<link rel="modulepreload" href="${path}">\n`).join('');

    return `<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Lienxa</title>
<link rel="icon" href="${icon}">
<link rel="stylesheet" href="${names.style}">
<script src="${names.theme}"></script>
<script type="module" src="${names.main}"></script>
${early}<link rel="license" href="${notice}">
</head>
<body>
<div id="app"><p class="first">Đang mở…</p></div>
<noscript><p class="first">Trang này cần JavaScript. This page needs JavaScript.</p></noscript>
</body>
</html>
`;
}

// src/sw.js with the files it keeps and the version they make: another byte in any
// of them is another worker.
async function worker(dist, left) {
    const shell = readFileSync(join(dist, 'index.html'), 'utf8');
    const files = filesUnder(join(dist, 'assets')).map((file) => '/' + relative(dist, file))
        .filter((path) => !left.has(path)).sort();
    const text = readFileSync(join(here, 'src/sw.js'), 'utf8')
        .replace('__VERSION__', hashOf(shell + files.join()))
        .replace('__FILES__', JSON.stringify(files));

    return (await esbuild.transform(text, { minify: true, target: 'es2020', charset: 'utf8' })).code;
}

function filesUnder(folder) {
    return readdirSync(folder, { withFileTypes: true }).flatMap((item) => {
        const path = join(folder, item.name);

        return item.isDirectory() ? filesUnder(path) : [path];
    });
}

// Compressed only where it is worth a header: never for less than a tenth saved.
function pack(file, dist) {
    const raw = readFileSync(file);
    const path = '/' + relative(dist, file);
    const extension = path.slice(path.lastIndexOf('.') + 1);
    const type = TYPES[extension] ?? fail(`${path}: no type is known for .${extension}`);
    const made = { path, type, etag: hashOf(raw), file, raw: raw.length, gz: 0, br: 0 };
    const forms = {
        gz: gzipSync(raw, { level: 9 }),
        br: brotliCompressSync(raw, {
            params: {
                [constants.BROTLI_PARAM_QUALITY]: 11,
                [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
            },
        }),
    };

    forms.gz[9] = 255; // the byte for the system: the same everywhere
    for (const [form, bytes] of Object.entries(forms)) {
        if (bytes.length > raw.length * 0.9)
            continue;
        writeFileSync(`${file}.${form}`, bytes);
        made[form] = bytes.length;
    }
    return made;
}

function assembly(symbol, assets) {
    const lines = ['/* made by build.mjs */', '#ifdef __CET__', '#include <cet.h>', '#endif',
        '    .section .rodata'];

    assets.forEach((asset, i) => {
        for (const form of ['raw', 'gz', 'br']) {
            if (asset[form] === 0)
                continue;
            const from = form === 'raw' ? asset.file : `${asset.file}.${form}`;

            lines.push(`    .global ${symbol}_${i}_${form}`, '    .balign 16',
                `${symbol}_${i}_${form}:`, `    .incbin "${from}"`);
        }
    });
    lines.push('    .section .note.GNU-stack,"",%progbits', '');
    return lines.join('\n');
}

function table(symbol, assets) {
    const lines = ['/* made by build.mjs */', '#include "common/http/http.h"', ''];
    const part = (asset, i, form) => asset[form] === 0
        ? '{NULL, 0}'
        : `{${symbol}_${i}_${form}, ${asset[form]}}`;

    assets.forEach((asset, i) => {
        for (const form of ['raw', 'gz', 'br'])
            if (asset[form] !== 0)
                lines.push(`extern const uint8_t ${symbol}_${i}_${form}[];`);
    });
    lines.push('', 'static const struct http_asset list[] = {');
    assets.forEach((asset, i) => {
        lines.push(`    {"${asset.path}", "${asset.type}",`,
            `     "\\"${asset.etag}\\"", ${part(asset, i, 'raw')},`,
            `     ${part(asset, i, 'gz')}, ${part(asset, i, 'br')}},`);
    });
    lines.push('};', `extern const struct http_assets ${symbol};`,
        `const struct http_assets ${symbol} = {list, ${assets.length}};`, '');
    return lines.join('\n');
}

async function main() {
    const [entryName, outName, symbol] = process.argv.slice(2);

    if (symbol === undefined)
        fail('usage: node build.mjs ENTRY OUT SYMBOL');
    const entry = resolve(entryName);
    const out = resolve(outName);
    const dist = join(out, 'dist');

    rmSync(dist, { recursive: true, force: true });
    mkdirSync(join(dist, 'assets'), { recursive: true });
    const { metafile } = await bundle(entry, out);
    const names = namesOf(metafile, entry, out);

    if (names.style === undefined)
        fail(`${entryName}: imports no style; begin with import 'lienxa/look/look.css'`);
    const icon = put(out, 'icon', 'svg', readFileSync(join(here, 'src/icon.svg')));
    const notice = put(out, 'licences', 'txt', licences());

    const apart = apartFromWork(metafile, out);

    writeFileSync(join(dist, 'index.html'), page(names, icon, notice));
    writeFileSync(join(dist, 'sw.js'), await worker(dist, new Set([...apart, notice])));
    const assets = filesUnder(dist).map((file) => pack(file, dist))
        .sort((a, b) => (a.path < b.path ? -1 : 1)); // by bytes: strcmp's order
    const total = assets.filter((asset) => /\.(js|css)$/.test(asset.path) && !apart.has(asset.path))
        .reduce((sum, asset) => sum + (asset.gz || asset.raw), 0);

    if (total > LIMIT_GZ)
        fail(`scripts and styles are ${total} bytes compressed; the limit is ${LIMIT_GZ}`);
    writeFileSync(join(out, 'manifest.json'), JSON.stringify({ total, assets: assets.map(
        ({ file: _, ...asset }) => asset) }, null, 1) + '\n');
    writeFileSync(join(out, `${symbol}.S`), assembly(symbol, assets));
    writeFileSync(join(out, `${symbol}.c`), table(symbol, assets));
    const inputs = Object.keys(metafile.inputs).map((path) => resolve(here, path))
        .concat(join(here, 'src/icon.svg'), join(here, 'src/sw.js'));

    writeFileSync(join(out, `${symbol}.d`), `${join(out, symbol)}.S ${join(out, symbol)}.c: ` +
        inputs.map((path) => path.replace(/ /g, '\\ ')).join(' \\\n  ') + '\n');
}

await main();
