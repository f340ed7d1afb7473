// The style page: everything of the look, in both themes and three sizes, is
// accessible, reflows, and does nothing the CSP forbids.
import { clean, DESK, open, PHONE, reflows, same, shot, site, story, WALL } from './lib.mjs';

const sizes = { 1280: DESK, 1920: WALL, 390: PHONE };

story('the style page of the hub is there', async () => {
    const page = await open(await site('hub'), { path: '/style' });

    await page.waitForSelector('h2:text("Talk")');
});

for (const theme of ['light', 'dark'])
    for (const [name, size] of Object.entries(sizes))
        story(`style, ${theme}, ${name} px`, async () => {
            const page = await open(await site('node'), { path: '/style', theme, size });

            await page.waitForSelector('.plot path');
            await shot(page, `style-${theme}-${name}`, { fullPage: true });
            if (size !== WALL) // as wide as it is, it is the page of 1280
                await clean(page);
        });

story('a button that becomes usable is as readable at once as later', async () => {
    const page = await open(await site('node'), { path: '/style', reducedMotion: 'no-preference' });
    const looks = await page.evaluate(async () => {
        const made = [...document.querySelectorAll('.button:not([aria-disabled="true"])')];
        const look = () => made.map((one) => {
            const { color, backgroundColor } = getComputedStyle(one);

            return `${color} on ${backgroundColor}`;
        });
        const later = look();

        for (const one of made)
            one.setAttribute('aria-disabled', 'true');
        await new Promise((done) => setTimeout(done, 300));
        const before = look();

        for (const one of made)
            one.removeAttribute('aria-disabled');
        return { before, now: look(), later };
    });

    same(looks.now, looks.later, 'text and ground');
    same(new Set(looks.before).size, 1, 'looks of buttons that cannot be used');
    same(looks.now.length > 5 && looks.before[0] !== looks.now[0], true, 'that there are buttons, and that they changed');
});

story('the style page reflows at 320 px', async () => {
    const page = await open(await site('node'), { path: '/style' });

    await page.waitForSelector('.plot path');
    await reflows(page);
});

story('a chosen theme is the same as the system\'s', async () => {
    const tokens = () => {
        const style = getComputedStyle(document.documentElement);

        return [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
            .filter((rule) => rule.selectorText === ':root')
            .flatMap((rule) => [...rule.style]).filter((name) => name.startsWith('--'))
            .map((name) => `${name} ${style.getPropertyValue(name)}`);
    };
    const here = await site('node');
    const system = await open(here, { path: '/style', theme: 'dark' });
    const chosen = await open(here, { path: '/style', theme: 'light' });

    await chosen.getByRole('button', { name: 'Tối' }).click();
    same(await chosen.evaluate(tokens), await system.evaluate(tokens), 'tokens');
    same((await system.evaluate(tokens)).length > 40, true, 'that there are tokens');
    await chosen.reload();
    await chosen.waitForSelector('h1');
    same(await chosen.evaluate(() => document.documentElement.dataset.theme), 'dark', 'the theme after a reload');
});
