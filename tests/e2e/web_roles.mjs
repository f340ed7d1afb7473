// web_roles.mjs - for test_web_roles.sh: every role at every door, by HTTP.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

const district = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const agent = new Agent({ keepAlive: true, maxSockets: 4, ca: readFileSync(district.ca) });
const OWN_WORDS = ['Chuyện-riêng-của-xã'];
const SENDER = ['Phạm-Kín-Đáo', '0900000077'];
const PASSED_WORDS = ['Chuyện-đã-chuyển-huyện'];

function check(holds, what) {
    if (!holds)
        throw new Error(what);
}

// One request; { status, headers, text, json }. Of a stream only the header.
function ask(url, method, path, { token, body, headers = {} } = {}) {
    return new Promise((done, fail) => {
        const made = request(url + path, { method, agent, timeout: 60000, headers: {
            'X-Lienxa': '1', Origin: url,
            ...(token === undefined ? {} : { Cookie: `__Host-lienxa=${token}` }),
            ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers,
        } }, (reply) => {
            let text = '';
            const end = () => {
                let json = null;

                try {
                    json = JSON.parse(text);
                } catch { /* a page, a stream */ }
                done({ status: reply.statusCode, headers: reply.headers, text, json });
            };

            if (reply.headers['content-type']?.startsWith('text/event-stream')) {
                reply.destroy();
                return end();
            }
            reply.setEncoding('utf8');
            reply.on('data', (part) => { text += part; });
            reply.on('end', end);
        });

        made.on('error', fail);
        made.on('timeout', () => made.destroy(new Error(`${method} ${path}: no answer`)));
        made.end(body === undefined ? undefined : JSON.stringify(body));
    });
}

const tokenOf = (reply) =>
    /^__Host-lienxa=([0-9a-f]{64});/.exec(reply.headers['set-cookie']?.[0] ?? '')?.[1];

async function logIn(url, person) {
    let reply = await ask(url, 'POST', '/api/session', { body: { name: person.role, password: district.password } });

    check(reply.status === 200, `${person.role} cannot log in: ${reply.text}`);
    if (person.code !== undefined) {
        const half = tokenOf(reply);

        reply = await ask(url, 'POST', '/api/session/code', { token: half, body: { code: person.code } });
        check(reply.status === 200, `the code of ${person.role}: ${reply.text}`);
        check(tokenOf(reply) !== half, `${person.role}: the token is the same after the code`);
    }
    return tokenOf(reply);
}

// The tables of policy.c as the compiler reads them: names to sets of roles.
function tables(program) {
    const text = readFileSync(join(district.root, program, 'policy.c'), 'utf8').replace(/\/\*[^]*?\*\//g, '');
    const names = [...(/roles\[\] = \{([^}]*)\}/.exec(text)?.[1] ?? '').matchAll(/"(\w+)"/g)].map((m) => m[1]);
    const bits = {};

    for (const [, name, value] of (/enum \{([^}]*)\}/.exec(text)?.[1] ?? '').matchAll(/(\w+) = ([\w| ]+)/g))
        bits[name] = value.split('|').reduce((sum, one) => sum | (bits[one.trim()] ?? Number(one)), 0);
    const table = (which) => {
        const rows = new RegExp(`policy_row ${which}\\[\\] = \\{([^]*?)\\{NULL`).exec(text)?.[1] ?? '';

        return new Map([...rows.matchAll(/\{"([^"]+)",\s*([A-Z| \n]+),\s*([A-Z_|0 ]+)\}/g)].map(([, name, who, flags]) => {
            const set = who.split('|').reduce((sum, one) => sum | bits[one.trim()], 0);

            return [name, { roles: new Set(names.filter((_, i) => set >> i & 1)), own: flags.includes('OWN') }];
        }));
    };

    return { roles: names, commands: table('commands'), reads: table('reads') };
}

// ---- every role, every path

const ids = { '/api/reports/': ['own', 'passed'], '/api/alerts/': ['alert'], '/api/files/': ['passed'] };
const without = { '/api/uploads/': 400 }; // of what is not there; else 404

async function readsOf(site, table) {
    let count = 0;

    for (const [path, { roles }] of table.reads)
        for (const person of site.people) {
            const some = path.endsWith('/');
            const full = some ? (ids[path] ?? []).map((key) => path + district[key]) : [path];

            for (const one of [...full, ...(some ? [path + randomUUID()] : [])]) {
                const reply = await ask(site.url, 'GET', one, { token: person.token });
                const what = `${site.program} ${person.role} GET ${one}: ${reply.status} ${reply.text.slice(0, 200)}`;

                check(reply.headers['cache-control'] === 'no-store' || path === '/api/events', `${what}: may be stored`);
                if (roles.has(person.role)) {
                    check(reply.status === (full.includes(one) ? 200 : without[path] ?? 404), what);
                    person.read.push({ path: one, text: reply.text });
                } else {
                    check(reply.status === 403 && reply.json?.code === 'forbidden', what);
                    check(Object.keys(reply.json).sort().join() === 'code,error', `${what}: says too much`);
                }
                count++;
            }
        }
    return count;
}

// ---- every role, every command

async function commandsOf(site, table) {
    let count = 0;
    const inside = ['address', 'backup.done', 'key.rotate', 'key.sign', 'repair.note', 'web.certificate',
        'recover.put', 'report.import', 'session.open', 'session.salt', 'watch', 'nothing.there'];
    const run = (person, command, args) => ask(site.url, 'POST', '/api/command',
        { token: person.token, body: { id: randomUUID(), command, args } });

    for (const person of site.people) {
        for (const [command, { roles, own }] of table.commands) {
            const reply = await run(person, command, { name: 'somebody-else' });
            const what = `${site.program} ${person.role} ${command}: ${reply.status} ${reply.text.slice(0, 200)}`;

            if (roles.has(person.role))
                check(!['forbidden', 'login', 'code'].includes(reply.json?.code), what);
            else
                check(reply.status === 403 && reply.json?.code === 'forbidden', what);
            if (own) {
                const mine = await run(person, command, { name: person.role });

                check(mine.json?.ok !== true && mine.json?.code !== 'forbidden',
                    `${what}; of one's own: ${mine.text}`);
            }
            count++;
        }
        for (const command of inside) {
            const reply = await run(person, command, {});

            check(reply.status !== 200 && reply.json?.ok !== true,
                `${site.program} ${person.role} runs ${command}: ${reply.text}`);
            count++;
        }
        const who = await ask(site.url, 'GET', '/api/session', { token: person.token });
        const may = [...table.commands].filter(([, row]) => row.own || row.roles.has(person.role)).map(([name]) => name);

        check(JSON.stringify([...who.json.may].sort()) === JSON.stringify(may.sort()),
            `${site.program} ${person.role} may ${who.json.may}`);
    }
    return count;
}

// ---- what nobody, or not everybody, may meet

const meets = (person, words) => person.read.filter(({ text }) => words.some((one) => text.includes(one)));

function contentIsWhereItBelongs(hub, node) {
    for (const person of [...hub.people, ...node.people])
        check(meets(person, SENDER).length === 0, `${person.role} meets a sealed sender at ${meets(person, SENDER)[0]?.path}`);
    for (const person of hub.people) {
        check(meets(person, OWN_WORDS).length === 0, `the district's ${person.role} reads a report that was not passed on`);
        if (person.role === 'duty')
            check(meets(person, PASSED_WORDS).length > 0, 'the duty officer does not see what was passed on');
        else
            for (const one of [...PASSED_WORDS, district.own, district.passed])
                check(meets(person, [one]).length === 0, `the district's ${person.role} meets ${one} at ${meets(person, [one])[0]?.path}`);
    }
    for (const person of node.people)
        check((meets(person, OWN_WORDS).length > 0) === (person.role !== 'auditor'),
            `${person.role} of the commune and words of reports: ${meets(person, OWN_WORDS).map(({ path }) => path)}`);
}

// What one asked for is not another's; an id that is guessed opens nothing.
async function othersThings(node) {
    const by = Object.fromEntries(node.people.map((person) => [person.role, person]));
    const post = (person, path, body) => ask(node.url, 'POST', path, { token: person.token, body: { id: randomUUID(), ...body } });
    const asked = await post(by.officer, '/api/command',
        { command: 'disclosure.request', args: { report: district.own, reason: 'Cần hỏi lại người gửi' } });

    check(asked.status === 200, `a request: ${asked.text}`);
    const mine = asked.json.out?.disclosure ?? asked.json.out?.id;

    check(typeof mine === 'string', `what the request is called: ${asked.text}`);
    const consent = await post(by.custodian, '/api/disclosure/approve', { disclosure: mine, password: district.password });

    check(consent.status === 200, `the custodian's consent: ${consent.text}`);
    for (const [person, disclosure, password] of [
        [by.leader, mine, district.password], // asked for by the officer
        [by.auditor, mine, district.password],
        [by.officer, randomUUID(), district.password],
        [by.officer, mine, 'not the right password'],
    ]) {
        const reply = await post(person, '/api/disclosure/open', { disclosure, password });

        check(reply.status !== 200 && !SENDER.some((one) => reply.text.includes(one)),
            `${person.role} opens what is not theirs: ${reply.text}`);
    }
    const seen = await post(by.officer, '/api/disclosure/open', { disclosure: mine, password: district.password });

    check(seen.status === 200 && seen.text.includes(SENDER[0]), `who asked does not see it: ${seen.text}`);
    check(seen.headers['cache-control'] === 'no-store', 'a name that was opened may be stored');
    for (const session of [undefined, '0'.repeat(64), by.officer.token.replace(/^./, (c) => (c === 'f' ? '0' : 'f'))])
        check((await ask(node.url, 'GET', `/api/reports/${district.own}`, { token: session })).status === 401,
            'a report without a session');
    // a session of the commune is none at the district, and the other way round
    check((await ask(district.hub.url, 'GET', '/api/status', { token: by.leader.token })).status === 401,
        'a session of the commune is taken at the district');
}

// ---- who is not there and who mistyped: the same, and as slow

async function namesAreNotTold(site) {
    const times = { known: [], unknown: [] };
    const said = new Set();

    for (const { role } of site.people)
        for (const [kind, name] of [['known', role], ['unknown', `${role}x`]]) {
            const began = process.hrtime.bigint();
            const reply = await ask(site.url, 'POST', '/api/session', { body: { name, password: 'not this one' } });

            times[kind].push(Number(process.hrtime.bigint() - began) / 1e6);
            said.add(`${reply.status} ${reply.text}`);
        }
    const middle = (list) => list.sort((a, b) => a - b)[list.length >> 1];
    const [known, unknown] = [middle(times.known), middle(times.unknown)];

    console.log(`# a wrong password ${known.toFixed(0)} ms, an unknown name ${unknown.toFixed(0)} ms (medians of ${times.known.length})`);
    check(said.size === 1, `what is said differs: ${[...said]}`);
    // without the same work for both, one of them would be fifty times the other
    check(known < 5 * unknown && unknown < 5 * known, 'the time tells who is there');
}

const sites = [];

for (const program of ['hub', 'node']) {
    const site = { program, ...district[program] };
    const table = tables(program);

    check(table.roles.join() === site.people.map(({ role }) => role).join(), `roles: ${table.roles}`);
    check(table.commands.size >= 20 && table.reads.size >= 15, 'the tables were not read');
    for (const person of site.people)
        Object.assign(person, { read: [], token: await logIn(site.url, person) });
    const reads = await readsOf(site, table);
    const commands = await commandsOf(site, table);

    console.log(`ok - ${program}: ${site.people.length} roles, ${reads} reads and ${commands} commands as its table says`);
    sites.push(site);
}
contentIsWhereItBelongs(...sites);
console.log('ok - words and senders are met only by whom they are for');
await othersThings(sites[1]);
console.log("ok - another's request, a guessed id, a foreign session open nothing");
await namesAreNotTold(sites[1]);
console.log('ok - a name that does not exist sounds and lasts like a wrong password');
agent.destroy();
