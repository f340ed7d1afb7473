// Everything by keyboard: finding without accents, rows, dialogs, shortcuts.
import { clean, comes, focused, open, reflows, same, shot, story } from './lib.mjs';
import { example } from './example.mjs';

story('a report is taken by keyboard alone, in a few strokes', async () => {
    const here = await example();
    const page = await open(here);

    await page.getByText('Hai ghe máy hút cát').waitFor();
    await page.keyboard.press('n');
    await comes(() => page.evaluate(() => document.activeElement.id), 'category', 'the focus');
    await page.keyboard.type('cat tr');
    await page.getByRole('option', { name: 'Khai thác cát trái phép' }).waitFor();
    await shot(page, 'combobox');
    await clean(page, 'an open list');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Ghe hút cát gần cầu.');
    await page.keyboard.press('Tab');
    await page.keyboard.type('5/11 23h10');
    await page.keyboard.press('Control+Enter');
    await page.waitForSelector('h1:text("Tin 129")');
    same(here.commands[0].args.category, 'cat_trai_phep', 'category');
    same(/^\d{4}-11-05T23:10:00\+07:00$/.test(here.commands[0].args.occurred), true, 'occurred');
});

story('d finds đ, and the arrows choose', async () => {
    const page = await open(await example(), { path: '/new' });

    await comes(() => page.evaluate(() => document.activeElement.id), 'category', 'the focus');
    await page.keyboard.type('d');
    await comes(() => page.getByRole('option').allTextContents(),
        ['Đuối nước, cứu nạn', 'Đánh bạc, đá gà', 'Tín dụng đen, đòi nợ thuê'], 'found');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await comes(() => page.getByLabel('Loại tin').inputValue(), 'Đánh bạc, đá gà', 'chosen');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Escape');
    await comes(() => page.getByRole('option').count(), 0, 'options after Escape');
    await comes(() => page.getByLabel('Loại tin').inputValue(), 'Đánh bạc, đá gà', 'kept');
});

story('what is missing is told, leads to its field, and has the focus', async () => {
    const page = await open(await example(), { path: '/new' });

    await page.getByRole('button', { name: 'Lưu tin' }).click();
    await page.getByText('Cần sửa 2 chỗ').waitFor();
    await comes(() => page.evaluate(() => document.activeElement.className), 'box danger', 'the focus');
    await shot(page, 'form-errors');
    await clean(page);
    await page.getByRole('link', { name: 'Hãy ghi nội dung tin.' }).click();
    await comes(() => page.evaluate(() => document.activeElement.id), 'text', 'the field');
});

story('rows are walked with j, k and the arrows, and Enter opens', async () => {
    const page = await open(await example());

    await page.getByText('Hai ghe máy hút cát').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await comes(() => focused(page), 'Đánh bạc, đá gà', 'the row');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('k');
    await shot(page, 'rows');
    await page.keyboard.press('Enter');
    await page.waitForSelector('h1:text("Tin 127")');
    await comes(() => focused(page), 'Tin 127', 'the focus after the move');
    await page.goBack();
    await page.waitForSelector('h1:text("Tin đang mở")');
});

story('search keeps its words in the address and needs no accents', async () => {
    const page = await open(await example());

    await page.getByText('Hai ghe máy hút cát').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('duoi nuoc');
    await comes(() => page.locator('tbody tr').count(), 1, 'rows');
    await comes(() => new URL(page.url()).searchParams.get('q'), 'duoi nuoc', 'the address');
});

story('a heading sorts, and says how', async () => {
    const page = await open(await example());
    const first = () => page.locator('tbody tr').first().locator('th').textContent().then((text) => text.trim());

    await page.getByRole('button', { name: 'Tin', exact: true }).click();
    await comes(() => first(), 'Đánh bạc, đá gà', 'first');
    await page.getByRole('button', { name: 'Tin', exact: true }).click();
    await comes(() => page.locator('th[aria-sort="descending"]').count(), 1, 'aria-sort');
    await comes(() => first().then((text) => text.startsWith('Khai thác')), true, 'first, downwards');
});

story('the list of shortcuts opens with ?, and they can be turned off', async () => {
    const page = await open(await example());

    await page.getByText('Hai ghe máy hút cát').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Nhận tin mới').waitFor();
    await shot(page, 'keys');
    await clean(page, 'dialog');
    await page.getByLabel('Dùng phím tắt một chữ').uncheck();
    await page.keyboard.press('Escape');
    await comes(() => page.getByRole('dialog').count(), 0, 'dialogs');
    await page.keyboard.press('n');
    await comes(() => page.locator('h1').textContent(), 'Tin đang mở', 'the page after n');
});

story('a dialog keeps the focus and gives it back', async () => {
    const page = await open(await example(), { path: '/reports/128' });

    await page.getByRole('button', { name: 'Xóa tin' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    for (let i = 0; i < 6; i++) {
        await page.keyboard.press('Tab');
        same(await page.evaluate(() => document.activeElement === document.body ||
            document.activeElement.closest('dialog') !== null), true, 'focus inside');
    }
    await shot(page, 'dialog');
    await page.keyboard.press('Escape');
    await comes(() => focused(page), 'Xóa tin', 'the focus afterwards');
});

story('English is one key away and is kept; every page of the example reflows', async () => {
    const page = await open(await example());

    await page.getByRole('button', { name: /^EN/ }).click();
    await page.getByText('9 min overdue').waitFor();
    await comes(() => page.evaluate(() => document.documentElement.lang), 'en', 'lang');
    for (const path of ['/', '/new', '/reports/128', '/nowhere']) {
        await page.goto(new URL(path, page.url()).href);
        await page.waitForSelector('h1');
        await reflows(page, path);
    }
    await page.getByText('There is no such page').waitFor();
});

story('the menu on a phone opens, leads on, and closes', async () => {
    const page = await open(await example(), { size: { width: 390, height: 844 } });

    await page.getByText('Hai ghe máy hút cát').waitFor();
    await shot(page, 'phone');
    await page.getByRole('button', { name: 'Danh mục' }).click();
    await shot(page, 'phone-menu');
    await clean(page, 'menu');
    await page.getByRole('link', { name: 'Nhận tin mới' }).first().click();
    await page.waitForSelector('h1:text("Nhận tin mới")');
    await comes(() => page.locator('.rail.open').count(), 0, 'open menus');
});
