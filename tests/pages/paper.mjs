// A person who watches a paper run: it goes on, it is ended where it runs, it is over.
// node paper.mjs "LINK PID" FOLDER. Prints what was seen as JSON; the folder gets a picture of each state.
import fs from 'node:fs';
import path from 'node:path';
import { judge, launch } from './judge.mjs';

const PATIENCE = { timeout: 120_000 };

const [[link, pid], folder] = [process.argv[2].split(' '), path.resolve(process.argv[3])];
fs.mkdirSync(folder, { recursive: true });
const browser = await launch();
const found = { said: [], violations: [], widths: [] };

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
await judge(page, found, folder, 'running');
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
await judge(page, found, folder, 'market');
await page.goto(origin);

process.kill(Number(pid), 'SIGINT');
await page.waitForFunction(() => document.querySelector('#now .state')?.innerText.includes('Ended at'), null, PATIENCE);
found.over = await page.locator('#now .state').innerText();
found.equity = await page.locator('.pair dd').first().innerText();
await judge(page, found, folder, 'over');
await browser.close();
console.log(JSON.stringify(found));
