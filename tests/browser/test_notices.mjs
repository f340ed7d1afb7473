// What residents are told, over a hub, a commune and a sister: a notice is written,
// approved, published, seen elsewhere or not, corrected, taken back; a procedure is
// written at the district and found at the commune; numbers to call.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD, comes, clean, DESK, PHONE, open, reflows, same, shot, story, until } from './lib.mjs';
import { district, enter, PASSPHRASE } from './district.mjs';
import { freshCode } from './hub.mjs';

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
    await page.getByLabel('Mã 6 số').fill(await freshCode('minh', here.secrets.minh));
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
    // not yet: it goes back with a remark, which its writer has in sight
    await ha.getByRole('button', { name: 'Trả lại để sửa' }).click();
    await ha.getByRole('dialog').getByRole('button', { name: 'Trả lại để sửa' }).click();
    await ha.getByRole('dialog').getByText('Hãy điền').waitFor();
    await ha.getByLabel('Cần sửa điều gì').fill('Nói rõ gọi ngân hàng nào.');
    await clean(ha, 'sending a draft back');
    await shot(ha, 'notice-return');
    await ha.getByRole('dialog').getByRole('button', { name: 'Trả lại để sửa' }).click();
    await ha.getByText('Đã trả lại, chờ lan sửa').waitFor();
    await lan.getByText('ha: Nói rõ gọi ngân hàng nào.').waitFor(); // by itself
    await lan.goto(`${at.url}/notices`);
    await lan.getByText('ha: Nói rõ gọi ngân hàng nào.').waitFor();
    await clean(lan, 'a draft that came back');
    await shot(lan, 'notices-returned');
    await lan.getByRole('link', { name: 'Đọc và sửa' }).click();
    await lan.getByRole('link', { name: 'Sửa', exact: true }).click();
    await lan.getByText('ha: Nói rõ gọi ngân hàng nào.').waitFor();
    await lan.getByLabel('Nội dung').fill('Người lạ tự xưng công an, dọa bắt, đòi đọc mã OTP. Không đọc mã cho ai.\nĐã lỡ đọc? Gọi ngân hàng của mình khóa thẻ, rồi gọi 113.');
    await shot(lan, 'notice-mend', { fullPage: true });
    await lan.getByLabel('Nội dung').press('Control+Enter');
    await lan.getByText('Đang chờ lãnh đạo duyệt').waitFor();
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

    // the district's own, to one commune
    await minh.getByRole('link', { name: 'Viết thông báo' }).click();
    await minh.getByLabel('Loại').selectOption('thien_tai');
    await minh.getByLabel('Tiêu đề', { exact: true }).fill('Xả lũ hồ chứa chiều nay');
    await minh.getByLabel('Nội dung').fill('Không ra sông từ 15 giờ.');
    await minh.getByRole('button', { name: 'Bỏ chọn hết' }).click();
    await minh.getByRole('button', { name: 'Đăng' }).click();
    await minh.getByText('Hãy chọn ít nhất một xã').first().waitFor();
    await minh.getByRole('button', { name: 'Quảng Phú' }).click();
    await clean(minh, 'writing at the district');
    await reflows(minh, 'writing at the district');
    await shot(minh, 'notice-write-hub-dark', { fullPage: true });
    await minh.getByRole('button', { name: 'Đăng' }).click();
    await minh.getByRole('dialog').getByRole('button', { name: 'Đăng' }).click();
    await minh.getByText('1/1 xã đã nhận').waitFor();
    await clean(minh, 'who has it');
    await reflows(minh, 'who has it');
    await shot(minh, 'notice-reach-dark', { fullPage: true });
    await until('the sister shows it', async () => (await shownAt(SISTER)).length === 2);
    await ha.goto(`${at.url}/notices`);
    await ha.getByRole('link', { name: 'Lịch trực tuần này' }).waitFor();
    same(await ha.getByRole('link', { name: 'Xả lũ' }).count(), 0, 'what another commune was told');
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
    same((await ha.locator('.changes del').allTextContents()).join(''), 'của mình 113.', 'the words that went');
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
    await until('the sister shows it no more', async () => !(await shownAt(SISTER)).includes('Giả danh công an gọi điện đòi mã OTP'));
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

story('the district writes a procedure; a commune finds it without accents and prints it for a resident', async () => {
    const at = await place();
    const minh = await duty();

    await minh.goto(`${at.board}/procedures`);
    await minh.getByRole('link', { name: 'Thêm thủ tục' }).click();
    await minh.getByLabel('Mã').fill('CT-TAMTRU');
    await minh.getByLabel('Từ ngày').first().fill('01/07/2021');
    await minh.getByLabel('Thủ tục', { exact: true }).fill('Đăng ký tạm trú');
    for (const [name, from, to] of [['CT01 (2021)', '01/07/2021', '14/12/2023'], ['CT01 (2023)', '15/12/2023', '']]) {
        await minh.getByRole('button', { name: 'Thêm mẫu' }).click();
        const row = minh.locator('.form-row').last();

        await row.getByLabel('Tên mẫu').fill(name);
        await row.getByLabel('Từ ngày').fill(from);
        await row.getByLabel('Đến hết ngày').fill(to);
    }
    await minh.getByLabel('Mang theo').fill('Tờ khai CT01, "giấy tờ" chứng minh chỗ ở hợp pháp');
    await minh.getByLabel('Lệ phí').fill('10.000 đ');
    await minh.getByLabel('Thời hạn').fill('3 ngày làm việc');
    await minh.getByLabel('Nộp ở đâu').fill('Công an xã');
    await clean(minh, 'writing a procedure');
    await reflows(minh, 'writing a procedure');
    await shot(minh, 'procedure-edit', { fullPage: true });
    await minh.getByLabel('Lệ phí').press('Control+Enter');
    await minh.getByRole('heading', { name: 'Đăng ký tạm trú' }).waitFor();
    await clean(minh, 'a procedure at the district');

    const lan = await enter(at, 'lan', { path: '/procedures' });

    await lan.getByRole('link', { name: 'Đăng ký tạm trú' }).waitFor();
    await lan.getByRole('searchbox').fill('dang ky tam tru');
    await lan.getByRole('link', { name: 'Đăng ký tạm trú' }).click();
    await lan.getByText('Tờ khai CT01, "giấy tờ" chứng minh').first().waitFor();
    same(await lan.locator('.plain-rows li').allTextContents(), ['CT01 (2023)Dùng hôm naytừ 15/12/2023',
        'CT01 (2021)Mẫu cũ, không dùng nữatừ 01/07/2021 đến hết 14/12/2023'], 'the forms');
    await clean(lan, 'a procedure');
    await reflows(lan, 'a procedure');
    await shot(lan, 'procedure');
    await paper(lan, 'procedure-paper');
    await lan.goto(`${at.url}/procedures`);
    await lan.getByRole('link', { name: 'Đăng ký tạm trú' }).waitFor();
    await clean(lan, 'procedures');
    await reflows(lan, 'procedures');
    // it is ended at the district, and gone from the list
    await minh.getByRole('button', { name: 'Ngừng áp dụng' }).click();
    await minh.getByLabel('Ngày cuối áp dụng').fill('31/12/2024');
    await minh.getByRole('dialog').getByRole('button', { name: 'Ngừng áp dụng' }).click();
    await lan.getByText('Chưa có thủ tục nào').waitFor();
    await lan.getByLabel('Cả bản cũ').check();
    await lan.getByText('Không áp dụng hôm nay').waitFor();
});

story('numbers: 111 to 115 first, the own ones by a leader, the district\'s where a desk may need it', async () => {
    const at = await place();
    const minh = await duty({ theme: 'dark' });

    await minh.goto(`${at.board}/directory`);
    await minh.getByText('Chưa có số trực ban huyện').waitFor();
    await minh.getByRole('button', { name: 'Sửa số của Quảng Điền' }).click();
    await minh.getByLabel('Số điện thoại').fill('số của huyện');
    await minh.keyboard.press('Enter');
    await minh.getByText('Chỉ chữ số').first().waitFor();
    await minh.getByLabel('Số điện thoại').fill('0234 3554 113');
    await minh.keyboard.press('Enter');
    await minh.getByRole('link', { name: '0234 3554 113' }).waitFor();
    await clean(minh, 'the directory at the district');
    await reflows(minh, 'the directory at the district');
    await shot(minh, 'directory-hub-dark', { fullPage: true });

    const ha = await enter(at, 'ha', { path: '/directory' });

    await ha.getByRole('link', { name: '0234 3554 113' }).waitFor();
    same(await ha.locator('.fixed-numbers a').evaluateAll((links) => links.map((one) => one.getAttribute('href'))),
        ['tel:111', 'tel:112', 'tel:113', 'tel:114', 'tel:115'], 'the fixed numbers');
    same(await ha.getByRole('button', { name: /^Sửa số/ }).count(), 0, 'fixed, the district\'s and others\' can be changed');
    await ha.getByRole('button', { name: 'Thêm số' }).click();
    await ha.getByLabel('Tên người hoặc nơi').fill('Trạm y tế xã');
    await ha.getByLabel('Số điện thoại').fill('0234 3550 115');
    await ha.getByLabel('Ghi chú').fill('Trực ngày đêm');
    await clean(ha, 'adding a number');
    await ha.keyboard.press('Enter');
    await ha.getByRole('link', { name: '0234 3550 115' }).waitFor();
    await clean(ha, 'the directory');
    await reflows(ha, 'the directory');
    await shot(ha, 'directory', { fullPage: true });
    await paper(ha, 'directory-paper');
    // the line goes down: the desk says whom to call
    await at.node(['report', 'add', '--category', 'duoi_nuoc', '--urgent', '--text', 'Hai cháu bơi ra xa bến.']);
    await at.hubDown();
    await ha.getByRole('link', { name: 'Việc gấp: gọi Quảng Điền, 0234 3554 113' }).waitFor();
    await ha.getByRole('button', { name: 'Xóa số của Trạm y tế xã' }).click();
    await ha.getByRole('dialog').getByRole('button', { name: 'Xóa số' }).click();
    await ha.getByRole('link', { name: '0234 3550 115' }).waitFor({ state: 'detached' });
});

// Without its last block: nothing of it is torn, and it is not whole.
function cut(bundle) {
    let last = 16;

    for (let at = last; at < bundle.length; at += 36 + bundle.readUInt32BE(at))
        last = at;
    return bundle.subarray(0, last);
}

// The most that the page gave away at once, and how much it wrote to its folder.
function weighPieces() {
    const Plain = Blob, write = FileSystemWritableFileStream.prototype.write;
    const weight = (parts) => parts.reduce((sum, part) => sum + (ArrayBuffer.isView(part) ? part.byteLength : 0), 0);

    window.weighed = { most: 0, written: 0 };
    window.Blob = class extends Plain {
        constructor(parts = [], ...rest) {
            super(parts, ...rest);
            window.weighed.most = Math.max(window.weighed.most, weight(parts));
        }
    };
    FileSystemWritableFileStream.prototype.write = function (piece) {
        window.weighed.most = Math.max(window.weighed.most, weight([piece]));
        window.weighed.written += weight([piece]);
        return write.call(this, piece);
    };
}

story('with the line away for long a stick carries what waits to the district, and its answer back', async () => {
    const at = await place();

    await at.hubDown(); // as the story before left it, or this one runs alone
    const ha = await enter(at, 'ha', { path: '/carry' });
    const saved = async (page, button, name) => {
        const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()]);

        await download.saveAs(join(at.place, name));
        await page.getByText(`Đã ghi ${download.suggestedFilename()}`).waitFor();
        return join(at.place, name);
    };

    const photo = join(at.place, 'nước.jpg');

    writeFileSync(photo, execFileSync(join(BUILD, 'bin/lienxa-picture'), ['1600', 'MayAnh'], { maxBuffer: 1 << 24 }));
    await at.node(['settings', 'body', 'always']); // then files go as well
    await at.node(['report', 'add', '--category', 'ngap_lut', '--text', 'Nước vào nhà, cần thuyền.', '--attach', photo]);
    await clean(ha, 'carrying by hand');
    await reflows(ha, 'carrying by hand');
    await ha.evaluate(weighPieces);
    const up = await saved(ha, 'Ghi tệp cho huyện', 'up.lienxa');
    const { most, written } = await ha.evaluate(() => window.weighed);
    const size = readFileSync(up).length;

    same(size > 3 * 294948, true, `a bundle of some blocks: ${size}`);
    same(most <= 294948, true, `one block in memory at a time: ${most}`); // 15.1
    same(written, size, 'written to the disk');

    await shot(ha, 'carry-node', { fullPage: true });
    await ha.locator('input[type=file]').setInputFiles({ name: 'anh.lienxa', mimeType: 'image/jpeg', buffer: Buffer.from('một tấm ảnh') });
    await ha.getByText('anh.lienxa không phải tệp mang của Liên xã').waitFor();
    await at.nodeDown();
    await at.hubUp();

    const minh = await duty({ theme: 'dark' });

    await minh.goto(`${at.board}/carry`);
    await minh.locator('input[type=file]').setInputFiles({ name: 'rach.lienxa', mimeType: '', buffer: readFileSync(up).subarray(0, -5) });
    await minh.getByText('1 phần bị rách').waitFor();
    await minh.getByText(/^rach\.lienxa: [1-9]\d* mới/).waitFor(); // what stands before that part counts
    await minh.locator('input[type=file]').setInputFiles({ name: 'thieu.lienxa', mimeType: '', buffer: cut(readFileSync(up)) });
    await minh.getByText('Tệp này không đủ, phần cuối bị thiếu').waitFor();
    await shot(minh, 'carry-hub-cut');
    await minh.locator('input[type=file]').setInputFiles(up);
    await minh.getByText(/^up\.lienxa: \d+ mới/).waitFor();
    await minh.getByText('thêm 1 tệp trọn vẹn').waitFor();
    await minh.route('**/api/command', async (route) => { // as a hub whose disk is full says it
        const reply = await route.fetch(), body = await reply.json();

        if (route.request().postDataJSON().command === 'bundle.take')
            Object.assign(body.out, { refused: 2, later: true });
        await route.fulfill({ response: reply, json: body });
    });
    await minh.locator('input[type=file]').setInputFiles(up);
    await minh.getByText('Máy này không đủ chỗ').waitFor();
    await minh.unroute('**/api/command');
    await clean(minh, 'carrying by hand at the district');
    await reflows(minh, 'carrying by hand at the district');
    await minh.getByLabel('Cho xã').selectOption('quang-tho');
    await minh.evaluate(() => { delete StorageManager.prototype.getDirectory; }); // as an older browser is
    const down = await saved(minh, 'Ghi tệp cho xã', 'down.lienxa');

    await shot(minh, 'carry-hub-dark', { fullPage: true });
    await at.hubDown();
    await at.nodeUp();
    const again = await enter(at, 'ha', { path: '/carry' });

    await again.locator('input[type=file]').setInputFiles({ name: 'thieu.lienxa', mimeType: '', buffer: cut(readFileSync(down)) });
    await again.getByText('Tệp này không đủ, phần cuối bị thiếu').waitFor();
    await shot(again, 'carry-node-cut');
    await again.locator('input[type=file]').setInputFiles(down);
    await again.getByText('Huyện đã có mọi điều của xã').waitFor();
    same((await at.status()).backlog, 0, 'what still waits');
    await shot(again, 'carry-node-answer', { fullPage: true });
});

story('everything ends', async () => {
    await here?.down();
    here = null;
});
