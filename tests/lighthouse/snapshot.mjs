// snapshot.mjs - what Lighthouse finds of accessibility in a page as it stands, in a
// browser that somebody else drives: the browser tests' lib.mjs, when LIENXA_LIGHTHOUSE
// says so.
import { snapshot } from 'lighthouse';
import puppeteer from 'puppeteer-core';

const LEAST = 10; // audits that apply to a page of ours (11 to an open dialog); fewer: it saw another page

// A function of a target's id: { score, applied, failed: [line] }.
export async function lighthouse(port) {
    const browser = await puppeteer.connect({ browserURL: `http://127.0.0.1:${port}`, defaultViewport: null });

    return async (id) => {
        const target = await browser.waitForTarget((one) => one._targetId === id, { timeout: 30000 });
        const { lhr } = await snapshot(await target.page(), { flags: {
            onlyCategories: ['accessibility'], logLevel: 'silent', screenEmulation: { disabled: true } } });
        const audits = Object.values(lhr.audits).filter((one) => one.score !== null);
        const failed = audits.filter((one) => one.score < 1 && one.scoreDisplayMode === 'binary').map((one) =>
            `${one.id}: ${(one.details?.items ?? []).map((item) => item.node?.selector ?? '').join(', ')}`);

        return { score: audits.length < LEAST ? 0 : Math.round(lhr.categories.accessibility.score * 100),
            applied: audits.length, failed };
    };
}
