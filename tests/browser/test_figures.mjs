// What the district's pages decide by themselves, over made-up answers.
import { clean, open, same, site, story, until } from './lib.mjs';
import answers from './answers/hub.mjs';

story('a headline of 160 Vietnamese letters is taken, one of 161 is not', async () => {
    const here = await site('hub');
    const page = await open(here, { path: '/alerts/new' });
    const letters = (count) => 'Lũ lên nhanh ở đầm phá '.repeat(8).slice(0, count - 1) + 'à';

    await page.getByLabel('Chi tiết').fill('Di dời trước 18 giờ.');
    await page.getByLabel('Nội dung chính').fill(letters(161));
    await page.getByRole('button', { name: 'Phát cảnh báo' }).click();
    await page.getByText('Nội dung chính quá dài (tối đa 160 ký tự).').first().waitFor();
    await page.getByLabel('Nội dung chính').fill(letters(160).normalize('NFD'));
    await page.getByRole('button', { name: 'Phát cảnh báo' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Phát cảnh báo' }).click();
    await until('it is issued', () => here.commands.some((one) => one.command === 'alert.issue'));
});

story('two communes of one name keep their own figures', async () => {
    const catalogue = answers['/api/catalogue']();
    const units = [...catalogue.units, { ...catalogue.units[0], unit: 'quang-thai-moi', slug: 'quang-thai-moi', key: 'vn-new' }];
    const row = (unit, count) => ({ unit, category: 'trom_cap', count });
    const page = await open(await site('hub', { answers: { ...answers,
        '/api/catalogue': () => ({ ...catalogue, units }),
        '/api/stats': () => ({ ...answers['/api/stats'](new URLSearchParams()), total: 49,
            rows: [row('quang-thai', 17), row('quang-thai-moi', 32)] }) } }), { path: '/stats?by=unit,category' });
    const figures = async () => (await page.locator('tbody td').allTextContents()).map(Number).sort((a, b) => a - b);

    await page.getByRole('rowheader', { name: 'Quảng Thái' }).first().waitFor();
    same(JSON.stringify(await figures()), '[17,32]', 'figures');
    await clean(page, 'figures of two communes of one name');
});

story('communes whose invitation failed are named beside the sheets of the others', async () => {
    const here = await site('hub', { who: { role: 'operator', may: ['node.invite'] }, answers: { ...answers,
        '/api/authority': () => ({ authority: { name: 'Quảng Điền', fingerprint: 'AA:BB' } }),
        'command node.invite': (args) => args.unit === 'quang-loi' ? { ok: false, code: 'disk', error: 'the disk is full' }
            : answers['command node.invite'](args) } });
    const page = await open(here, { path: '/sheets' });

    for (const name of ['Quảng Thái', 'Quảng Ngạn', 'Quảng Lợi'])
        await page.getByLabel(name).check();
    await page.getByRole('button', { name: 'Làm 4 giấy mời' }).click();
    await page.locator('.invite-sheet').nth(1).waitFor();
    same(await page.locator('.invite-sheet').count(), 2, 'sheets');
    await page.getByText('Còn 2 xã chưa có giấy mời').waitFor();
    await page.getByText('Quảng Lợi, Quảng Thành.').waitFor();
    await clean(page, 'sheets of some');
});

story('the board of one commune shows an analyst no count that is hidden, and says so', async () => {
    const board = answers['/api/board'](new URLSearchParams('unit=quang-tho'));
    const few = (list) => list.map((one, i) => ({ ...one, count: i < 2 ? null : one.count }));
    const page = await open(await site('hub', { who: { role: 'analyst', may: [] }, answers: { ...answers, '/api/board': () => ({ ...board,
        urgent: [], units: board.units.map((one) => ({ ...one, open: null, overdue: null })),
        totals: { ...board.totals, overdue: null, today_last_week: null },
        by_day: few(board.by_day), by_category: few(board.by_category), by_hour: few(board.by_hour) }) } }), { path: '/?unit=quang-tho' });

    await page.getByText('Số dưới 5 của một xã hay một loại tin không được hiện').waitFor();
    same(await page.locator('.figure', { hasText: 'Quá hạn' }).locator('.value').first().textContent(), '–', 'a hidden figure');
    same(/NaN|null|undefined/.test(await page.locator('main').innerText()), false, 'a number that is none');
    await clean(page, 'the board of one commune');
});
