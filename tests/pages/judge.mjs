// Judges a page as people see it: a picture, its width and the rules of axe, at the widths of phones and desktops, light and dark.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(path.join(process.cwd(), 'package.json'));
const { chromium } = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });

// The rules that a page breaks, a line each. Its own policy must be bypassed: it forbids axe too.
export async function violations(page) {
  await page.evaluate(axe);
  const result = await page.evaluate((values) => axe.run(document, { runOnly: { type: 'tag', values } }), RULES);
  return result.violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 200)}`);
}

// Adds the violations and widths of a page to what was found, and a picture of each state to the folder. It looks at a
// copy of the page, on which axe may run.
export async function judge(page, found, folder, name) {
  const storageState = await page.context().storageState();
  const { height } = page.viewportSize();
  const copy = await page.context().browser().newContext({ viewport: page.viewportSize(), bypassCSP: true, storageState });
  const other = await copy.newPage();
  await other.goto(page.url());
  for (const [width, scheme] of [[320, 'light'], [360, 'dark'], [1400, 'light'], [1400, 'dark']]) {
    await other.setViewportSize({ width, height });
    await other.emulateMedia({ colorScheme: scheme });
    found.widths.push([name, width, await other.evaluate(() => document.documentElement.scrollWidth)]);
    await other.screenshot({ path: path.join(folder, `${name}-${width}-${scheme}.png`), fullPage: true });
    found.violations.push(...(await violations(other)).map((one) => `${name} ${width} ${scheme} ${one}`));
  }
  await copy.close();
}
