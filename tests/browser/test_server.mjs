// The pages on the real server: its certificate's authority aside, nothing is made
// up. A first login with a second factor, and what a person sees when the web
// process or the program behind it is killed.
import { realHub, totp } from './hub.mjs';
import { clean, open, same, shot, story, until } from './lib.mjs';

const away = [/ERR_/, /Failed to load resource/, /status of \d/];
const PASSWORD = 'mot cau that dai va kho doan';

async function enter(page, name) {
    await page.getByLabel('Tên đăng nhập').fill(name);
    await page.getByLabel('Mật khẩu', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
}

async function enrol(page) {
    await page.getByText('Lập mã xác thực').waitFor();
    const secret = await page.locator('.secret').textContent();

    await page.getByLabel('Mã 6 số').fill(totp(secret));
    await page.keyboard.press('Enter');
    await page.locator('.rail').waitFor({ state: 'attached' });
    return secret;
}

story('a person enters the real hub, and its pages say when nobody answers', async () => {
    const hub = await realHub();

    try {
        hub.run(['user', 'add', 'minh', '--role', 'duty'], `${PASSWORD}\n`);
        const page = await open(hub, { path: '/style', allow: away });

        await page.getByText('Huyện Quảng Điền').waitFor();
        await clean(page, 'the door');
        await page.getByLabel('Tên đăng nhập').fill('minh');
        await page.getByLabel('Mật khẩu', { exact: true }).fill('khong phai');
        await page.keyboard.press('Enter');
        await page.getByText('Tên hoặc mật khẩu không đúng').waitFor();
        await enter(page, 'minh');
        await enrol(page);
        await page.waitForSelector('h2:text("Talk")');
        await clean(page, 'the style page on the real server');
        await shot(page, 'real-hub');
        const cookie = (await page.context().cookies()).find((one) => one.name === '__Host-lienxa');

        same([cookie.httpOnly, cookie.secure, cookie.sameSite], [true, true, 'Strict'], 'the cookie');

        process.kill(hub.webPid(), 'SIGKILL'); // a new one within 2 s
        await page.evaluate(() => dispatchEvent(new Event('online')));
        await page.goto(hub.url);
        await page.locator('.rail').waitFor({ state: 'attached' });

        await hub.stop('SIGKILL');
        await page.locator('.strip.danger').waitFor(); // the core, or all of it
        await shot(page, 'real-hub-away');
        await hub.start();
        await until('the strip is calm again', () => page.locator('.strip.danger').count().then((n) => n === 0));
    } finally {
        await hub.close();
    }
});
