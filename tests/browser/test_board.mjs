// The district's pages over the real programs: a hub and two communes. What is
// urgent shows and rings, an alert is followed commune by commune, and every page
// of every role is clean and reflows.
import { execFileSync, spawn } from 'node:child_process';
import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshCode, realHub } from './hub.mjs';
import { BUILD, PHONE, WALL, clean, open, reflows, same, shot, story, until } from './lib.mjs';

const PASSWORD = 'mot cau that dai va kho doan';
const away = [/status of 401/, /status of 403/];
const nodes = [];
let here = null;

function node(unit, words, input = '') {
    return execFileSync(join(BUILD, 'bin/lienxa-node'), ['--data', join(here.place, unit), ...words],
        { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
}

function serve(unit) {
    const log = openSync(join(here.place, `${unit}.log`), 'a');

    nodes.push(spawn(join(BUILD, 'bin/lienxa-node'), ['--data', join(here.place, unit), 'serve'], { stdio: ['ignore', log, log] }));
}

async function district() {
    if (here !== null)
        return here;
    here = await realHub();
    for (const unit of ['quang-tho', 'quang-phu']) {
        const token = here.run(['node', 'invite', unit, '--advertise', '127.0.0.1']).trim().split('\n').at(-1);

        node(unit, ['join', token]);
        serve(unit);
    }
    here.secret = {};
    for (const [name, role] of [['minh', 'duty'], ['hoa', 'operator'], ['an', 'analyst'], ['thu', 'auditor']]) {
        here.run(['user', 'add', name, '--role', role], `${PASSWORD}\n`);
        here.secret[name] = JSON.parse(here.run(['user', 'totp', name, '--json'])).secret;
    }
    await until('both are here', () => JSON.parse(here.run(['node', 'list', '--json']))
        .filter((one) => one.online).length === 2);
    return here;
}

process.on('exit', () => {
    for (const one of nodes)
        one.kill('SIGTERM');
});

async function enter(name, options = {}) {
    const at = await district();
    const page = await open(at, { allow: away, ...options });

    await page.getByLabel('Tên đăng nhập').fill(name);
    await page.getByLabel('Mật khẩu', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByLabel('Mã 6 số').fill(await freshCode(name, at.secret[name]));
    await page.keyboard.press('Enter');
    await page.locator('.rail').waitFor({ state: 'attached' });
    return page;
}

// From page to page without loading anew, as by a press in the rail.
async function visit(page, path) {
    await page.evaluate((to) => {
        history.pushState(null, '', to);
        dispatchEvent(new PopStateEvent('popstate'));
    }, path);
    await page.waitForSelector('h1');
    await page.locator('.loading').waitFor({ state: 'detached' });
}

async function pagesAreClean(page, paths, name) {
    for (const path of paths) {
        await visit(page, path);
        await clean(page, `${name}: ${path}`);
        await reflows(page, `${name}: ${path}`);
    }
}

story('an urgent report shows on the board by itself, rings with the number of the post, and is calm again', async () => {
    const page = await enter('minh');

    await page.getByRole('heading', { name: 'Bảng điều hành' }).waitFor();
    await page.getByText('Không có tin khẩn nào đang chờ').waitFor();
    await page.getByText('Cả 10 xã đang nối').or(page.getByText('2/10 xã đang nối')).waitFor();
    const received = new Date(Date.now() - 20 * 60000 + 7 * 3600000).toISOString().slice(0, 19);
    const taken = Date.now();

    node('quang-tho', ['report', 'import', '-'], `${JSON.stringify({ category: 'duoi_nuoc', text: 'Hai cháu nhỏ bơi ra xa bến.',
        urgent: true, village: 'Phước Yên', received: `${received}+07:00` })}\n`);
    await page.getByRole('heading', { name: '1 tin khẩn chưa ai tiếp nhận' }).waitFor();
    console.log(`# the board showed it ${Date.now() - taken} ms after the commune began to take it`);
    const caller = page.locator('.caller.ringing');

    await caller.getByText('Quảng Thọ').waitFor();
    await caller.getByText('quá giờ, hãy gọi').waitFor();
    const phone = await caller.locator('a.phone').count();
    const roster = JSON.parse(await page.evaluate(() => fetch('/api/catalogue', { headers: { 'X-Lienxa': '1' } }).then((r) => r.text())));

    same(phone, roster.units.find((one) => one.unit === 'quang-tho').phone ? 1 : 0, 'a number to phone');
    await page.getByText(/^[12]\/10 xã, cũ nhất/).first().waitFor();
    await clean(page, 'the board');
    await reflows(page, 'the board');
    await shot(page, 'board', { fullPage: true });
    // on every other page it is one line
    await visit(page, '/reports');
    await page.locator('.banner.above').waitFor();
    await page.getByRole('table').waitFor();
    // what is urgent is on top, though another came later; or the newest, as is chosen
    node('quang-tho', ['report', 'add', '--category', 'on_ao', '--text', 'Hát karaoke quá giờ']);
    const first = page.getByRole('row').nth(1);

    await page.getByRole('link', { name: /Gây ồn/ }).waitFor();
    await first.getByText('Đuối nước').waitFor();
    await clean(page, 'the reports');
    await reflows(page, 'the reports');
    await shot(page, 'reports', { fullPage: true });
    await page.getByText('Mới nhất trước').click();
    await first.getByText('Gây ồn').waitFor();
    same(new URL(page.url()).searchParams.get('order'), 'newest', 'the order in the address');
    await page.getByText('Khẩn và sắp quá hạn trước').click();
    await first.getByText('Đuối nước').waitFor();
    await page.getByRole('link', { name: /Đuối nước/ }).click();
    await page.getByText('Nội dung ở lại xã').waitFor();
    await clean(page, 'a report');
    await reflows(page, 'a report');
    // the filters are in the address
    await visit(page, '/?category=duoi_nuoc&unit=quang-tho');
    await page.locator('.tile[aria-pressed="true"]', { hasText: 'Quảng Thọ' }).waitFor();
    // the wall of the duty room
    await page.setViewportSize(WALL);
    await visit(page, '/?room=1');
    await page.locator('.call.ringing', { hasText: 'Quảng Thọ' }).waitFor();
    same(await page.locator('.rail').isVisible(), false, 'the rail is seen on the wall');
    await clean(page, 'the duty room');
    await shot(page, 'board-room');
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Bảng điều hành' }).waitFor();
    const id = JSON.parse(node('quang-tho', ['report', 'list', '--json'])).find((one) => one.urgent).id;

    node('quang-tho', ['report', 'move', id, 'da_tiep_nhan']);
    await page.getByText('Không có tin khẩn nào đang chờ').waitFor();
    await page.setViewportSize(PHONE);
    await shot(page, 'board-phone', { fullPage: true });
});

story('an alert to two communes: written, looked at, issued, followed, cancelled', async () => {
    const page = await enter('minh', { theme: 'dark' });

    await visit(page, '/alerts/new');
    await page.getByLabel('Mẫu soạn sẵn').selectOption({ index: 1 });
    await page.getByRole('button', { name: 'Phát cảnh báo' }).click();
    await page.getByRole('alert').getByText('Còn chỗ chưa điền').waitFor(); // what stands in [brackets]
    await page.getByLabel('Nội dung chính').fill('Lũ trên sông Bồ lên nhanh');
    await page.getByLabel('Chi tiết').fill('Nước lên nhanh ở Phước Yên. Người già, trẻ em đi trước.');
    await page.getByRole('button', { name: 'Bỏ chọn hết' }).click();
    await page.getByRole('button', { name: 'Quảng Thọ' }).click();
    await page.getByRole('button', { name: 'Quảng Phú' }).click();
    await page.getByText('đang chọn 2/10 xã').waitFor();
    await page.locator('.compose-side .banner.extreme', { hasText: 'Lũ trên sông Bồ lên nhanh' }).waitFor();
    await clean(page, 'writing an alert');
    await reflows(page, 'writing an alert');
    await shot(page, 'alert-compose-dark', { fullPage: true });
    await page.reload(); // what was typed stays
    await page.getByText('đang chọn 2/10 xã').waitFor();
    await page.getByRole('button', { name: 'Phát cảnh báo' }).click();
    await page.getByRole('dialog').getByText('Gửi tới: Quảng Thọ, Quảng Phú.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Phát cảnh báo' }).click();
    await page.waitForURL(/\/alerts\/[0-9a-f]{8}-/);
    await page.locator('.steps-bar li', { hasText: 'Máy xã đã lưu' }).getByText('2/2').waitFor();
    await page.getByText('Hãy gọi 2 xã chưa xác nhận').waitFor();
    await clean(page, 'an alert');
    await reflows(page, 'an alert');
    const id = page.url().split('/').at(-1);

    node('quang-tho', ['alert', 'list']); // shows it
    node('quang-tho', ['alert', 'ack', id, '--by', 'Lan']);
    await page.getByText('Hãy gọi 1 xã chưa xác nhận').waitFor();
    await page.locator('tr', { hasText: 'Quảng Thọ' }).getByText('Lan').waitFor();
    await shot(page, 'alert-ledger-dark', { fullPage: true });
    await page.getByRole('button', { name: 'Thu hồi cảnh báo' }).click();
    await page.getByRole('dialog').getByLabel('Lý do').fill('Nước đã rút.');
    await page.getByRole('dialog').getByRole('button', { name: 'Thu hồi cảnh báo' }).click();
    await page.getByText('Đã thu hồi', { exact: true }).waitFor();
    await until('the commune knows', () => JSON.parse(node('quang-phu', ['alert', 'list', '--json']))
        .some((one) => one.id === id && one.state === 'cancelled'));
    await pagesAreClean(page, ['/alerts', '/referrals', '/stats?by=unit,category', '/closings'], 'duty');
});

story('the operator sees machines and invites one; no content is there for this role', async () => {
    const page = await enter('hoa');

    await page.waitForURL('**/nodes');
    await page.getByRole('heading', { name: 'Máy các xã' }).waitFor();
    same(await page.locator('.rail').getByText('Tin của các xã').count(), 0, 'the way to reports');
    await page.getByRole('link', { name: 'Quảng An' }).click();
    await page.getByRole('button', { name: 'Mời máy' }).click();
    await page.getByRole('button', { name: 'Tạo mã mời' }).click();
    await page.getByText('Mã này chỉ hiện một lần').waitFor();
    await page.getByRole('img', { name: 'Mã QR của mã mời' }).waitFor();
    await clean(page, 'an invitation');
    await shot(page, 'node-invite');
    await page.getByRole('button', { name: 'Tôi đã cất mã' }).click();
    await pagesAreClean(page, ['/nodes', '/nodes/quang-tho', '/people'], 'operator');
    await visit(page, '/nodes/quang-tho');
    await page.getByRole('button', { name: 'Thu hồi' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Thu hồi' }).click(); // not typed: nothing is done
    await page.getByText('Hãy gõ đúng: quang-tho').waitFor();
    await shot(page, 'node-revoke');
});

story('the operator sets how a line is used, sees that it waits for its hours, and takes it back', async () => {
    const page = await enter('hoa');
    const part = page.locator('section', { has: page.getByRole('heading', { name: 'Cách dùng đường truyền' }) });
    const local = new Date(Date.now() + 7 * 3600000).getUTCHours();
    const hour = (n) => `${String((n + 24) % 24).padStart(2, '0')}:00`;
    const set = () => JSON.parse(here.run(['node', 'settings', 'quang-phu', '--json']));

    await visit(page, '/nodes/quang-phu');
    await part.getByText('không hạn chế').waitFor();
    await page.getByRole('button', { name: 'Đổi tốc độ, giờ' }).click();
    await page.getByLabel('Tốc độ').selectOption('256k');
    await page.getByLabel('Gửi phần nặng từ').selectOption(hour(local + 3));
    await page.getByLabel('đến').selectOption(hour(local + 5));
    await clean(page, 'setting a line');
    await page.getByRole('button', { name: 'Lưu' }).click();
    await part.getByText('256 kbit/s').waitFor();
    await part.getByText('đang ngoài giờ: phần nặng chờ').waitFor();
    same(set().hours, `${hour(local + 3)}-${hour(local + 5)}`, 'hours');
    await clean(page, 'a line that was set');
    await reflows(page, 'a line that was set');
    await shot(page, 'node-line', { fullPage: true });
    await page.getByRole('button', { name: 'Đặt lại như trước' }).click();
    await part.getByText('không hạn chế').waitFor();
    same(set().rate, null, 'the rate afterwards');
});

story('photos of a report that was passed on are at the district, and nobody but the duty officer sees them', async () => {
    const page = await enter('minh');
    const photo = join(here.place, 'ghe.jpg');

    writeFileSync(photo, execFileSync(join(BUILD, 'bin/lienxa-picture'), ['600', 'MayAnh'], { maxBuffer: 1 << 24 }));
    const { id } = JSON.parse(node('quang-tho', ['report', 'add', '--category', 'on_ao', '--text', 'Có ảnh.', '--attach', photo, '--json']));

    await until('it is here', () => JSON.parse(here.run(['report', 'list', '--json'])).some((one) => one.id === id));
    await visit(page, `/reports/${id}`);
    await page.getByText('chúng chỉ tới đây khi tin được chuyển lên').waitFor();
    node('quang-tho', ['report', 'move', id, 'phan_loai']);
    node('quang-tho', ['report', 'refer', id]);
    const small = page.getByRole('link', { name: 'Mở ghe.jpg' }).locator('img');

    await small.waitFor();
    await until('it is drawn', () => small.evaluate((img) => img.naturalWidth > 0));
    await clean(page, 'a report with photos');
    await reflows(page, 'a report with photos');
    await shot(page, 'report-files', { fullPage: true });
    const path = `${here.url}/api/files/${id}?number=1`;

    same((await page.request.get(path)).headers()['content-type'], 'image/jpeg', 'type');
    same((await (await enter('hoa')).request.get(path)).status(), 403, 'for the operator');
});

story('who reads figures, and who reads the log, see theirs and no more', async () => {
    const analyst = await enter('an');

    await analyst.getByRole('heading', { name: 'Bảng điều hành' }).waitFor();
    same(await analyst.locator('.urgent-card').count(), 0, 'single reports');
    const auditor = await enter('thu');

    await auditor.waitForURL('**/audit');
    await auditor.getByText('Mời máy xã').first().waitFor(); // by the command line, in the setting up
    await pagesAreClean(auditor, ['/disclosures', '/audit'], 'auditor');
});

story('everything ends', async () => {
    await here?.close();
});
