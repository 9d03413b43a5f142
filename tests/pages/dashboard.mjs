// A person with a phone: signs in by the link, watches a fill arrive, lets go of the stop, holds it, sees it verified.
// node dashboard.mjs LINK FOLDER. Prints what was seen as JSON; the folder gets a picture of each state.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(path.join(process.cwd(), 'package.json'));
const { chromium } = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const PATIENCE = { timeout: 60_000 };

const [link, folder] = [process.argv[2], path.resolve(process.argv[3])];
fs.mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
const found = { said: [], violations: [], widths: [], bytes: 0 };

// The page's policy forbids every script but its own, so axe looks at a copy without one.
async function judge(page, name) {
  const copy = await browser.newContext({ viewport: page.viewportSize(), bypassCSP: true, storageState: await page.context().storageState() });
  const other = await copy.newPage();
  await other.goto(page.url());
  for (const [width, scheme] of [[320, 'light'], [360, 'dark'], [1400, 'light'], [1400, 'dark']]) {
    await other.setViewportSize({ width, height: 780 });
    await other.emulateMedia({ colorScheme: scheme });
    const scrolled = await other.evaluate(() => document.documentElement.scrollWidth);
    found.widths.push([name, width, scrolled]);
    await other.screenshot({ path: path.join(folder, `${name}-${width}-${scheme}.png`), fullPage: true });
    await other.evaluate(axe);
    const result = await other.evaluate((values) => axe.run(document, { runOnly: { type: 'tag', values } }), RULES);
    for (const one of result.violations) found.violations.push(`${name} ${width} ${scheme} ${one.id}: ${one.nodes[0].html.slice(0, 200)}`);
  }
  await copy.close();
}

const context = await browser.newContext({ viewport: { width: 360, height: 780 }, hasTouch: true });
const page = await context.newPage();
page.on('console', (message) => found.said.push(message.text()));
page.on('pageerror', (error) => found.said.push(String(error)));
await page.goto(link);
await page.waitForSelector('#now .state', PATIENCE);
found.address = page.url();
found.bytes = (await page.content()).length;
found.state = await page.locator('#now .state b').innerText();
// Without a reload: the stream brings it.
await page.evaluate(() => { window.same = true; });
const filled = () => Number(document.querySelector('#orders').innerText.match(/([\d,]+) filled/)?.[1]?.replace(',', '') ?? 0) > 0;
await page.waitForFunction(filled, null, PATIENCE);
found.streamed = await page.evaluate(() => window.same === true);
const inView = await page.evaluate(() => ['.mode h1', '.state .age', '.pair dd', '.hold'].every((one) => {
  const box = document.querySelector(one).getBoundingClientRect();
  return box.top >= 0 && box.bottom <= innerHeight;
}));
found.in_view = inView;
await page.screenshot({ path: path.join(folder, 'phone.png') });
await judge(page, 'dashboard');

const hold = await page.locator('.hold').boundingBox();
found.hold_height = hold.height;
const press = async (ms) => {
  await page.mouse.move(hold.x + 60, hold.y + 20);
  await page.mouse.down();
  await page.waitForTimeout(ms);
  await page.mouse.up();
};
await press(400);
await page.waitForTimeout(300);
found.after_letting_go = new URL(page.url()).pathname;
await press(1_600);
await page.waitForURL('**/stop', PATIENCE);
await page.waitForSelector('.box.done', PATIENCE);
found.stopped = await page.locator('.box.done').innerText();
await judge(page, 'stopped');
await page.goto(new URL('/', page.url()).href);
found.after = await page.locator('main').innerText();
await page.screenshot({ path: path.join(folder, 'after.png') });

// Without script everything is there, and stopping takes two acts.
const plain = await browser.newContext({ javaScriptEnabled: false, storageState: await context.storageState() });
const still = await plain.newPage();
await still.goto(page.url());
found.without_script = await still.locator('#limits').innerText();
await browser.close();
console.log(JSON.stringify(found));
