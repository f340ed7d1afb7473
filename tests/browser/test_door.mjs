// Getting in: password, code, wrong ones, pauses, a session that ends.
import { execFileSync } from 'node:child_process';
import { clean, CODE, comes, open, PASSWORD, PHONE, reflows, same, SECRET, shot, story, until } from './lib.mjs';
import { example } from './example.mjs';

const refused = [/status of 40\d/, /status of 429/];

async function enter(page, name, password) {
    await page.getByLabel('Tên đăng nhập').fill(name);
    await page.getByLabel('Mật khẩu', { exact: true }).fill(password);
    await page.keyboard.press('Enter');
}

for (const theme of ['light', 'dark'])
    story(`the door is in order, ${theme}`, async () => {
        const page = await open(await example({ who: null }), { theme, allow: refused });

        await page.waitForSelector('#login-name');
        await comes(() => page.title(), 'Lienxa', 'title');
        await shot(page, `door-${theme}`);
        await clean(page, 'door');
        await reflows(page, 'door');
        await page.setViewportSize(PHONE);
        await shot(page, `door-${theme}-390`);
    });

story('a right password leads to the page that was asked for', async () => {
    const page = await open(await example({ who: null }), { path: '/reports/127', allow: refused });

    await enter(page, 'lan.nguyen', PASSWORD);
    await page.waitForSelector('h1:text("Tin 127")');
});

story('a wrong password is told without saying which was wrong, and the name stays', async () => {
    const page = await open(await example({ who: null }), { allow: refused });

    await enter(page, 'lan.nguyen', 'khong phai');
    await page.getByText('Tên hoặc mật khẩu không đúng').waitFor();
    await comes(() => page.getByLabel('Tên đăng nhập').inputValue(), 'lan.nguyen', 'the name');
    await comes(() => page.evaluate(() => document.activeElement.id), 'login-password', 'the focus');
    await shot(page, 'door-wrong');
    await clean(page);
});

story('a code is asked for; a wrong one is refused, a right one opens', async () => {
    const here = await example({ who: null });
    const page = await open(here, { allow: refused });

    here.asksCode = true;
    await enter(page, 'minh.tran', PASSWORD);
    await page.waitForSelector('#login-code');
    await shot(page, 'door-code');
    await clean(page, 'code');
    await page.keyboard.type('000000');
    await page.keyboard.press('Enter');
    await page.getByText('Mã không đúng').waitFor();
    await page.keyboard.type(CODE);
    await page.keyboard.press('Enter');
    await page.waitForSelector('h1:text("Tin đang mở")');
});

story('the first time a second factor is set up: scanned, typed off, proved', async () => {
    const here = await example({ who: null });
    const page = await open(here, { allow: refused, deviceScaleFactor: 2 });

    Object.assign(here, { asksCode: true, enrols: true });
    await enter(page, 'minh.tran', PASSWORD);
    const picture = await page.getByRole('img', { name: 'Mã QR' }).screenshot();

    same(execFileSync('zbarimg', ['-q', '--raw', '-'], { input: picture, stdio: ['pipe', 'pipe', 'ignore'] })
        .toString().trim(), SECRET.uri, 'what the phone reads');
    await comes(() => page.locator('.codes li').count(), 10, 'recovery codes');
    await shot(page, 'door-enrol', { fullPage: true });
    await clean(page, 'enrolment');
    await reflows(page, 'enrolment');
    await page.getByLabel('Mã 6 số').fill(CODE);
    await page.keyboard.press('Enter');
    await page.waitForSelector('h1:text("Tin đang mở")');
});

story('a session that ends asks again, and the draft is still there', async () => {
    const here = await example();
    const page = await open(here, { path: '/new', allow: refused });

    await page.getByLabel('Nội dung').fill('Có ghe lạ ở bến.');
    here.session = null;
    here.ended = true;
    here.changed('reports');
    await page.getByLabel('Loại tin').fill('cat trai');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Lưu tin' }).click();
    await page.getByText('Phiên làm việc đã hết hạn').waitFor();
    await enter(page, 'lan.nguyen', PASSWORD);
    await page.getByText('đã được mở lại').waitFor();
    await comes(() => page.getByLabel('Nội dung').inputValue(), 'Có ghe lạ ở bến.', 'the draft');
});

story('signing out asks when drafts remain, and takes them away', async () => {
    const page = await open(await example(), { path: '/new', allow: refused });
    const drafts = () => page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes('draft')).length);

    await page.getByLabel('Nội dung').fill('Chưa xong.');
    await until('the draft is kept', async () => await drafts() === 1);
    await page.getByRole('button', { name: /Tài khoản/ }).click();
    await page.getByRole('button', { name: 'Đăng xuất' }).click();
    let letGo;
    const held = new Promise((done) => {
        letGo = done;
    });

    await page.route('**/api/session', async (route) => {
        if (route.request().method() === 'DELETE')
            await held;
        await route.continue();
    });
    await page.getByRole('dialog').getByRole('button', { name: 'Đăng xuất' }).click();
    await comes(() => drafts(), 0, 'drafts while it signs out');
    await page.getByLabel('Nội dung').fill('Chưa xong, và thêm nữa.');
    letGo();
    await page.waitForSelector('#login-name');
    await comes(() => drafts(), 0, 'drafts left');
});

story('a server that asks for patience is told in words', async () => {
    const page = await open(await example({ who: null }), { allow: refused });

    await page.route('**/api/session', (route) => route.request().method() === 'POST'
        ? route.fulfill({ status: 429, json: { code: 'busy', error: 'wait', retry_after: 30 } }) : route.continue());
    await enter(page, 'lan.nguyen', 'x');
    await page.getByText('Hãy đợi 30 giây').waitFor();
});
