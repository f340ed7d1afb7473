// The duty desk over the real programs: a report is taken by keyboard alone, found
// without accents, moved and passed on; the line goes down and comes back.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD, clean, comes, DESK, focused, ownMounts, PHONE, reflows, same, shot, story, until } from './lib.mjs';
import { district, enter, PASSPHRASE } from './district.mjs';

const canFill = ownMounts();
let here = null;

async function commune() {
    if (here === null) {
        here = await district({ smallDisk: canFill });
        await here.person('lan', 'officer', true);
        await here.person('ha', 'leader', true);
        await here.person('minh', 'custodian', true);
    }
    return here;
}

process.on('exit', () => here?.endNow());

story('a report by keyboard alone: taken, found without accents, moved, passed on', async () => {
    const page = await enter(await commune(), 'lan');
    const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());

    await page.getByRole('heading', { name: 'Bàn trực' }).waitFor();
    await page.getByText('Đã nối với').waitFor();
    await press('n');
    await page.getByRole('heading', { name: 'Nhận tin' }).waitFor();
    await page.keyboard.type('ngap lut');
    await press('Enter', 'Tab');
    await page.keyboard.type('Nước sông Bồ tràn qua đường, gọi 0914 123 456, hai nhà bị ngập.');
    await page.getByText('Trong nội dung có dãy giống số điện thoại: 0914 123 456').waitFor();
    await clean(page, 'taking a report');
    await reflows(page, 'taking a report');
    await page.reload();
    await page.getByText('đã được mở lại').waitFor();
    await page.getByLabel('Nội dung').focus();
    await page.keyboard.press('End');
    await page.keyboard.type(' Cần thuyền.');
    await shot(page, 'desk-take');
    await press('Control+Enter');
    await page.getByText(/^Đã lưu tin [0-9A-F]{6}$/).waitFor();
    await page.getByRole('heading', { name: 'Ngập lụt, sạt lở' }).waitFor();
    await clean(page, 'a report');
    await reflows(page, 'a report');
    await shot(page, 'desk-report-new');

    // it rings until it is taken
    await page.getByRole('heading', { name: '1 tin khẩn chưa ai tiếp nhận' }).waitFor();
    await press('1');
    await page.locator('h1 + .state', { hasText: 'Đã tiếp nhận' }).waitFor();
    await page.getByRole('heading', { name: 'tin khẩn chưa ai tiếp nhận' }).waitFor({ state: 'detached' });

    // found without accents
    await page.goto(`${here.url}/`);
    await page.getByRole('heading', { name: 'Bàn trực' }).waitFor();
    await page.locator('table').waitFor();
    await press('/');
    await page.keyboard.type('nuoc song bo tran');
    await page.getByText('Tìm được 1 tin').waitFor();
    await until('the search is in the address', () => new URL(page.url()).searchParams.get('q') === 'nuoc song bo tran');
    await clean(page, 'the desk');
    await reflows(page, 'the desk');
    await shot(page, 'desk-found');
    await page.evaluate(() => document.activeElement.blur());
    await press('j', 'Enter');
    await page.getByRole('heading', { name: 'Ngập lụt, sạt lở' }).waitFor();

    // moved, passed on
    await press('1');
    await page.locator('h1 + .state', { hasText: 'Đã phân loại' }).waitFor();
    const keys = await page.locator('.button', { hasText: 'Chuyển nơi khác' }).locator('.keyhint').textContent();

    await press(keys);
    await page.getByRole('dialog', { name: /^Chuyển tin/ }).waitFor();
    await page.getByText('Nó sẽ đi cùng nội dung.').waitFor();
    await clean(page, 'passing on');
    await page.getByLabel('Chuyển tới').focus();
    await press('Control+Enter');
    await page.locator('h1 + .state', { hasText: 'Đã chuyển' }).waitFor();
    await page.getByText('Chờ huyện trả lời').first().waitFor();
    await until('it is delivered', async () => (await here.status()).backlog === 0);
    await shot(page, 'desk-report-passed-on');
    await clean(page, 'a report passed on');
});

// The address follows in each pause, and takes nothing back of what is typed.
story('whoever types slowly loses nothing of what is searched', async () => {
    const page = await enter(await commune(), 'lan');
    const box = page.getByRole('searchbox');
    const asked = () => new URL(page.url()).searchParams.get('q');

    await box.waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('nuoc ');
    await comes(asked, 'nuoc', 'the address in a pause');
    await page.waitForTimeout(300); // whatever follows from it has happened
    await page.keyboard.type('song');
    await comes(asked, 'nuoc song', 'the address');
    same(await box.inputValue(), 'nuoc song', 'what stands in the box');

    // letter by letter, each about when the address is written
    await box.fill('');
    await comes(asked, null, 'the address of nothing');
    for (let pause = 190; pause <= 230; pause += 2) {
        await page.keyboard.type('ab');
        await page.waitForTimeout(pause);
    }
    same(await box.inputValue(), 'ab'.repeat(21), 'all letters');

    // and what the address says from elsewhere is shown
    await page.getByRole('button', { name: 'Bỏ lọc' }).click();
    await comes(() => box.inputValue(), '', 'the box without a filter');
    await page.context().close();
});

story('a number in a note is pointed out before the note leaves', async () => {
    const at = await commune();
    const page = await enter(at, 'lan');
    const { id } = JSON.parse(await at.node(['report', 'add', '--category', 'khac', '--text', 'Đèn đường hỏng.', '--json']));

    await at.node(['report', 'move', id, 'phan_loai', '--note', 'Người báo hẹn gọi lại (0234) 3 523 456 2 ngày nữa']);
    await page.goto(`${at.url}/reports/${id}`);
    await page.getByRole('button', { name: 'Chuyển nơi khác' }).click();
    await page.getByRole('dialog').getByText('giống số điện thoại: (0234) 3 523 456. Nó sẽ đi cùng nội dung.').waitFor();

    // and so is one in what a file is called, which goes along as well
    const file = join(at.place, 'đơn của 0914 123 456.pdf');

    writeFileSync(file, '%PDF-1.4 đơn');
    const other = JSON.parse(await at.node(['report', 'add', '--category', 'khac', '--text', 'Cống tắc.', '--attach', file, '--json'])).id;

    await at.node(['report', 'move', other, 'phan_loai']);
    await page.goto(`${at.url}/reports/${other}`);
    await page.getByRole('button', { name: 'Chuyển nơi khác' }).click();
    await page.getByRole('dialog').getByText('giống số điện thoại: 0914 123 456.').waitFor();
});

story('the line goes down: what waits is said, work goes on, and it comes back', async () => {
    const page = await enter(await commune(), 'lan');

    await here.hubDown();
    await page.getByText(/Chưa nối được từ .*không mất gì/).waitFor();
    await page.goto(`${here.url}/reports/new`);
    await page.getByLabel('Loại tin').fill('cho tha rong');
    await page.keyboard.press('Enter');
    await page.getByLabel('Nội dung').fill('Chó thả trước cổng trường.');
    await page.keyboard.press('Control+Enter');
    await page.getByText(/^Đã lưu tin/).first().waitFor();
    await page.getByText(/Chưa nối được từ .*; \d+ mục chờ gửi; không mất gì/).waitFor();
    await shot(page, 'desk-line-down');
    await here.hubUp();
    await page.getByText('Đã nối với').waitFor();
    await clean(page);
});

story('two people at one report: the second is told, and sees the newest', async () => {
    const at = await commune();
    const first = await enter(at, 'lan');
    const second = await enter(at, 'ha', { allow: [/status of 409/, /ERR_FAILED/] });

    await first.getByRole('link', { name: 'Chó thả rông' }).click();
    await first.getByRole('heading', { name: 'Chó thả rông' }).waitFor();
    const path = new URL(first.url()).pathname;

    await second.goto(at.url + path);
    await second.getByRole('button', { name: 'Tiếp nhận' }).waitFor();
    // its page does not hear of it, as one that slept, until it acts
    let asleep = true;

    await second.route('**/api/reports/*', (route) => asleep ? route.abort() : route.continue());
    await first.getByRole('button', { name: 'Tiếp nhận' }).click();
    await first.locator('h1 + .state', { hasText: 'Đã tiếp nhận' }).waitFor();
    second.on('request', (request) => {
        asleep &&= !request.url().endsWith('/api/command');
    });
    await second.getByRole('button', { name: 'Tiếp nhận' }).click();
    await second.getByText('Tin vừa được người khác làm tiếp').waitFor();
    await second.locator('h1 + .state', { hasText: 'Đã tiếp nhận' }).waitFor();
    await shot(second, 'desk-two-people');
});

const picture = (name, side = 600) => ({ name, mimeType: 'image/jpeg',
    buffer: execFileSync(join(BUILD, 'bin/lienxa-picture'), [String(side), 'MayAnhThu4412'], { maxBuffer: 1 << 24 }) });
const uploaded = (page, name) => page.locator('.attach-row', { hasText: name }).locator('.attach-state');

// The ids of files that the browser keeps; 'put' adds one of long ago.
const keptFiles = (page, put) => page.evaluate((put) => new Promise((done) => {
    const open = indexedDB.open('lienxa', 1);

    open.onsuccess = () => {
        const files = open.result.transaction('files', 'readwrite').objectStore('files');

        if (put)
            files.put(new Blob(['x']), '01900000-0000-7000-8000-000000000000');
        files.getAllKeys().onsuccess = (event) => {
            open.result.close();
            done(event.target.result);
        };
    };
}), put);

story('photos go with a report: sent up while it is typed, cleaned, shown, more added, nobody else sees them', async () => {
    const at = await commune();
    const page = await enter(at, 'lan', { allow: [/status of 40[49]/] });
    const canary = 'MayAnhThu4412';
    const photo = picture('bờ sông.jpg');
    const paper = { name: 'đơn.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 thử') };
    const state = (name) => uploaded(page, name);

    await page.goto(`${at.url}/reports/new`);
    await page.getByLabel('Loại tin').fill('on ao');
    await page.keyboard.press('Enter');
    await page.getByLabel('Nội dung').fill('Ghe hút cát sát bờ, có ảnh.');
    await page.locator('input[type=file]').setInputFiles([photo, { name: 'hoạt hình.gif', mimeType: 'image/gif', buffer: Buffer.from('GIF89a, thử') }, paper]);
    await state('bờ sông.jpg').getByText('sẵn sàng').waitFor();
    await state('đơn.pdf').getByText('sẵn sàng').waitFor();
    await state('hoạt hình.gif').getByText('loại tệp này không nhận').waitFor();
    await clean(page, 'files that are picked');
    await reflows(page, 'files that are picked');
    await shot(page, 'desk-take-files');
    same((await keptFiles(page, 'put')).length, 4, 'files that the browser keeps');
    await page.reload();
    await page.getByText('đã được mở lại').waitFor();
    await comes(async () => (await keptFiles(page)).length, 3, 'files without the one of long ago');
    await state('đơn.pdf').getByText('sẵn sàng').waitFor();
    await state('hoạt hình.gif').getByText('loại tệp này không nhận').waitFor(); // it was tried once more
    await page.getByRole('button', { name: 'Bỏ hoạt hình.gif' }).focus();
    await page.keyboard.press('Enter');
    await comes(() => page.locator('.attach-row').count(), 2, 'files');
    await page.keyboard.press('Control+Enter');
    await page.getByText(/^Đã lưu tin [0-9A-F]{6}$/).waitFor();
    await comes(async () => (await keptFiles(page)).length, 0, 'files that the browser keeps of what is saved');

    const path = new URL(page.url()).pathname.replace('/reports/', '/api/files/');
    const small = page.getByRole('link', { name: 'Mở bờ sông.jpg' }).locator('img');

    await comes(() => small.evaluate((img) => img.naturalWidth), 300, 'the width of the small one');
    await clean(page, 'the files of a report');
    await reflows(page, 'the files of a report');
    await shot(page, 'desk-report-files');
    const reply = await page.request.get(`${at.url}${path}?number=1`);
    const head = reply.headers();

    same(head['content-type'], 'image/jpeg', 'type');
    same(head['content-security-policy'], "default-src 'none'; sandbox; frame-ancestors 'none'", 'policy');
    same(head['x-content-type-options'], 'nosniff', 'sniffing');
    same(head['cache-control'], 'no-store', 'keeping');
    same(head['content-disposition'].startsWith('inline; filename="b____s__ng.jpg"; filename*=UTF-8\'\'b%E1%BB%9D'), true, `disposition: ${head['content-disposition']}`);
    same((await reply.body()).includes(canary), false, 'the canary in the cleaned picture');
    const saved = await page.request.get(`${at.url}${path}?number=2`);

    same(saved.headers()['content-disposition'].startsWith('attachment; '), true, 'a paper is only saved');
    same((await saved.body()).equals(paper.buffer), true, 'the paper is what it was');
    same((await page.request.get(`${at.url}${path}?number=9`)).status(), 404, 'a file that is not there');
    same((await page.request.get(`${at.url}${path}?number=1`, { headers: { Cookie: 'x=1' } })).status(), 401, 'a stranger');

    // more of them
    await page.getByRole('button', { name: 'Thêm ảnh, tệp' }).click();
    await page.locator('input[type=file]').setInputFiles([{ ...photo, name: 'thêm.jpg' }]);
    await state('thêm.jpg').getByText('sẵn sàng').waitFor();
    await shot(page, 'desk-files-more');
    await page.getByRole('button', { name: 'Thêm vào tin' }).click();
    await page.getByRole('link', { name: 'Mở thêm.jpg' }).waitFor();
    const id = path.split('/').at(-1);

    same(JSON.parse(await at.node(['report', 'show', id, '--json'])).attachments.length, 3, 'files on the command line');
    same(await page.getByRole('button', { name: 'Bản gốc' }).count(), 0, 'originals for an officer');

    // the original, by who holds the key
    const minh = await enter(at, 'minh', { path: `/reports/${id}`, allow: [/status of 409/] });

    await minh.getByRole('button', { name: 'Bản gốc… bờ sông.jpg' }).click();
    await minh.getByLabel('Vì sao cần bản gốc').fill('Xem ảnh chụp ở đâu.');
    await clean(minh, 'asking for an original');
    await minh.getByLabel('Mật khẩu của bạn').fill(PASSPHRASE);
    await minh.keyboard.press('Enter');
    const open = await minh.getByRole('link', { name: 'Xem bản gốc' }).getAttribute('href');
    const original = await minh.request.get(at.url + open);

    await shot(minh, 'desk-original');
    same((await original.body()).equals(photo.buffer), true, 'the original is what came');
    same(original.headers()['cache-control'], 'no-store', 'keeping of an original');
    same((await page.request.get(at.url + open)).status(), 403, 'the same for an officer');

    // another login of the same person has not opened it: who left has closed it
    const again = await enter(at, 'minh', { path: `/reports/${id}` });

    same((await again.request.get(at.url + open)).status(), 404, 'the same after another login');
    same((await minh.request.get(at.url + open)).status(), 200, 'the same for who opened it');
});

const gone = [/ERR_/, /Failed to load resource/, /status of 50\d/];

// A report written into the form, not saved yet.
async function written(page, text) {
    await page.goto(`${here.url}/reports/new`);
    await page.getByLabel('Loại tin').fill('trom cap');
    await page.keyboard.press('Enter');
    await page.getByLabel('Nội dung').fill(text);
}

const holding = async (text) => JSON.parse(await here.node(['report', 'list', '--search', text, '--json'])).length;

story('a double click takes one report, and the back button no second one', async () => {
    const at = await commune();
    const page = await enter(at, 'lan');

    await written(page, 'Mất hai con bò ở chuồng sau nhà.');
    await page.getByRole('button', { name: 'Lưu tin' }).dblclick();
    await page.getByText(/^Đã lưu tin [0-9A-F]{6}$/).waitFor();
    await shot(page, 'fault-double-click');
    same(await holding('hai con bò'), 1, 'reports after a double click');
    await page.goBack();
    await page.waitForSelector('h1');
    await shot(page, 'fault-back');
    same(await page.getByLabel('Nội dung').count(), 0, 'the form after the back button');
    await page.goto(`${at.url}/reports/new`);
    await comes(() => page.getByLabel('Nội dung').inputValue(), '', 'what a new form holds');
    same(await holding('hai con bò'), 1, 'reports after going back');
    await clean(page);
});

story('the web process is killed while a report is saved: it is back within 2 s and the report is there once', async () => {
    const at = await commune();
    const page = await enter(at, 'lan', { allow: gone });

    await written(page, 'Cửa hàng xe đạp bị phá khóa.');
    const killed = Date.now();

    process.kill(at.webPid(), 'SIGKILL');
    await page.keyboard.press('Control+Enter');
    await page.getByText(/^Đã lưu tin [0-9A-F]{6}$/).waitFor();
    console.log(`# saved ${Date.now() - killed} ms after kill -9 of the web process, with one press`);
    await shot(page, 'fault-web-killed');
    same(await holding('phá khóa'), 1, 'reports');
});

story('the core is killed: the draft stays, the page says so, and it is handed in once when it is back', async () => {
    const at = await commune();
    const page = await enter(at, 'lan', { allow: gone });

    await written(page, 'Mất máy bơm ngoài đồng.');
    await at.nodeKilled();
    await page.keyboard.press('Control+Enter');
    await page.getByText('Không nối được với máy chủ').waitFor();
    await page.locator('input[type=file]').setInputFiles(picture('máy bơm.jpg', 300));
    await uploaded(page, 'máy bơm.jpg').getByText('tự gửi tiếp khi nối lại').waitFor();
    await shot(page, 'fault-core-down');
    await comes(() => page.getByLabel('Nội dung').inputValue(), 'Mất máy bơm ngoài đồng.', 'the draft');
    await at.nodeUp();
    await page.reload();
    await page.getByText('đã được mở lại').waitFor();
    await comes(() => page.getByLabel('Nội dung').inputValue(), 'Mất máy bơm ngoài đồng.', 'the draft afterwards');
    await page.getByLabel('Nội dung').focus();
    await page.keyboard.press('Control+Enter');
    await page.getByText(/^Đã lưu tin [0-9A-F]{6}$/).waitFor();
    same(await holding('máy bơm'), 1, 'reports');
    await page.getByRole('link', { name: 'Mở máy bơm.jpg' }).waitFor();
});

story('a full disk: nothing is taken that cannot be kept, the page says what to do, and it goes on by itself', async () => {
    const at = await commune();

    if (!canFill) {
        console.log('# skipped: this machine lets us mount nothing');
        return;
    }
    const page = await enter(at, 'lan', { allow: gone });

    await written(page, 'Mất chó ở đầu làng.');
    await at.fillDisk();
    await until('the program notices', async () => (await at.node(['report', 'add', '--category', 'khac', '--text', 'đầy'])
        .then(() => false, () => true)));
    await page.locator('input[type=file]').setInputFiles(picture('chó.jpg', 300));
    await uploaded(page, 'chó.jpg').getByText('Ổ đĩa').waitFor();
    await page.getByRole('button', { name: 'Bỏ chó.jpg' }).click();
    await page.getByLabel('Nội dung').focus();
    await page.keyboard.press('Control+Enter');
    await page.getByText('Ổ đĩa').first().waitFor();
    console.log(`# the page says: ${(await page.getByRole('alert').first().textContent()).trim()}`);
    await shot(page, 'fault-disk-full');
    await comes(() => page.getByLabel('Nội dung').inputValue(), 'Mất chó ở đầu làng.', 'the draft');
    at.emptyDisk();
    await until('it is taken', async () => {
        await page.getByLabel('Nội dung').focus();
        await page.keyboard.press('Control+Enter');
        return page.getByText(/^Đã lưu tin [0-9A-F]{6}$/).waitFor({ timeout: 1000 }).then(() => true, () => false);
    });
    same(await holding('Mất chó'), 1, 'reports');
});

story('a sealed sender: asked for, consented to, seen by who asked alone', async () => {
    const at = await commune();
    const lan = await enter(at, 'lan', { allow: [/status of 409/] });

    await lan.goto(`${at.url}/reports/new`);
    await lan.getByLabel('Loại tin').fill('bao luc gia dinh');
    await lan.keyboard.press('Enter');
    await lan.getByLabel('Nội dung').fill('Nghe tiếng la ở xóm trên.');
    await lan.getByText('Chỉ mở khi người giữ khóa đồng ý').waitFor();
    await lan.getByLabel('Tên người báo').fill('Nguyễn Thị Mẫu');
    await lan.getByLabel('Số điện thoại').fill('0905 000 111');
    await lan.keyboard.press('Control+Enter');
    await lan.getByRole('button', { name: 'Xin mở…' }).click();
    await lan.getByLabel('Vì sao cần biết').fill('Cần gọi lại để hỏi số nhà.');
    await lan.keyboard.press('Control+Enter');
    await lan.getByText('Đang chờ người giữ khóa').waitFor();

    const minh = await enter(at, 'minh', { path: '/disclosures' });

    await minh.getByRole('button', { name: 'Đồng ý…', exact: true }).click();
    await minh.getByRole('dialog').getByText('Cần gọi lại để hỏi số nhà.').waitFor();
    await clean(minh, 'consenting');
    await minh.getByLabel('Mật khẩu của bạn').fill(PASSPHRASE);
    await minh.keyboard.press('Enter');
    await minh.getByText('Được xem tới').waitFor();
    await shot(minh, 'desk-disclosures');

    await lan.getByRole('button', { name: 'Mở để gọi lại…' }).click();
    await lan.getByLabel('Mật khẩu của bạn').fill('mật khẩu khác hẳn');
    await lan.keyboard.press('Enter');
    await lan.getByText('Không mở được').waitFor();
    await lan.getByLabel('Mật khẩu của bạn').fill(PASSPHRASE);
    await lan.keyboard.press('Enter');
    await lan.getByText('Nguyễn Thị Mẫu').waitFor();
    await clean(lan, 'an opened sender');
    await shot(lan, 'desk-sender-open');
    await lan.reload();
    await lan.waitForSelector('h1');
    same(await lan.getByText('Nguyễn Thị Mẫu').count(), 0, 'the name after a reload');
});

story('an alarm of this machine: read from where it is counted, by keyboard, and gone when it ends', async () => {
    const at = await commune();
    const count = (page) => page.getByRole('link', { name: /\d+ báo động của máy/ });
    const asked = (page) => page.getByRole('listitem').filter({ hasText: 'Có người xin mở danh tính người báo' });

    for (const alarm of JSON.parse(await at.node(['alarm', 'list', '--json']))) // of the stories before
        await at.node(['alarm', 'clear', String(alarm.id)]);
    const report = (await at.node(['report', 'add', '--category', 'bao_luc_gia_dinh', '--text', 'Nghe tiếng la.',
        '--name', 'Nguyễn Thị Mẫu'])).match(/[0-9a-f-]{36}/)[0];
    const lan = await enter(at, 'lan');

    await lan.getByText('Đã nối với').waitFor();
    same(await count(lan).count(), 0, 'alarms at first');
    const disclosure = (await at.node(['disclosure', 'request', report, '--reason', 'Cần gọi lại.', '--as', 'lan']))
        .match(/[0-9a-f-]{36}/)[0];

    await count(lan).waitFor();
    for (let i = 0; i < 20 && !(await focused(lan)).includes('báo động của máy'); i++)
        await lan.keyboard.press('Tab');
    await lan.keyboard.press('Enter');
    await lan.getByRole('heading', { name: 'Báo động của máy' }).waitFor();
    await asked(lan).getByText('Người giữ khóa mở trang Mở danh tính').waitFor();
    await asked(lan).getByText('somebody asks to see who sent a report').waitFor();
    await asked(lan).locator('time').waitFor();
    same(await lan.locator('.todos li').count(), (await at.status()).alarms.length, 'alarms listed');
    await shot(lan, 'desk-alarms');
    await clean(lan, 'alarms');
    await reflows(lan, 'alarms');
    await lan.setViewportSize({ width: 320, height: 640 });
    await lan.emulateMedia({ colorScheme: 'dark' });
    await shot(lan, 'desk-alarms-320-dark');
    await lan.getByRole('button', { name: 'EN – English' }).click();
    await lan.getByText('Somebody asks to see who sent a report', { exact: true }).waitFor();
    await lan.getByRole('button', { name: 'VI – Tiếng Việt' }).click();
    await lan.setViewportSize(DESK);

    const minh = await enter(at, 'minh', { path: '/alarms' });

    await asked(minh).waitFor();
    same(await minh.getByRole('button', { name: 'Đã xử lý' }).count(), 0, 'ways for a custodian to clear it');
    await at.node(['disclosure', 'refuse', disclosure, '--reason', 'Gọi số đã có.', '--as', 'minh']);
    await lan.getByText('Không có báo động nào').waitFor();
    await minh.getByText('Không có báo động nào').waitFor();
    await count(lan).waitFor({ state: 'detached' });
    await clean(lan, 'no alarm');

    // one that stays until somebody says so
    await at.node(['disclosure', 'request', report, '--reason', 'Cần gọi lại.', '--as', 'lan']);
    await asked(lan).getByRole('button', { name: 'Đã xử lý' }).click();
    await lan.getByText('Không có báo động nào').waitFor();
    same((await at.status()).alarms, [], 'alarms at the end');
});

story('a leader adds a person: the page asks of a password what the machine does', async () => {
    const at = await commune();
    const page = await enter(at, 'ha');

    await page.goto(`${at.url}/people`);
    await page.getByRole('button', { name: 'Thêm người' }).click();
    await page.getByLabel('Tên').fill('mai');
    await page.getByLabel('Mật khẩu đầu tiên').fill('chín chữ.');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('Ít nhất 10 ký tự').waitFor();
    await clean(page, 'a short password');
    await page.getByLabel('Mật khẩu đầu tiên').fill('mười chữ ạ');
    await page.keyboard.press('Enter');
    await page.getByText('Đã thêm mai').waitFor();
    await page.getByRole('row', { name: /^mai/ }).waitFor();
});

story('an alert that came while the page lay behind others is told as shown once somebody sees it', async () => {
    const at = await commune();
    const shown = async () => JSON.parse(await at.hub('alert', 'receipts', id, '--json'))
        .find((one) => one.unit === 'quang-tho');
    const page = await enter(at, 'lan', { init: () => {
        globalThis.seen = 'hidden';
        Object.defineProperty(document, 'visibilityState', { get: () => globalThis.seen });
    } });
    const { id } = JSON.parse(await at.hub('alert', 'issue', '--event', 'storm', '--headline', 'Gió giật ở phá',
        '--text', 'Không ra phá đêm nay.', '--expires', '1h', '--json'));

    await page.getByRole('heading', { name: 'Gió giật ở phá' }).waitFor();
    await until('it is stored', async () => (await shown())?.stored);
    await new Promise((done) => setTimeout(done, 1000));
    same((await shown()).shown, null, 'shown to nobody');
    await page.evaluate(() => {
        globalThis.seen = 'visible';
        document.dispatchEvent(new Event('visibilitychange'));
    });
    await until('the district hears that it was shown', async () => (await shown()).shown);
    await at.hub('alert', 'cancel', id, '--reason', 'Gió đã yếu');
    await page.getByRole('heading', { name: 'Gió giật ở phá' }).waitFor({ state: 'detached' });
});

story('every page is clean and reflows, in both themes and languages', async () => {
    const at = await commune();

    await at.hub('alert', 'issue', '--event', 'flood', '--severity', 'extreme', '--headline', 'Lũ trên sông Bồ lên nhanh',
        '--text', 'Sơ tán vùng trũng trước 18:00. Mang theo giấy tờ, nước uống.');
    const page = await enter(at, 'ha', { theme: 'dark' });

    await page.getByRole('heading', { name: 'Lũ trên sông Bồ lên nhanh' }).waitFor();
    await shot(page, 'desk-alert-banner-dark');
    for (const path of ['/', '/alerts', '/alarms', '/referrals', '/disclosures', '/audit', '/sent', '/people']) {
        await page.goto(at.url + path);
        await page.waitForSelector('h1');
        await page.waitForSelector('.loading', { state: 'detached' });
        await clean(page, path);
        await reflows(page, path);
        await shot(page, `desk${path.replace('/', '-')}-dark`);
    }
    await page.setViewportSize(PHONE);
    await page.goto(`${at.url}/alerts`);
    await page.getByRole('button', { name: 'Tôi đã đọc' }).click();
    await page.getByLabel('Người đọc').fill('Chị Hà, phó chủ tịch');
    await page.keyboard.press('Enter');
    await page.getByText('Chị Hà, phó chủ tịch đã đọc').waitFor();
    await shot(page, 'desk-alerts-phone');
    await page.setViewportSize(DESK);
    await page.getByRole('button', { name: 'EN – English' }).click();
    await page.getByRole('heading', { name: 'Alerts' }).waitFor();
    await clean(page, 'in English');
});
