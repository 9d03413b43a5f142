// A person with a phone: signs in by the link, watches a fill arrive, lets go of the stop, holds it, sees it verified.
// node dashboard.mjs LINK FOLDER. Prints what was seen as JSON; the folder gets a picture of each state.
import fs from 'node:fs';
import path from 'node:path';
import { judge, launch } from './judge.mjs';

const PATIENCE = { timeout: 60_000 };

const [link, folder] = [process.argv[2], path.resolve(process.argv[3])];
fs.mkdirSync(folder, { recursive: true });
const browser = await launch();
const found = { said: [], violations: [], widths: [], bytes: 0 };

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
await judge(page, found, folder, 'dashboard');

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
await judge(page, found, folder, 'stopped');
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
