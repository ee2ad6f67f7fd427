// Opens reports in Chromium and looks at them as readers do: nothing in the console, nothing loaded, no sideways scrolling, everything reachable by keyboard,
// pictures named, contrast AA. At 1280 and 390 pixels, light and dark, with all details open.
//
//     npm ci --prefix crates/cli/tests/pages
//     node crates/cli/tests/pages/look.mjs REPORT.html|FOLDER… [--shots FOLDER]
//
// Exit code 1 where something is wrong. Contrast is WCAG 2.1's: 4.5, or 3 for large text.
import { readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const SCHEMES = ['light', 'dark'];
const WIDTHS = [1280, 390];

/** What is too pale, by WCAG's ratio. Runs in the page. */
function pale() {
  const channel = c => ((c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const parse = text => text.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return parse(getComputedStyle(document.documentElement).backgroundColor || 'rgb(255,255,255)');
  };
  const low = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || element.closest('.skip')) continue;
    const style = getComputedStyle(element);
    const ink = parse(element.namespaceURI.endsWith('svg') ? style.fill : style.color);
    const [a, b] = [light(ink), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) low.push(`${ratio.toFixed(2)}: ${element.textContent.trim().slice(0, 40)}`);
  }
  return low;
}

/** Which of the page's stops has the focus. Runs in the page. */
function focused() {
  const stops = [...document.querySelectorAll('a[href], summary, [tabindex="0"]')];
  return stops.indexOf(document.activeElement);
}

/** What is wrong with a report at one width in one scheme. */
async function faults(browser, report, scheme, width, shots) {
  const wrong = [];
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
  page.on('console', message => wrong.push(`console: ${message.text()}`));
  page.on('pageerror', error => wrong.push(`${error}`));
  page.on('request', request => /^(file|data):/.test(request.url()) || wrong.push(`asks for ${request.url()}`));
  await page.goto(pathToFileURL(resolve(report)).href);
  await page.keyboard.press('Tab');
  if ((await page.evaluate(() => document.activeElement.className)) !== 'skip') {
    wrong.push('the first stop of the keyboard is not the link to the verdict');
  }
  const seen = new Set();
  for (;;) {
    const place = await page.evaluate(focused);
    if (seen.has(place)) break;
    seen.add(place);
    await page.keyboard.press('Tab');
  }
  const missed = await page.evaluate(() => {
    const stops = [...document.querySelectorAll('a[href], summary, [tabindex="0"]')];
    return stops.flatMap((stop, place) => (stop.checkVisibility() ? [place] : []));
  });
  const unreached = missed.filter(place => !seen.has(place)).length;
  if (unreached > 0) wrong.push(`${unreached} links or details cannot be reached by keyboard`);
  await page.evaluate(() => document.querySelectorAll('details').forEach(d => (d.open = true)));
  const scroll = await page.evaluate(() => document.documentElement.scrollWidth);
  if (scroll > width) wrong.push(`the page scrolls sideways: it is ${scroll} px wide`);
  const unnamed = await page.evaluate(() => [...document.querySelectorAll('svg')].filter(s => !s.getAttribute('aria-label')).length);
  if (unnamed > 0) wrong.push(`${unnamed} pictures have no name`);
  wrong.push(...(await page.evaluate(pale)).map(text => `contrast ${text}`));
  if (shots) await page.screenshot({ path: join(shots, `${basename(report, '.html')}-${scheme}-${width}.png`), fullPage: true });
  await page.close();
  return wrong;
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { shots: { type: 'string' } } });
const reports = positionals.flatMap(path =>
  statSync(path).isDirectory() ? readdirSync(path).filter(name => name.endsWith('.html')).sort().map(name => join(path, name)) : [path],
);
if (reports.length === 0) {
  console.error('error: no report to look at; name an .html file or a folder of them');
  process.exit(2);
}
let bad = 0;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
for (const report of reports) {
  for (const scheme of SCHEMES) {
    for (const width of WIDTHS) {
      const wrong = await faults(browser, report, scheme, width, values.shots);
      for (const fault of wrong.slice(0, 40)) console.log(`${basename(report)}, ${scheme}, ${width} px: ${fault}`);
      bad += wrong.length;
    }
  }
}
await browser.close();
console.log(bad === 0 ? `${reports.length} reports, nothing is wrong` : `${bad} faults`);
process.exit(bad === 0 ? 0 : 1);
