// What the district's pages decide by themselves, over made-up answers.
import { open, site, story, until } from './lib.mjs';

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
