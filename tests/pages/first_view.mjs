// How long the dashboard takes until its cards, and until all of it, are there:
//   node tests/pages/first_view.mjs http://127.0.0.1:8000 PASSWORD [TIMES]
// For a proxy whose database many_rows.py has filled.
import { launch, openPage, signIn } from './support.mjs';

const [url, password, times = '9'] = process.argv.slice(2);
const browser = await launch();
const page = await openPage(browser, { url });

function watch() {
  const is = (name) => document.querySelector('.cards .value') && !document.querySelector(name);
  const seen = { cards: 0, all: 0 };
  const look = () => {
    if (!seen.cards && is('.cards .skeleton')) seen.cards = performance.now();
    if (!seen.all && is('main .skeleton')) seen.all = performance.now();
    if (!seen.all) requestAnimationFrame(look);
  };
  globalThis.seen = seen;
  requestAnimationFrame(look);
}

await signIn(page, { url, password });
await page.addInitScript(watch);
const found = { contentful: [], cards: [], all: [] };
for (let i = 0; i < Number(times); i++) {
  await page.goto('/ui/');
  await page.waitForFunction(() => globalThis.seen?.all);
  const { cards, all } = await page.evaluate(() => globalThis.seen);
  found.contentful.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime));
  found.cards.push(cards);
  found.all.push(all);
}
if (process.env.WATERFALL) {
  for (const one of await page.evaluate(() => performance.getEntriesByType('resource').map((entry) => [entry.name, entry.startTime, entry.responseStart, entry.responseEnd]))) {
    console.log(one.slice(1).map((at) => at.toFixed(0).padStart(5)).join(' '), one[0].slice(url.length));
  }
}
for (const [name, values] of Object.entries(found)) {
  const sorted = values.sort((a, b) => a - b);
  console.log(`${name}: median ${sorted[sorted.length >> 1].toFixed(0)} ms, ${sorted[0].toFixed(0)}–${sorted.at(-1).toFixed(0)} ms`);
}
await browser.close();
