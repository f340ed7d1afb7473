// The first run, in the browser only: a hub and a commune's node out of empty
// folders, by what their programs print at the start and nothing else typed into
// a shell: code, name, sheets, operator, second factor, invitation, token,
// sheets, leader and custodian, login, the first report, the hub sees it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUILD, DESK, PHONE, clean, comes, open, reflows, same, shot, story, until } from './lib.mjs';
import { totp } from './hub.mjs';

const WORDS = { operator: 'dòng sông chảy qua làng', leader: 'đầm phá mùa nước nổi', custodian: 'hai tờ giấy hai tủ khóa' };
const expected = [/status of 40\d/, /status of 50\d/, /ERR_/, /Failed to load resource/];
const place = mkdtempSync(join(tmpdir(), 'lienxa-first.'));
const running = [];

process.on('exit', () => {
    for (const child of running)
        child.kill('SIGTERM');
    rmSync(place, { recursive: true, force: true });
});

// `serve --setup`, as a service would start it. What it prints is what a person
// reads: address, code, fingerprint.
async function begin(program) {
    const log = join(place, `${program}-${running.length}.log`);
    const ports = program === 'hub' ? ['--express', '--bulk', '--enrol'].flatMap((name) => [name, 'tcp://127.0.0.1:0']) : [];
    const into = openSync(log, 'a');
    const child = spawn(join(BUILD, `bin/lienxa-${program}`),
        ['--data', join(place, program), 'serve', '--setup', '--web', '127.0.0.1:0', ...ports], { stdio: ['ignore', into, into] });

    running.push(child);
    child.over = new Promise((done) => child.on('exit', done));
    const said = await until(`${program} prints its code`, () => {
        const text = readFileSync(log, 'utf8');

        if (child.exitCode !== null)
            throw new Error(`${program} ended: ${text}`);
        return /([0-9A-Z]{4}-){4}[0-9A-Z]{4}/.test(text) && /([0-9A-F]{2}:){31}[0-9A-F]{2}/.test(text) ? text : null;
    });

    return { child, url: said.match(/https:\/\/127\.0\.0\.1:\d+/)[0], code: said.match(/([0-9A-Z]{4}-){4}[0-9A-Z]{4}/)[0] };
}

async function looks(page, name) {
    await clean(page, name);
    await reflows(page, name);
    await shot(page, `first-${name}`, { fullPage: true });
}

// How many sheets a printer would take.
async function paper(page) {
    const pdf = await page.pdf({ format: 'A4', path: join(place, 'paper.pdf') });

    return pdf.toString('latin1').match(/\/Type \/Page\b/g)?.length;
}

const button = (page, name) => page.getByRole('button', { name, exact: true });
const title = (page, text) => page.waitForSelector(`h1:text-is("${text}")`);

async function giveCode(page, code) {
    await title(page, 'Bắt đầu thiết lập');
    await page.getByLabel('Mã thiết lập').fill(code);
    await button(page, 'Bắt đầu').click();
}

// Reads both sheets, covers them, types the groups that are asked for.
async function keepSheets(page, name) {
    await title(page, 'In và cất hai tờ khóa');
    await looks(page, `${name}-sheets`);
    same(await paper(page), 2, 'sheets of paper');
    const sheets = await page.locator('.share-sheet').evaluateAll((all) =>
        all.map((sheet) => [...sheet.querySelectorAll('.share-groups b')].map((group) => group.textContent)));

    same(sheets.map((groups) => groups.length), [17, 17], 'groups');
    await button(page, 'Đã in hoặc chép xong hai tờ').click();
    same(await page.locator('.share-sheet').count(), 0, 'sheets in sight');
    const fields = [page.getByLabel(/Nhóm thứ \d+ trên tờ 1/), page.getByLabel(/Nhóm thứ \d+ trên tờ 2/)];

    await fields[0].fill('AAAA');
    await button(page, 'Xác nhận hai tờ').click();
    await page.getByText(/Không đúng nhóm thứ/).first().waitFor();
    await looks(page, `${name}-proof`);
    for (const [i, field] of fields.entries()) {
        const group = Number((await page.locator(`label[for="${await field.getAttribute('id')}"]`).textContent()).match(/\d+/)[0]);

        await field.fill(sheets[i][group - 1].toLowerCase());
    }
    await button(page, 'Xác nhận hai tờ').click();
    return sheets;
}

async function newUser(page, id, name, words) {
    await page.locator(`#${id}-name`).fill(name);
    await page.locator(`#${id}-password`).fill(words);
    await page.locator(`#${id}-repeat`).fill(words);
}

async function logIn(page, name, words) {
    await page.getByLabel('Tên đăng nhập').fill(name);
    await page.getByLabel('Mật khẩu', { exact: true }).fill(words);
    await page.keyboard.press('Enter');
}

async function openLogin(page) {
    await title(page, 'Đã thiết lập xong');
    await page.getByText('Trình duyệt sẽ cảnh báo thêm một lần').waitFor();
    await button(page, 'Mở trang đăng nhập').click();
    await page.waitForSelector('#login-name');
}

async function makeHub(hub) {
    const page = await open(hub, { allow: expected, size: DESK });

    await title(page, 'Bắt đầu thiết lập');
    await looks(page, 'hub-code');
    await page.getByLabel('Mã thiết lập').fill('0000-0000-0000-0000-0000');
    await button(page, 'Bắt đầu').click();
    await page.getByText('Mã không đúng').first().waitFor();
    await giveCode(page, hub.code.toLowerCase().replaceAll('-', ' '));
    await title(page, 'Đặt tên huyện và kê các xã');
    await page.getByLabel('Tên huyện').fill('Huyện Quảng Điền');
    await page.getByLabel('Danh sách các xã').fill('19894\t\t\tQuảng Thọ\t\n1989x,,,Quảng Phú,');
    await button(page, 'Lập máy huyện').click();
    await page.getByText('Dòng 3 chưa đúng: mã đơn vị gồm 1 đến 11 chữ số').first().waitFor();
    await looks(page, 'hub-roster-wrong');
    await button(page, 'Dùng mẫu mười xã huyện Quảng Điền').click();
    await page.getByText('10 xã trong danh sách').first().waitFor();
    await looks(page, 'hub-roster');
    await button(page, 'Lập máy huyện').click();
    await keepSheets(page, 'hub');
    await title(page, 'Người vận hành đầu tiên');
    await page.reload(); // a closed browser: the cookie still lets in, nothing is made twice
    await title(page, 'Người vận hành đầu tiên');
    await newUser(page, 'operator', 'minh.tran', WORDS.operator);
    await looks(page, 'hub-operator');
    await button(page, 'Thêm người vận hành').click();
    await title(page, 'Đã thiết lập xong');
    await looks(page, 'hub-done');
    await openLogin(page);
    await logIn(page, 'minh.tran', WORDS.operator);
    await title(page, 'Lập mã xác thực');
    const secret = (await page.locator('code.secret').textContent()).replaceAll(' ', '');

    await page.locator('#login-code').fill(totp(secret));
    await button(page, 'Xác nhận và vào').click();
    return page;
}

// The operator is where the set-up led: at the invitations.
async function invite(page) {
    await title(page, 'In giấy mời');
    await looks(page, 'invite-choose');
    same(await page.getByRole('checkbox', { checked: true }).count(), 10, 'communes chosen');
    await page.getByLabel('Địa chỉ máy huyện').fill('127.0.0.1');
    await button(page, 'Làm 10 giấy mời').click();
    await page.locator('.invite-sheet').nth(9).waitFor();
    await looks(page, 'invite-sheets');
    const sheet = page.getByRole('article', { name: 'Giấy mời Quảng Thọ' });

    same((await sheet.locator('.qr').count()), 1, 'QR codes');
    same(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/.test(await sheet.locator('.secret').nth(1).textContent()), true, 'the fingerprint');
    same(await paper(page), 10, 'sheets of paper');
    const token = await sheet.locator('.secret').first().textContent();

    readsBack(await sheet.locator('.qr').screenshot(), token);
    return token;
}

// As a phone reads the sheet of paper; where the reader is not installed, nobody does.
function readsBack(picture, wanted) {
    const { error, stdout } = spawnSync('zbarimg', ['-q', '--raw', '-'], { input: picture });

    if (error !== undefined)
        console.log(`skip - the code on the sheet is not read back: ${error.message}`);
    else
        same(stdout.toString().trim(), wanted.replace(/\s/g, ''), 'what a phone reads on the sheet');
}

async function makeNode(node, token) {
    const page = await open(node, { allow: expected, size: PHONE, theme: 'dark' });

    await giveCode(page, node.code);
    await title(page, 'Nối máy này với huyện');
    if (!await page.evaluate(() => 'BarcodeDetector' in globalThis)) // then a token is pasted
        same(await page.locator('#token-photo').count(), 0, 'offers of a photo that nothing here can read');
    await page.getByLabel('Mã mời').fill(token.slice(0, -9));
    await button(page, 'Nối với huyện').click();
    await page.getByText('Mã mời không đủ hoặc gõ sai').waitFor();
    await looks(page, 'node-token-wrong');
    await page.getByLabel('Mã mời').fill(token.replace(/(.{60})/g, '$1\n'));
    await button(page, 'Nối với huyện').click();
    return page;
}

story('a hub and a commune are set up in the browser, and the first report arrives', async () => {
    const hub = await begin('hub');
    const operator = await makeHub(hub);
    const token = await invite(operator);
    let node = await begin('node');
    let page = await makeNode(node, token);

    await title(page, 'In và cất hai tờ khóa');
    node.child.kill('SIGKILL'); // the power goes before the sheets were proved
    await node.child.over;
    const code = node.code;

    node = await begin('node'); // anywhere: its port may be somebody else's by now
    page = await open(node, { allow: expected, size: PHONE });
    await giveCode(page, code); // the same code goes on
    await page.getByText('Hai tờ trước chưa được xác nhận').waitFor();
    await looks(page, 'node-sheets-lost');
    await button(page, 'Làm hai tờ mới').click();
    await keepSheets(page, 'node');
    await title(page, 'Những người dùng đầu tiên');
    await newUser(page, 'leader', 'hoa.le', WORDS.leader);
    await newUser(page, 'custodian', 'hoa.le', WORDS.custodian);
    await button(page, 'Thêm người dùng và hoàn tất').click();
    await page.getByText('Tên này đã dùng ở trên').first().waitFor();
    await looks(page, 'node-people');
    await page.locator('#custodian-name').fill('binh.vo');
    await button(page, 'Thêm người dùng và hoàn tất').click();
    await title(page, 'Đã thiết lập xong');
    await looks(page, 'node-done');
    await openLogin(page);
    await logIn(page, 'hoa.le', WORDS.leader);
    await title(page, 'Bàn trực');
    await page.goto(`${node.url}/reports/new`);
    await page.getByLabel('Loại tin').fill('cat trai');
    await page.keyboard.press('Enter');
    await page.getByLabel('Nội dung').fill('Ghe hút cát ngoài bến Phò Nam.');
    await page.keyboard.press('Control+Enter');
    await page.getByText('Ghe hút cát ngoài bến Phò Nam.').waitFor();
    await operator.goto(`${hub.url}/nodes`);
    const row = operator.getByRole('row', { name: /Quảng Thọ/ });

    await row.getByText('Đang nối').waitFor();
    await comes(async () => / 0 /.test(` ${(await row.locator('td').allTextContents()).join(' ')} `), true, 'nothing waits');
    await shot(operator, 'first-nodes');
    for (const child of running.splice(0)) {
        child.kill('SIGTERM');
        await child.over;
    }
});
