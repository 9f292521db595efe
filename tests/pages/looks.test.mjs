// Every page in light, in dark and on a phone: accessible, within its width, light, without
// a jump, to be used by keyboard, and written to build/screenshots for people to look at.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { MODES, pathsOf, seed } from './seed.mjs';
import { Admin, assertAccessible, assertFits, launch, openPage, screenshot, settled, signIn, startStage, Upstreams } from './support.mjs';

const MOST_BYTES = 150 * 1024; // of a first view, uncompressed
const MOST_SHIFT = 0.005;

let stage;
let browser;
let seeded;

before(async () => {
  stage = await startStage();
  browser = await launch();
  seeded = await seed(stage, new Admin(stage), new Upstreams(stage));
});

after(async () => {
  await browser?.close();
  await stage?.stop();
});

function watchShifts() {
  globalThis.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) globalThis.shift += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
}

async function assertSteadyAndLight(page, what) {
  const [shift, weight] = await page.evaluate(() => [globalThis.shift, performance.getEntries()
    .filter((entry) => /^\/(ui|ak)\//.test(new URL(entry.name, location).pathname) && entry.decodedBodySize)
    .reduce((bytes, entry) => bytes + entry.decodedBodySize, 0)]);
  assert.ok(shift < MOST_SHIFT, `${what} shifted by ${shift}`);
  assert.ok(weight > 5_000 && weight <= MOST_BYTES, `${what} weighs ${weight} bytes`);
}

/** What Tab comes by, each once, until it comes round; with whether it is seen to have the focus. */
async function walkByTab(page) {
  const passed = [];
  await page.evaluate(() => document.activeElement?.blur());
  for (let i = 0; i < 400; i++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const one = document.activeElement;
      if (!one || one === document.body) return null;
      globalThis.walked ??= new Set();
      if (globalThis.walked.has(one)) return null;
      globalThis.walked.add(one);
      const { outlineStyle, outlineWidth } = getComputedStyle(one);
      const box = one.getBoundingClientRect();
      return { what: one.outerHTML.slice(0, 120), isSeen: outlineStyle !== 'none' && parseFloat(outlineWidth) > 0 && box.width > 0 && box.height > 0 };
    });
    if (!at) break;
    passed.push(at);
  }
  return passed;
}

/** By keyboard alone: nothing is left out, and what has the focus is seen to have it. */
async function assertReached(page) {
  const passed = await walkByTab(page);
  assert.deepEqual(passed.filter((one) => !one.isSeen).map((one) => one.what), [], 'what has the focus is seen');
  const missed = await page.evaluate(() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled && !globalThis.walked.has(one))
    // Of radio buttons Tab comes by the chosen one; the arrows go on from there.
    .filter((one) => !(one.type === 'radio' && !one.checked)).map((one) => one.outerHTML.slice(0, 120)));
  assert.deepEqual(missed, [], 'nothing is left out');
}

for (const [mode, options] of Object.entries(MODES)) {
  test(`every page is accessible, fits, is light and jumps nowhere: ${mode}`, async (t) => {
    const page = await openPage(browser, stage, options);
    page.expected.add('401').add('404');
    await page.addInitScript(watchShifts);
    await page.goto('/ui/login');
    await page.getByLabel('User name').waitFor();
    await assertAccessible(page, 'login');
    await assertSteadyAndLight(page, 'login');
    await screenshot(page, `login-${mode}`);
    await signIn(page, stage);
    for (const [name, path] of Object.entries(pathsOf(seeded))) {
      await t.test(name, async () => {
        await page.goto(path);
        await settled(page);
        await assertSteadyAndLight(page, name);
        await assertFits(page, name);
        await assertAccessible(page, name);
        await screenshot(page, `${name}-${mode}`);
        if (mode === 'light') await assertReached(page);
        page.blameless();
      });
    }
    await page.context().close();
  });
}

test('pages fit every width from 360 to 2560 px', async () => {
  const page = await openPage(browser, stage, MODES.light);
  page.expected.add('401');
  await signIn(page, stage);
  for (const path of ['/ui/', `/ui/users/${seeded.user.id}`, '/ui/requests']) {
    await page.goto(path);
    await settled(page);
    for (const width of [360, 414, 600, 701, 768, 901, 1024, 1280, 1920, 2560]) {
      await page.setViewportSize({ width, height: 900 });
      await assertFits(page, `${path} at ${width}`);
    }
  }
  await page.goto('/ui/');
  await settled(page);
  await screenshot(page, 'dashboard-2560');
  await page.context().close();
});
