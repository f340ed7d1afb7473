// every_page.mjs - every page of hub and node before everybody who can log in there.
// By hand (ops/probe pages): what the browser tests look at in passing, in full.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PASSPHRASE, district, enter } from '../browser/district.mjs';
import { freshCode, signIn } from '../browser/hub.mjs';
import { clean, open, story } from '../browser/lib.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
let at = null;

process.on('exit', () => at?.endNow());

// What the pages of a program are called, out of its own table: none is forgotten.
function pathsOf(program, ids) {
    const table = readFileSync(join(root, program, 'web/main.tsx'), 'utf8');
    const paths = [...table.matchAll(/\{ path: '([^']+)'/g)].map((found) => found[1]);

    if (paths.length < 10)
        throw new Error(`only ${paths.length} paths in ${program}/web/main.tsx`);
    return paths.flatMap((path) => path.includes('/:') ? ids(path) : [path]);
}

const given = async (words) => JSON.parse(await words);
const node = (...words) => at.node(words);

// A year in small: a report of each state that looks different, an alert, notices in
// every state, a procedure, a request for a name.
async function fill() {
    const report = async (...words) => (await given(node('report', 'add', ...words, '--json'))).id;
    const notice = async (...words) => (await given(node('notice', ...words, '--json'))).id;
    const draft = (title) => notice('write', '--kind', 'giao_thong', '--title', title, '--text', 'Cầu hỏng.');
    const made = {
        reports: [
            await report('--category', 'cat_trai_phep', '--urgent', '--text', 'Ghe hút cát', '--name', 'Nguyễn Văn A', '--phone', '0900000001'),
            await report('--category', 'trom_cap', '--text', 'Mất xe đạp', '--name', 'Trần Thị B', '--phone', '0900000002'),
            await report('--category', 'khac', '--text', 'Chó thả rông'),
        ],
    };
    const [urgent, sealed] = made.reports;

    for (const id of [urgent, sealed])
        await node('report', 'move', id, 'phan_loai');
    await node('report', 'refer', urgent);
    await at.node(['disclosure', 'request', sealed, '--reason', 'Cần hỏi thêm', '--as', 'lan'], `${PASSPHRASE}\n`);
    made.alert = (await given(at.hub('alert', 'issue', '--event', 'flood', '--headline', 'Lũ khẩn cấp',
        '--text', 'Sơ tán trước 18 giờ', '--severity', 'extreme', '--json'))).id;
    const shown = await notice('publish', '--kind', 'thien_tai', '--title', 'Lũ', '--text', 'Nước lên.', '--leader', 'ha', '--shared');
    const back = await draft('Cấm đường hai');
    const approved = await draft('Cấm đường ba');

    await node('notice', 'correct', shown, '--text', 'Nước rút.', '--reason', 'Tin mới', '--leader', 'ha');
    await node('notice', 'return', back, '--reason', 'Nói rõ cầu nào', '--leader', 'ha');
    await node('notice', 'approve', approved, '--leader', 'ha');
    made.notices = [shown, back, approved, await draft('Cấm đường')];
    made.districts = (await given(at.hub('notice', 'publish', '--kind', 'thien_tai', '--title', 'Mưa lớn', '--text', 'Dự trữ nước.', '--json'))).id;
    await at.hub('procedure', 'import', join(root, 'ops/config/procedures.csv'));
    made.procedure = (await given(at.hub('procedure', 'list', '--json')))[0].code;
    return made;
}

const settled = async (page) => {
    await page.waitForSelector('h1');
    await page.waitForSelector('.loading', { state: 'detached' });
};

async function look(page, url, paths, who) {
    for (const path of paths) {
        await page.goto(url + path);
        await settled(page);
        await clean(page, `${path} as ${who}`);
    }
}

story('every page of a commune, before each role', async () => {
    at = await district({ board: true, sisters: ['quang-phu'] });
    for (const [name, role, keys] of [['lan', 'officer'], ['ha', 'leader', true], ['cuong', 'custodian', true], ['thanh', 'auditor']])
        await at.person(name, role, keys);
    for (const [name, role] of [['van', 'operator'], ['minh', 'duty'], ['phan', 'analyst'], ['kiem', 'auditor']])
        await at.hubPerson(name, role);
    at.made = await fill();
    const paths = pathsOf('node', (path) => ({
        '/reports/:id': at.made.reports.map((id) => `/reports/${id}`),
        '/notices/:id': at.made.notices.map((id) => `/notices/${id}`),
        '/procedures/:code': [`/procedures/${at.made.procedure}`],
    })[path]);

    await clean(await open(at, { allow: [/status of 401/] }), 'a commune\'s door');
    for (const [name, role] of [['lan', 'officer'], ['ha', 'leader'], ['cuong', 'custodian'], ['thanh', 'auditor']])
        await look(await enter(at, name, { allow: [/status of 40[34]/] }), at.url, paths, role);
});

story('every page of the district, before each role', async () => {
    const paths = pathsOf('hub', (path) => ({
        '/alerts/:id': [`/alerts/${at.made.alert}`],
        '/reports/:id': [`/reports/${at.made.reports[0]}`],
        '/notices/:id': [`/notices/${at.made.districts}`, `/notices/${at.made.notices[0]}`],
        '/procedures/:code': [`/procedures/${at.made.procedure}`],
        '/nodes/:unit': ['/nodes/quang-tho'],
    })[path]);

    for (const [name, role] of [['van', 'operator'], ['minh', 'duty'], ['phan', 'analyst'], ['kiem', 'auditor']]) {
        const page = await open({ url: at.board }, { allow: [/status of 40[134]/] });

        await signIn(page, name);
        await page.getByLabel('Mã 6 số').waitFor();
        await clean(page, `the code of the ${role}`);
        await page.keyboard.type(await freshCode(name, at.secrets[name]));
        await page.keyboard.press('Enter');
        await page.locator('.rail').waitFor({ state: 'attached' });
        await look(page, at.board, paths, role);
    }
});
