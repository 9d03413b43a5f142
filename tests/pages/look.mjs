// Opens a page in headless Chromium as people do, and writes down what it finds, as JSON:
// node look.mjs PAGE.html FOLDER. The folder gets a picture of each state.
import fs from 'node:fs';
import path from 'node:path';
import { launch, violations } from './judge.mjs';

const [page_file, folder] = process.argv.slice(2).map((file) => path.resolve(file));
fs.mkdirSync(folder, { recursive: true });
const browser = await launch();
const found = { states: [], said: [], requests: [], violations: [] };

// Widths of text boxes that stick out of the page, which no scroll bar shows.
const cut_off = () => {
  const width = document.documentElement.clientWidth;
  const shown = [...document.querySelectorAll('h1, h2, p, dd, th, td, figcaption, caption')].filter((one) => one.offsetParent);
  return shown.filter((one) => one.getBoundingClientRect().right > width + 1 && !one.closest('.wide')).map((one) => one.outerHTML.slice(0, 90));
};

for (const width of [320, 360, 1280, 1400]) {
  for (const scheme of ['light', 'dark']) {
    // The page's own policy forbids scripts, axe too.
    const context = await browser.newContext({ viewport: { width, height: 780 }, colorScheme: scheme, bypassCSP: true });
    const page = await context.newPage();
    page.on('console', (message) => found.said.push(message.text()));
    page.on('pageerror', (error) => found.said.push(String(error)));
    page.on('request', (request) => found.requests.push(request.url()));
    await page.goto(`file://${page_file}`);
    const picture = { path: path.join(folder, `${width}-${scheme}.png`), fullPage: true };
    await page.screenshot(picture).catch(() => page.screenshot(picture));
    await page.evaluate(() => document.querySelectorAll('details').forEach((one) => { one.open = true; }));
    const scrolled = await page.evaluate(() => document.documentElement.scrollWidth);
    found.states.push({ width, scheme, scrolled, cut_off: await page.evaluate(cut_off) });
    found.violations.push(...(await violations(page)).map((one) => `${width} ${scheme} ${one}`));
    await context.close();
  }
}

// As it is opened and printed from a dark screen, its own policy in force.
const context = await browser.newContext({ viewport: { width: 684, height: 780 }, colorScheme: 'dark', javaScriptEnabled: true });
const page = await context.newPage();
page.on('console', (message) => found.said.push(message.text()));
await page.goto(`file://${page_file}`);
await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
found.paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
found.printed_width = await page.evaluate(() => document.documentElement.scrollWidth);
const pdf = await page.pdf({ path: path.join(folder, 'print.pdf'), preferCSSPageSize: true, printBackground: true });
found.sheets = (pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g) || []).length;
found.title = await page.title();
found.text = await page.evaluate(() => document.body.textContent);
found.scripts = await page.evaluate(() => document.scripts.length);
await browser.close();
process.stdout.write(JSON.stringify(found));
