// What residents are told, over a hub, a commune and a sister: a notice is written,
// approved, published, seen elsewhere or not, corrected, taken back.
import { comes, clean, DESK, PHONE, open, reflows, same, shot, story, until } from './lib.mjs';
import { district, enter, PASSPHRASE } from './district.mjs';
import { totp } from './hub.mjs';

const SISTER = 'quang-phu';
let here = null;

async function place() {
    if (here === null) {
        here = await district({ board: true, sisters: [SISTER] });
        await here.person('lan', 'officer');
        await here.person('ha', 'leader', true);
        await here.hubPerson('minh', 'duty');
    }
    return here;
}

process.on('exit', () => here?.endNow());

const shownAt = async (unit) => JSON.parse(await here.sister(unit, 'notice', 'list', '--json')).map((one) => one.title);

// At the district's board, with the second factor.
async function duty(options = {}) {
    const page = await open({ url: here.board }, { allow: [/status of 401/, /status of 403/], ...options });

    await page.getByLabel('Tên đăng nhập').fill('minh');
    await page.getByLabel('Mật khẩu', { exact: true }).fill(PASSPHRASE);
    await page.keyboard.press('Enter');
    await page.getByLabel('Mã 6 số').fill(totp(here.secrets.minh, here.codes++));
    await page.keyboard.press('Enter');
    await page.locator('.rail').waitFor({ state: 'attached' });
    return page;
}

// On paper: the sheet alone, in large letters.
async function paper(page, name) {
    await page.emulateMedia({ media: 'print' });
    await page.locator('.paper').waitFor();
    same(await page.locator('.band, .rail, .page-head').filter({ visible: true }).count(), 0, 'of the page on paper');
    await shot(page, name, { fullPage: true });
    await page.emulateMedia({ media: 'screen' });
}

story('a notice is written, kept through a reload, approved and published, and seen where it is meant to be', async () => {
    const at = await place();
    const lan = await enter(at, 'lan', { path: '/notices' });

    await lan.getByText('Chưa có thông báo nào đang đăng').waitFor();
    await lan.keyboard.press('n');
    await lan.getByRole('button', { name: 'Gửi duyệt' }).click();
    await lan.getByText('Cần sửa 3 chỗ trước khi gửi').waitFor();
    await lan.getByLabel('Loại').selectOption('canh_bao_thu_doan');
    await lan.getByLabel('Tiêu đề', { exact: true }).fill('Giả danh công an gọi điện đòi mã OTP');
    await lan.getByLabel('Nội dung').fill('Người lạ tự xưng công an, dọa bắt, đòi đọc mã OTP. Không đọc mã cho ai.\nĐã lỡ đọc? Gọi ngân hàng khóa thẻ, rồi gọi 113.');
    await lan.getByLabel('Thôn cần biết').fill('Phước Yên, Niêm Phò');
    await lan.getByLabel('Cho các xã khác cùng hiện').check();
    await clean(lan, 'writing a notice');
    await reflows(lan, 'writing a notice');
    await shot(lan, 'notice-write', { fullPage: true });
    await lan.reload();
    await lan.getByText('đã được mở lại').waitFor();
    same(await lan.getByLabel('Thôn cần biết').inputValue(), 'Phước Yên, Niêm Phò', 'the draft after a reload');
    await lan.getByLabel('Nội dung').press('Control+Enter');
    await lan.getByText('Đang chờ lãnh đạo duyệt').waitFor();
    same(await lan.getByRole('button', { name: 'Duyệt' }).count(), 0, 'an officer approves');

    const ha = await enter(at, 'ha', { path: '/notices' });

    await ha.getByRole('link', { name: 'Đọc và duyệt' }).click();
    await ha.getByText('Bản này chờ bạn duyệt').waitFor();
    await clean(ha, 'a draft before a leader');
    await reflows(ha, 'a draft before a leader');
    await shot(ha, 'notice-approve');
    await ha.getByRole('button', { name: 'Duyệt', exact: true }).click();
    await lan.getByText('Đã duyệt: đăng được rồi').waitFor(); // by itself
    await lan.getByRole('button', { name: 'Đăng', exact: true }).click();
    await lan.getByRole('dialog').getByText('Mọi xã trong huyện').waitFor();
    await lan.getByRole('dialog').getByRole('button', { name: 'Đăng' }).click();
    await ha.getByText('Đang đăng', { exact: true }).waitFor();
    await until('the sister shows it', async () => (await shownAt(SISTER)).length === 1);

    // one that is this commune's only
    await ha.goto(`${at.url}/notices/new`);
    await ha.getByLabel('Loại').selectOption('lich_lam_viec');
    await ha.getByLabel('Tiêu đề', { exact: true }).fill('Lịch trực tuần này');
    await ha.getByLabel('Nội dung').fill('Thứ bảy trực đến 11 giờ.');
    await ha.keyboard.press('Control+Enter');
    await ha.getByRole('button', { name: 'Duyệt và đăng' }).click();
    await ha.getByRole('dialog').getByText('Chỉ xã này hiện').waitFor();
    await ha.getByRole('dialog').getByRole('button', { name: 'Duyệt và đăng' }).click();
    await ha.getByText('Đang đăng', { exact: true }).waitFor();

    const minh = await duty({ theme: 'dark' });

    await minh.goto(`${at.board}/notices`);
    await minh.getByRole('link', { name: 'Lịch trực tuần này' }).waitFor();
    await minh.getByRole('link', { name: 'Giả danh công an' }).waitFor();
    await clean(minh, 'notices at the district');
    await reflows(minh, 'notices at the district');
    await shot(minh, 'notices-hub-dark');
    same(await shownAt(SISTER), ['Giả danh công an gọi điện đòi mã OTP'], 'what the sister shows');
});

story('a notice is corrected with what changed beside it, printed, and taken back', async () => {
    const ha = await enter(await place(), 'ha', { path: '/notices' });

    await ha.getByRole('link', { name: 'Giả danh công an' }).click();
    await ha.getByRole('link', { name: 'Đính chính' }).click();
    await ha.getByLabel('Vì sao đính chính').waitFor();
    await comes(() => ha.getByLabel('Tiêu đề', { exact: true }).inputValue(), 'Giả danh công an gọi điện đòi mã OTP', 'what is corrected');
    await ha.getByLabel('Nội dung').fill('Người lạ tự xưng công an, dọa bắt, đòi đọc mã OTP. Không đọc mã cho ai.\nĐã lỡ đọc? Gọi ngân hàng khóa thẻ, rồi gọi 113 hoặc công an xã.');
    await ha.keyboard.press('Control+Enter');
    await ha.getByText('Hãy nói vì sao đính chính').first().waitFor();
    await ha.getByLabel('Vì sao đính chính').fill('Thêm nơi gọi');
    await clean(ha, 'correcting');
    await ha.keyboard.press('Control+Enter');
    await ha.getByRole('dialog').getByRole('button', { name: 'Đăng bản đính chính' }).click();
    await ha.getByRole('heading', { name: 'Các bản trước' }).waitFor();
    same((await ha.locator('.changes ins').allTextContents()).join(''), '113 hoặc công an xã.', 'the words that came');
    same((await ha.locator('.changes del').allTextContents()).join(''), '113.', 'the words that went');
    await clean(ha, 'a corrected notice');
    await reflows(ha, 'a corrected notice');
    await shot(ha, 'notice-corrected', { fullPage: true });
    await paper(ha, 'notice-paper');
    await ha.getByText('Lời đọc loa').click();
    await ha.getByText('A lô, a lô. Quảng Thọ xin thông báo.').waitFor();
    await ha.getByRole('button', { name: 'Gỡ xuống' }).click();
    await ha.getByLabel('Vì sao gỡ').fill('Đã bắt được người gọi.');
    await clean(ha, 'taking back');
    await ha.getByRole('dialog').getByRole('button', { name: 'Gỡ xuống' }).click();
    await ha.getByText('Thông báo này không còn hiệu lực').waitFor();
    await until('the sister shows it no more', async () => (await shownAt(SISTER)).length === 0);
    await ha.getByRole('link', { name: 'Viết lại từ bản này' }).click();
    await comes(() => ha.getByLabel('Tiêu đề', { exact: true }).inputValue(), 'Giả danh công an gọi điện đòi mã OTP', 'the words again');
    await ha.goto(`${here.url}/notices`);
    await ha.getByRole('link', { name: 'Viết tiếp' }).waitFor();
    await clean(ha, 'notices');
    await reflows(ha, 'notices');
    await shot(ha, 'notices');
    await ha.setViewportSize(PHONE);
    await shot(ha, 'notices-phone', { fullPage: true });
    await ha.setViewportSize(DESK);
    await ha.getByRole('button', { name: 'Đã hết, đã gỡ' }).click();
    await ha.getByRole('searchbox').fill('gia danh cong an');
    await ha.getByRole('link', { name: 'Giả danh công an' }).waitFor();
});

story('everything ends', async () => {
    await here?.down();
    here = null;
});
