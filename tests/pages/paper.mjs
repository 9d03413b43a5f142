// A person who watches a paper run: it goes on, it is ended where it runs, it is over.
// node paper.mjs "LINK PID" FOLDER. Prints what was seen as JSON; the folder gets a picture of each state.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(path.join(process.cwd(), 'package.json'));
const { chromium } = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const PATIENCE = { timeout: 120_000 };

const [[link, pid], folder] = [process.argv[2].split(' '), path.resolve(process.argv[3])];
fs.mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
const found = { said: [], violations: [], widths: [] };

async function judge(page, name) {
  const copy = await browser.newContext({ viewport: page.viewportSize(), bypassCSP: true, storageState: await page.context().storageState() });
  const other = await copy.newPage();
  await other.goto(page.url());
  for (const [width, scheme] of [[320, 'light'], [360, 'dark'], [1400, 'light'], [1400, 'dark']]) {
    await other.setViewportSize({ width, height: 640 });
    await other.emulateMedia({ colorScheme: scheme });
    found.widths.push([name, width, await other.evaluate(() => document.documentElement.scrollWidth)]);
    await other.screenshot({ path: path.join(folder, `${name}-${width}-${scheme}.png`), fullPage: true });
    await other.evaluate(axe);
    const result = await other.evaluate((values) => axe.run(document, { runOnly: { type: 'tag', values } }), RULES);
    for (const one of result.violations) found.violations.push(`${name} ${width} ${scheme} ${one.id}: ${one.nodes[0].html.slice(0, 200)}`);
  }
  await copy.close();
}

const context = await browser.newContext({ viewport: { width: 360, height: 640 }, hasTouch: true });
const page = await context.newPage();
page.on('console', (message) => found.said.push(message.text()));
page.on('pageerror', (error) => found.said.push(String(error)));
await page.goto(link);
await page.waitForSelector('#positions tbody tr', PATIENCE);
found.mark = await page.locator('.mode h1').innerText();
found.solid = await page.evaluate(() => getComputedStyle(document.querySelector('.mode')).backgroundImage === 'none');
found.title = await page.title();
found.positions = await page.locator('#positions tbody tr').count();
found.stop_forms = await page.locator('.hold, .danger, #stop-now, form[action="/stop"], form[action="/close"]').count();
found.running = await page.locator('.rail').innerText();
found.in_view = await page.evaluate(() => ['.mode h1', '.state .age', '.pair dd', '.gauge', '#positions tbody tr:last-child'].every((one) => {
  const box = document.querySelector(one).getBoundingClientRect();
  return box.top >= 0 && box.bottom <= innerHeight;
}));
// Without a reload: the stream brings it.
await page.evaluate(() => { window.same = document.querySelector('#now .age').innerText; });
await page.waitForFunction(() => document.querySelector('#now .age').innerText !== window.same, null, PATIENCE);
found.streamed = await page.evaluate(() => window.same !== undefined);
await page.screenshot({ path: path.join(folder, 'phone.png') });
await judge(page, 'running');
found.app = (await (await context.request.get(new URL('/manifest.webmanifest', page.url()).href)).json()).name;

// Whoever asks all the same is refused, with a token or without.
const token = await page.locator('input[name=token]').first().inputValue();
const origin = new URL(page.url()).origin;
const ask = async (to, form) => (await context.request.post(origin + to, { form, headers: { origin }, maxRedirects: 0 })).status();
found.refused = [
  await ask('/stop', { token, sure: 'held' }),
  await ask('/close', { token, sure: 'ticked' }),
  (await context.request.get(origin + '/stop')).status(),
];
await page.fill('textarea[name=text]', 'looks as it should');
await page.locator('form[action="/note"] button').click();
await page.waitForLoadState();
found.noted = await page.locator('#journal').innerText();

const market = page.locator('#positions a').first();
await page.goto(new URL(await market.getAttribute('href'), page.url()).href);
await page.waitForSelector('figure svg', PATIENCE);
await judge(page, 'market');
await page.goto(origin);

process.kill(Number(pid), 'SIGINT');
await page.waitForFunction(() => document.querySelector('#now .state')?.innerText.includes('Ended at'), null, PATIENCE);
found.over = await page.locator('#now .state').innerText();
found.equity = await page.locator('.pair dd').first().innerText();
await judge(page, 'over');
await browser.close();
console.log(JSON.stringify(found));
