// A day of the whole district in real programs and real browsers: a hub, four
// communes. (a) An urgent report is taken while the line is down, by keyboard
// alone, passed on, and accepted. (b) A warning to four communes, one of them
// off. (d) Who sent a report is looked at, and both ends have it in their books.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PASSPHRASE, enterCommune, realHub } from './hub.mjs';
import { WALL, clean, comes, focused, open, same, shot, story, until } from './lib.mjs';

const UNITS = ['quang-tho', 'quang-phu', 'quang-an', 'quang-loi'];
const away = [/ERR_/, /Failed to load resource/, /status of [45]\d\d/];
const SENDER = { name: 'Huỳnh Thị Kín Tiếng', phone: '0905 777 123' };
let made = null;

async function district() {
    if (made !== null)
        return made;
    const hub = await realHub();
    const at = { hub };

    made = at;
    for (const unit of UNITS)
        at[unit] = await hub.commune(unit, { web: unit === 'quang-tho' || unit === 'quang-phu' });
    hub.person('minh', 'duty');
    hub.person('thu', 'auditor');
    at['quang-tho'].person('lan', 'officer', true);
    at['quang-tho'].person('kim', 'custodian', true);
    at['quang-tho'].person('son', 'auditor');
    at['quang-phu'].person('binh', 'officer', true);
    await until('all four are here', () => JSON.parse(hub.run(['node', 'list', '--json']))
        .filter((one) => one.online).length === UNITS.length);
    return at;
}

// Listens to the bell: every tone that starts, and whether it is set to strike again.
function hearing() {
    const start = OscillatorNode.prototype.start;
    const every = window.setInterval;
    const no = window.clearInterval;
    const live = new Set();

    window.bell = { tones: 0, states: new Set(), strikesOn: () => live.size > 0 };
    OscillatorNode.prototype.start = function (...words) {
        window.bell.tones++;
        window.bell.states.add(this.context.state);
        return start.apply(this, words);
    };
    window.setInterval = (run, after, ...rest) => {
        const timer = every(run, after, ...rest);

        if (after === 3500)
            live.add(timer);
        return timer;
    };
    window.clearInterval = (timer) => {
        live.delete(timer);
        no(timer);
    };
}

const bell = (page) => page.evaluate(() => ({ tones: window.bell.tones, states: [...window.bell.states], on: window.bell.strikesOn() }));
const read = (page, path) => page.evaluate((at) =>
    fetch(at, { headers: { 'X-Lienxa': '1' } }).then((reply) => reply.text()), path);
const readJson = async (page, path) => JSON.parse(await read(page, path));

let strokes = 0;

async function press(page, ...keys) {
    for (const key of keys) {
        strokes++;
        await page.keyboard.press(key);
    }
}

async function type(page, text) {
    strokes += text.length;
    await page.keyboard.type(text);
}

// With the Tab key to what is called this.
async function tabTo(page, name) {
    for (let i = 0; i < 80; i++) {
        await press(page, 'Tab');
        if ((await focused(page)).startsWith(name))
            return;
    }
    throw new Error(`no Tab leads to "${name}"`);
}

let board = null; // of the duty officer: open all day

story('(a) an urgent report taken with the line down, by keyboard alone, is accepted at the district', async () => {
    const at = await district();
    const { hub } = at;
    const tho = at['quang-tho'];

    at['quang-phu'].run(['report', 'import', '-'], Array.from({ length: 3 }, (_, i) =>
        `${JSON.stringify({ category: 'khac', text: `Việc thứ ${i + 1}` })}\n`).join(''));
    board = await hub.enter('minh', { allow: away, init: hearing, keep: true });
    await board.getByRole('heading', { name: 'Bảng điều hành' }).waitFor();
    const desk = await enterCommune(tho, 'lan', { init: hearing });

    await desk.getByText('Đã nối với').waitFor();
    await hub.stop();
    await desk.getByText(/Chưa nối được từ .*\d\d:\d\d/).waitFor();

    // taken, moved, passed on: not one click
    const began = Date.now();

    strokes = 0;
    await press(desk, 'n');
    await desk.getByRole('heading', { name: 'Nhận tin' }).waitFor();
    await type(desk, 'duoi nuoc');
    await press(desk, 'Enter', 'Tab');
    await type(desk, 'Hai cháu nhỏ bơi ra xa bến Phước Yên, một cháu không lên được.');
    await press(desk, 'Control+Enter');
    await desk.getByRole('heading', { name: 'Đuối nước, cứu nạn' }).waitFor();
    console.log(`# taken by keyboard in ${((Date.now() - began) / 1000).toFixed(1)} s, ${strokes} key strokes`);
    await desk.getByRole('heading', { name: '1 tin khẩn chưa ai tiếp nhận' }).waitFor();
    await until('the bell strikes', async () => (await bell(desk)).tones >= 4);
    same((await bell(desk)).states, ['running'], 'what plays it');
    await press(desk, '1');
    await desk.locator('h1 + .state', { hasText: 'Đã tiếp nhận' }).waitFor();
    await until('the bell stops when it is taken', async () => !(await bell(desk)).on);
    await press(desk, '1');
    await desk.locator('h1 + .state', { hasText: 'Đã phân loại' }).waitFor();
    const key = await desk.locator('.button', { hasText: 'Chuyển nơi khác' }).locator('.keyhint').textContent();

    await press(desk, key);
    await desk.getByRole('dialog', { name: /^Chuyển tin/ }).waitFor();
    await press(desk, 'Control+Enter');
    await desk.locator('h1 + .state', { hasText: 'Đã chuyển' }).waitFor();
    const strip = await desk.getByText(/Chưa nối được từ .*\d\d:\d\d.*; \d+ mục chờ gửi; không mất gì/).textContent();

    console.log(`# the strip says: ${strip.trim()}`);
    console.log(`# passed on after ${((Date.now() - began) / 1000).toFixed(1)} s, ${strokes} key strokes`);
    await shot(desk, 'story-a-line-down');
    await clean(desk, 'the desk with the line down');
    const id = new URL(desk.url()).pathname.split('/').at(-1);

    // the line is up again
    await hub.start();
    await board.locator('.strip.danger').waitFor({ state: 'detached' });
    const bar = board.getByRole('heading', { name: '1 tin khẩn chuyển lên huyện, chưa ai nhận' });
    let waited = 0; // the last moment at which it was not delivered
    let shown = 0;
    const seen = bar.waitFor().then(() => {
        shown = Date.now();
    });

    await until('it is delivered', async () => {
        const asked = Date.now();
        const delivered = (await readJson(desk, '/api/status')).backlog === 0;

        if (!delivered)
            waited = asked;
        return delivered;
    });
    await seen;
    console.log(`# on the board ${waited === 0 ? 'before the desk heard of the delivery' : `${shown - waited} ms after the last moment at which it was not delivered`}`);
    if (waited !== 0 && shown - waited > 2000)
        throw new Error(`the board showed it ${shown - waited} ms after its delivery`);
    await until('it rings at the district', async () => (await bell(board)).tones >= 4);
    await until('and again, while nobody says yes', async () => (await bell(board)).tones >= 8);
    await shot(board, 'story-a-board', { fullPage: true });
    await clean(board, 'the board');
    await press(board, 'f');
    await board.setViewportSize(WALL);
    await board.locator('.call.ringing', { hasText: 'chuyển lên huyện, chờ nhận' }).waitFor();
    await shot(board, 'story-a-wall');
    await board.setViewportSize({ width: 1280, height: 800 });
    await press(board, 'Escape');
    await bar.waitFor();
    await tabTo(board, 'Xem và trả lời');
    await press(board, 'Enter');
    await board.getByText('Hai cháu nhỏ bơi ra xa bến').waitFor();
    await tabTo(board, 'Tiếp nhận');
    await press(board, 'Enter');
    await board.getByText('Đã tiếp nhận', { exact: true }).first().waitFor();
    await until('the bell stops when it is accepted', async () => !(await bell(board)).on);
    await shot(board, 'story-a-accepted', { fullPage: true });
    await desk.getByText(/ đã nhận, đang làm/).first().waitFor();
    console.log(`# all of it by keyboard: ${strokes} key strokes`);

    // the same figures everywhere
    await until('everything is delivered', () => [tho, at['quang-phu']].every((one) => one.status().backlog === 0));
    const phu = await enterCommune(at['quang-phu'], 'binh');
    const total = async (page) => (await readJson(page, '/api/reports?view=all&limit=1')).total;
    const nodes = [await total(desk), await total(phu)];
    const opens = [(await readJson(desk, '/api/status')).counts.open, (await readJson(phu, '/api/status')).counts.open];
    const figures = await readJson(board, '/api/board');
    const stats = await readJson(board, '/api/stats?by=unit');
    const counted = (unit) => stats.rows.find((row) => row.unit === unit).count;
    const unit = (name) => figures.units.find((one) => one.unit === name);

    console.log(`# reports: Quảng Thọ ${nodes[0]}, Quảng Phú ${nodes[1]} at the communes; ` +
        `${counted('quang-tho')}, ${counted('quang-phu')} at the hub, ${stats.total} in all; today on the board ${figures.totals.today}`);
    console.log(`# open: ${opens} at the communes; ${unit('quang-tho').open},${unit('quang-phu').open} on the board, ${figures.totals.open} in all`);
    same([counted('quang-tho'), counted('quang-phu')], nodes, 'the hub\'s counts');
    same([stats.total, figures.totals.today], [4, 4], 'the totals');
    same([unit('quang-tho').open, unit('quang-phu').open], opens, 'open');
    same(figures.totals.open, opens[0] + opens[1], 'open in all');
    await tabTo(board, 'Bảng điều hành');
    await press(board, 'Enter');
    await board.getByRole('heading', { name: 'Bảng điều hành' }).waitFor();
    await comes(() => board.locator('.figure', { hasText: 'Hôm nay' }).locator('.value').textContent(), '4', 'the page says');
    await board.getByText('Tin khẩn chưa ai tiếp nhận sau 15 phút thì chuông ở huyện kêu').waitFor();
    await board.getByRole('button', { name: 'Đổi thời hạn' }).click();
    await board.getByLabel('Kêu khi xã chưa tiếp nhận sau').selectOption('5');
    await board.getByRole('button', { name: 'Lưu thời hạn' }).click();
    await board.getByText('Tin khẩn chưa ai tiếp nhận sau 5 phút thì chuông ở huyện kêu').waitFor();
    same((await readJson(board, '/api/board')).ring_after_ms, 300000, 'the time of the bell');
    same((await readJson(desk, `/api/reports/${id}`)).referral.stage, 'accepted', 'the desk knows');
});

// An alert as the composer of the duty officer sends it; its page is open afterwards.
async function issue(page, words = 'Phát cảnh báo') {
    await page.getByRole('button', { name: words }).click();
    await page.getByRole('dialog').getByRole('button', { name: words }).click();
    await page.waitForURL(/\/alerts\/[0-9a-f]{8}-/);
    return page.url().split('/').at(-1);
}

story('(b) a warning to four communes, one of them off: who has it, whom to phone, cancelled', async () => {
    const at = await district();
    const { hub } = at;
    const [tho, phu, an, loi] = UNITS.map((unit) => at[unit]);
    const lan = await enterCommune(tho, 'lan');
    const binh = await enterCommune(phu, 'binh', { size: { width: 390, height: 844 }, theme: 'dark' });
    const { units } = await readJson(board, '/api/catalogue');
    const phone = (unit) => units.find((one) => one.unit === unit).phone;

    await loi.stop();
    await board.goto(`${hub.url}/alerts/new`);
    await board.getByLabel('Mẫu soạn sẵn').selectOption({ index: 1 });
    await board.getByLabel('Nội dung chính').fill('Lũ trên sông Bồ lên nhanh');
    await board.getByLabel('Chi tiết').fill('Sơ tán vùng trũng trước 18:00.');
    await board.getByRole('button', { name: 'Bỏ chọn hết' }).click();
    for (const name of ['Quảng Thọ', 'Quảng Phú', 'Quảng An', 'Quảng Lợi'])
        await board.getByRole('button', { name }).click();
    await board.getByText('đang chọn 4/10 xã').waitFor();
    const issued = Date.now();
    const id = await issue(board);

    await lan.getByRole('heading', { name: 'Lũ trên sông Bồ lên nhanh' }).waitFor();
    console.log(`# on the screen of a commune ${Date.now() - issued} ms after the second press`);
    await binh.getByRole('heading', { name: 'Lũ trên sông Bồ lên nhanh' }).waitFor();
    await shot(binh, 'story-b-commune-phone-dark');
    for (const [page, who] of [[lan, 'Chị Lan, trực ban'], [binh, 'Anh Bình, trực ban']]) {
        await page.getByRole('button', { name: 'Tôi đã đọc' }).first().click();
        await page.getByLabel('Người đọc').fill(who);
        await page.keyboard.press('Enter');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    an.run(['alert', 'list']); // stands on their screen
    const bar = (step) => board.locator('.steps-bar li', { hasText: step });
    const unreached = (name) => board.locator('.phones li', { hasText: name });

    await bar('Máy xã đã lưu').getByText('3/4').waitFor();
    await board.getByText('Hãy gọi 2 xã chưa xác nhận').waitFor();
    await board.locator('tr', { hasText: 'Quảng Thọ' }).getByText('Chị Lan, trực ban').waitFor();
    await board.locator('tr', { hasText: 'Quảng Phú' }).getByText('Anh Bình, trực ban').waitFor();
    await unreached('Quảng An').getByText('đã hiện, chưa ai đọc').waitFor();
    await unreached('Quảng An').getByText(phone('quang-an')).waitFor();
    await unreached('Quảng Lợi').getByText('chưa gửi được').waitFor();
    await unreached('Quảng Lợi').getByText(phone('quang-loi')).waitFor();
    console.log(`# to phone: Quảng An ${phone('quang-an')}, Quảng Lợi ${phone('quang-loi')}`);
    await clean(board, 'the ledger');
    await shot(board, 'story-b-ledger', { fullPage: true });

    await loi.start();
    await bar('Máy xã đã lưu').getByText('4/4').waitFor();
    loi.run(['alert', 'list']);
    loi.run(['alert', 'ack', id, '--by', 'Ông Lợi']);
    an.run(['alert', 'ack', id, '--by', 'Chị An']);
    await board.getByText('Cả 4 xã đã xác nhận').waitFor();
    await shot(board, 'story-b-closed', { fullPage: true });

    // the words change, then it is over
    await board.getByRole('link', { name: 'Cập nhật' }).click();
    await board.getByLabel('Chi tiết').fill('Sơ tán vùng trũng trước 16:00, sớm hơn đã báo.');
    const next = await issue(board, 'Phát bản cập nhật');

    await lan.goto(`${tho.url}/alerts`);
    await lan.getByText('trước 16:00, sớm hơn đã báo').first().waitFor();
    await board.getByRole('button', { name: 'Thu hồi cảnh báo' }).click();
    await board.getByRole('dialog').getByLabel('Lý do').fill('Nước đã rút.');
    await board.getByRole('dialog').getByRole('button', { name: 'Thu hồi cảnh báo' }).click();
    await board.getByText('Đã thu hồi', { exact: true }).first().waitFor();
    for (const one of [tho, phu, an, loi])
        await until(`${one.unit} knows that it is over`, () => {
            const states = JSON.parse(one.run(['alert', 'list', '--json']));

            return [id, next].every((which) => states.find((alert) => alert.id === which)?.state === (which === id ? 'updated' : 'cancelled'));
        });
    await lan.locator('.past-alert', { hasText: 'Đã thu hồi' }).first().waitFor();
    await lan.locator('.past-alert', { hasText: 'Nước đã rút.' }).first().waitFor();
    await binh.locator('.banner').waitFor({ state: 'detached' });
    await shot(lan, 'story-b-cancelled');
});

function filesOf(folder) {
    return readdirSync(folder, { withFileTypes: true }).flatMap((one) =>
        one.isDirectory() ? filesOf(join(folder, one.name)) : one.isFile() ? [join(folder, one.name)] : []);
}

story('(d) a custodian opens a name on request; both ends have it in their books, the district has no name', async () => {
    const at = await district();
    const { hub } = at;
    const tho = at['quang-tho'];
    const why = 'Cần gọi lại để hỏi số nhà.';
    const lan = await enterCommune(tho, 'lan', { path: '/reports/new' });

    await lan.getByLabel('Loại tin').fill('bao luc gia dinh');
    await lan.keyboard.press('Enter');
    await lan.getByLabel('Nội dung').fill('Nghe tiếng la ở xóm trên.');
    await lan.getByLabel('Tên người báo').fill(SENDER.name);
    await lan.getByLabel('Số điện thoại').fill(SENDER.phone);
    await lan.keyboard.press('Control+Enter');
    await lan.getByRole('button', { name: 'Xin mở…' }).click();
    await lan.getByLabel('Vì sao cần biết').fill(why);
    await lan.keyboard.press('Control+Enter');
    await lan.getByText('Đang chờ người giữ khóa').waitFor();
    const report = new URL(lan.url()).pathname.split('/').at(-1);

    // what is said about an officer is not for this desk: it goes up at once
    const desk = await enterCommune(tho, 'lan', { path: '/reports/new' });

    await desk.getByLabel('Loại tin').fill('thai do hanh vi can bo');
    await desk.keyboard.press('Enter');
    await desk.getByText('Tin này đi thẳng lên huyện').waitFor();
    await desk.getByLabel('Nội dung').fill('Người trực đêm 25 không ghi tin của dân.');
    await desk.keyboard.press('Control+Enter');
    await desk.getByText('Đã lưu và chuyển thẳng lên huyện').waitFor();
    await desk.getByRole('heading', { name: 'Bàn trực' }).waitFor();
    same((await read(desk, '/api/reports?view=all')).includes('can_bo'), false, 'it stands at the desk');
    await board.goto(`${hub.url}/referrals`);
    await board.locator('article', { hasText: 'Người trực đêm 25' }).getByText('Phản ánh thái độ, hành vi cán bộ').waitFor();

    const kim = await enterCommune(tho, 'kim', { path: '/disclosures' });

    await kim.getByRole('button', { name: 'Đồng ý…', exact: true }).click();
    await kim.getByRole('dialog').getByText(why).waitFor();
    await shot(kim, 'story-d-consent');
    await kim.getByLabel('Mật khẩu của bạn').fill(PASSPHRASE);
    await kim.keyboard.press('Enter');
    await kim.getByText('Được xem tới').waitFor();
    await lan.getByRole('button', { name: 'Mở để gọi lại…' }).click();
    await lan.getByLabel('Mật khẩu của bạn').fill(PASSPHRASE);
    await lan.keyboard.press('Enter');
    await lan.getByText(SENDER.name).waitFor();
    await shot(lan, 'story-d-opened');

    // the commune's book: who, in which role, from where, about what
    const son = await enterCommune(tho, 'son', { path: '/audit' });
    await son.getByText(/^Huyện (đã xem và ký|chưa ký)/).first().waitFor();
    const rows = (await readJson(son, '/api/audit')).rows.filter((row) => row.command.startsWith('disclosure.'));
    const disclosure = rows[0].subject;

    console.log(`# the commune's log: ${rows.map((row) => `${row.command} ${row.by} (${row.role}) ${row.from}`).join(', ')}`);
    same(rows.map((row) => [row.command, row.by, row.role, row.from]), [
        ['disclosure.open', 'lan', 'officer', '127.0.0.1'],
        ['disclosure.approve', 'kim', 'custodian', '127.0.0.1'],
        ['disclosure.request', 'lan', 'officer', '127.0.0.1'],
    ], 'the log of the commune');
    same([/^[0-9a-f]{8}-/.test(disclosure), rows[1].subject, rows[2].subject], [true, disclosure, report], 'about what');
    await son.getByText('disclosure.open').first().waitFor();
    await shot(son, 'story-d-audit-commune');
    await son.goto(`${tho.url}/disclosures`);
    await son.getByText('lan').first().waitFor();

    // the district's: who asked, who consented, that it was looked at
    const thu = await hub.enter('thu', { path: '/disclosures' });
    const row = thu.locator('tbody tr', { hasText: 'Quảng Thọ' });

    await row.getByText('lan').first().waitFor();
    await row.getByText('kim').waitFor();
    await row.getByText('1 lần').waitFor();
    await clean(thu, 'the district\'s book');
    await shot(thu, 'story-d-district');
    await thu.goto(`${hub.url}/audit`);
    await thu.getByText('Thu hồi cảnh báo').first().waitFor();
    same((await readJson(thu, '/api/audit')).rows.find((one) => one.command === 'alert.cancel').role, 'duty', 'the role in the district\'s log');

    // and never the name
    const words = [SENDER.name, SENDER.phone, SENDER.phone.replace(/ /g, ''), why, 'Nghe tiếng la'];
    const files = filesOf(join(hub.place, 'hub'));
    const answers = [];

    for (const [page, paths] of [[thu, ['/api/disclosures', '/api/audit', '/api/alarms', '/api/nodes', '/api/users', '/api/alerts', '/api/stats?by=village', '/api/closings']],
        [board, ['/api/board', '/api/reports?view=all', `/api/reports/${report}`, '/api/referrals', '/api/nodes', '/api/alerts', '/api/alarms']]])
        for (const path of paths)
            answers.push(await read(page, path));
    for (const word of words) {
        for (const file of files)
            same(readFileSync(file).includes(word), false, `"${word}" in ${file}`);
        same(answers.some((answer) => answer.includes(word)), false, `"${word}" in an answer of the hub`);
    }
    console.log(`# the name, number, reason and words are in none of ${files.length} files and ${answers.length} answers of the hub`);
});

story('everything ends', async () => {
    await made?.hub.close();
});
