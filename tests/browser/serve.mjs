// serve.mjs - the built pages of a program behind a small server without TLS that
// plays the web process: same paths, same headers (CSP!), same API rules, made-up
// answers. For tests of the look, and for authors (show.mjs). What the real
// server does is tested with the real server.
import { createServer } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; worker-src 'self'; connect-src 'self'; " +
    "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

export const PASSWORD = 'mat khau dung';
export const CODE = '123456';
export const SECRET = {
    secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
    uri: 'otpauth://totp/Lienxa:minh.tran?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Lienxa',
    codes: Array.from({ length: 10 }, (_, i) => `MAU-DU-PHONG-${i}`),
};

const WHO = {
    node: { program: 'node', name: 'Xã Quảng Thọ', unit: '19894', user: 'lan.nguyen', role: 'officer',
        may: ['report.add', 'report.move', 'report.refer', 'alert.ack'], needs_code: false, enrol: false, version: '0.1.0' },
    hub: { program: 'hub', name: 'Huyện Quảng Điền', unit: '477', user: 'minh.tran', role: 'duty',
        may: ['alert.issue', 'alert.update', 'alert.cancel'], needs_code: false, version: '0.1.0' },
};

async function body(request) {
    let text = '';

    for await (const part of request)
        text += part;
    return text === '' ? {} : JSON.parse(text);
}

function asset(folder, manifest, path, accepts, response) {
    const found = manifest.assets.find((one) => one.path === path) ??
        manifest.assets.find((one) => one.path === '/index.html');
    const form = found.br && /\bbr\b/.test(accepts) ? 'br' : found.gz && /\bgzip\b/.test(accepts) ? 'gz' : 'raw';

    response.setHeader('Content-Type', found.type);
    response.setHeader('Cache-Control', path.startsWith('/assets/') ? 'max-age=31536000, immutable' : 'no-cache');
    if (form !== 'raw')
        response.setHeader('Content-Encoding', form === 'br' ? 'br' : 'gzip');
    response.end(readFileSync(join(folder, 'dist', found.path + (form === 'raw' ? '' : `.${form}`))));
}

// `folder`: what build.mjs wrote (it holds manifest.json). `answers`: by path (without
// the query), a value or a function of (URLSearchParams, session); a command's by
// "command NAME", a function of its args. `who`: changes to the session; null:
// nobody is signed in.
export async function serve({ program, folder, answers = {}, who = {}, port = 0 }) {
    if (!existsSync(join(folder, 'manifest.json')))
        throw new Error(`${folder}: nothing was built here; cmake --build --preset release --target lx_${program}_pages`);
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
    const site = {
        session: who === null ? null : { ...WHO[program], ...who },
        asksCode: false, // signing in needs a code
        enrols: false, // and there is no second factor yet
        coreUp: true,
        asked: [], // paths of reads
        pages: 0, // files that were asked for, but for sw.js
        worker: '', // added to sw.js: another version
        commands: [], // {id, command, args}
        answers: { ...answers },
        delay: 0,
    };
    const streams = new Set();
    let rev = 1;

    function json(response, status, value) {
        response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
        response.end(JSON.stringify(value));
    }
    const out = { code: 'login', error: 'sign in first', program, name: WHO[program].name };

    async function sessionApi(request, response, path) {
        if (request.method === 'GET')
            return site.session === null ? json(response, 401, out) : json(response, 200, site.session);
        if (request.method === 'DELETE') {
            site.session = null;
            return json(response, 200, {});
        }
        const said = await body(request);

        if (path === '/api/session/totp')
            return json(response, 200, { ok: true, out: SECRET });
        if (path === '/api/session/code') {
            if (said.code !== CODE)
                return json(response, 403, { code: 'code', error: 'the code is not right' });
            site.session = { ...WHO[program], ...who };
            return json(response, 200, {});
        }
        if (said.password !== PASSWORD)
            return json(response, 401, { code: 'login', error: 'name or password not right' });
        site.session = { ...WHO[program], ...who, needs_code: site.asksCode, enrol: site.enrols };
        return json(response, 200, { user: said.name, role: site.session.role, needs_code: site.asksCode,
            enrol: site.enrols });
    }

    async function commandApi(request, response) {
        const said = await body(request);
        const before = site.commands.find((one) => one.id === said.id);
        const answer = site.answers[`command ${said.command}`];

        if (!site.coreUp)
            return json(response, 503, { error: 'the core does not answer', code: 'busy' });
        if (before !== undefined)
            return json(response, 200, before.reply);
        const reply = answer === undefined
            ? { ok: false, error: `unknown command ${said.command}`, code: 'invalid' } : answer(said.args, site);

        if (reply.ok !== false || reply.code !== 'code')
            site.commands.push({ ...said, reply });
        return json(response, 200, reply);
    }

    function events(request, response) {
        response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
        response.write(`event: changed\ndata: {"rev":${rev},"topics":[]}\n\n`);
        streams.add(response);
        request.on('close', () => streams.delete(response));
    }

    async function api(request, response, url) {
        if (request.headers['x-lienxa'] !== '1' && url.pathname !== '/api/events')
            return json(response, 400, { error: 'no X-Lienxa header', code: 'invalid' });
        if (url.pathname.startsWith('/api/session'))
            return sessionApi(request, response, url.pathname);
        if (site.session === null)
            return json(response, 401, { ...out, code: site.ended ? 'expired' : 'login' });
        if (site.session.needs_code)
            return json(response, 403, { code: 'code', error: 'the code first' });
        if (url.pathname === '/api/events')
            return events(request, response);
        if (url.pathname === '/api/command')
            return commandApi(request, response);
        site.asked.push(url.pathname + url.search);
        const prefix = url.pathname.replace(/\/[^/]+$/, '/*');
        const answer = site.answers[url.pathname] ?? site.answers[prefix];

        if (answer === undefined)
            return json(response, 404, { error: `${url.pathname}: no such read`, code: 'missing' });
        const value = typeof answer === 'function' ? answer(url.searchParams, site, url.pathname) : answer;

        return value?.status === undefined ? json(response, 200, value) : json(response, value.status, value);
    }

    const server = createServer((request, response) => {
        const url = new URL(request.url, 'http://localhost');
        const answer = () => {
            response.setHeader('Content-Security-Policy', CSP);
            response.setHeader('X-Content-Type-Options', 'nosniff');
            if (url.pathname.startsWith('/api/'))
                return api(request, response, url).catch((error) =>
                    json(response, 500, { error: String(error) }));
            if (url.pathname === '/sw.js') {
                response.writeHead(200, { 'Content-Type': 'text/javascript', 'Cache-Control': 'no-cache' });
                return response.end(readFileSync(join(folder, 'dist/sw.js'), 'utf8') + site.worker);
            }
            site.pages++;
            return asset(folder, manifest, url.pathname, request.headers['accept-encoding'] ?? '', response);
        };

        if (site.delay > 0 && url.pathname.startsWith('/api/'))
            setTimeout(answer, site.delay);
        else
            answer();
    });
    const listen = (at) => new Promise((done) => server.listen(at, '127.0.0.1', done));

    await listen(port);
    const bound = server.address().port;

    site.url = `http://127.0.0.1:${bound}`;
    site.changed = (...topics) => {
        rev++;
        for (const stream of streams)
            stream.write(`event: changed\ndata: ${JSON.stringify({ rev, topics })}\n\n`);
    };
    site.core = (up) => {
        site.coreUp = up;
        for (const stream of streams)
            stream.write(`event: core\ndata: ${JSON.stringify({ up })}\n\n`);
    };
    // As when the process is killed: nobody listens any more.
    site.down = () => new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
    });
    site.up = () => listen(bound);
    return site;
}
