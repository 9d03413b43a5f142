// What the dashboard shows of the venue: node venue.mjs "LINK|WORDS" FOLDER. Waits until WORDS are in its part about
// the venue, then prints what was seen as JSON; the folder gets a picture of each width and scheme.
import fs from 'node:fs';
import path from 'node:path';
import { launch, violations } from './judge.mjs';

const PATIENCE = { timeout: 60_000 };

const [link, words, folder] = [...process.argv[2].split('|'), path.resolve(process.argv[3])];
fs.mkdirSync(folder, { recursive: true });
const browser = await launch();
const found = { violations: [], widths: [] };

// The page's policy forbids every script but its own, so axe needs a page without one.
const context = await browser.newContext({ viewport: { width: 360, height: 780 }, bypassCSP: true });
const page = await context.newPage();
await page.goto(link);
await page.waitForSelector('#now .state', PATIENCE);
await page.waitForFunction((words) => document.querySelector('#venue').innerText.includes(words), words, PATIENCE);
for (const [width, scheme] of [[360, 'light'], [360, 'dark'], [1400, 'light'], [1400, 'dark']]) {
  await page.setViewportSize({ width, height: 780 });
  await page.emulateMedia({ colorScheme: scheme });
  found.widths.push([width, await page.evaluate(() => document.documentElement.scrollWidth)]);
  await page.screenshot({ path: path.join(folder, `${width}-${scheme}.png`), fullPage: true });
  found.violations.push(...(await violations(page)).map((one) => `${width} ${scheme} ${one}`));
}
found.state = await page.locator('#now .state b').innerText();
found.venue = await page.locator('#venue').innerText();
found.page = await page.locator('body').innerText();
await browser.close();
console.log(JSON.stringify(found));
