// Every page in light, in dark and on a phone: accessible, within its width, without a
// jump, and written to build/screenshots for people to look at.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { seed } from './seed.mjs';
import { Admin, assertAccessible, launch, openPage, screenshot, settled, signIn, startStage, Upstreams } from './support.mjs';

const MODES = {
  light: { viewport: { width: 1360, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1360, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: { width: 360, height: 740 }, colorScheme: 'light' },
};

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

const pathsOf = ({ user, requestId, session, key }) => ({
  dashboard: '/ui/', users: '/ui/users', user: `/ui/users/${user.id}`, models: '/ui/models', requests: '/ui/requests',
  request: `/ui/requests/${requestId}`, session: `/ui/requests?session_id=${session}`, status: '/ui/status', audit: '/ui/audit',
  settings: '/ui/settings', usage: `/ak/${key}/usage`, nowhere: '/ui/nowhere', sessions: '/ui/requests?view=sessions',
});

async function assertFits(page, what) {
  const outside = await page.evaluate(() => (document.documentElement.scrollWidth <= innerWidth ? []
    : [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth && !one.closest('.scroll, .nav'))
      .map((one) => `${one.tagName} ${one.className} ${one.textContent.slice(0, 40)}`)));
  assert.deepEqual(outside, [], `${what} fits its width`);
}

for (const [mode, options] of Object.entries(MODES)) {
  test(`every page is accessible and fits: ${mode}`, async (t) => {
    const page = await openPage(browser, stage, options);
    page.expected.add('401').add('404');
    await page.goto('/ui/login');
    await page.getByLabel('User name').waitFor();
    await assertAccessible(page, 'login');
    await screenshot(page, `login-${mode}`);
    await signIn(page, stage);
    for (const [name, path] of Object.entries(pathsOf(seeded))) {
      await t.test(name, async () => {
        await page.goto(path);
        await settled(page);
        await assertFits(page, name);
        await assertAccessible(page, name);
        await screenshot(page, `${name}-${mode}`);
        page.blameless();
      });
    }
    await page.context().close();
  });
}

test('dialogs are accessible', async () => {
  const page = await openPage(browser, stage, MODES.light);
  page.expected.add('401');
  await signIn(page, stage);
  await page.goto(`/ui/users/${seeded.user.id}`);
  await settled(page);
  for (const [open, name] of [['Issue key', 'issue'], ['Edit', 'profile'], ['Change', 'budget'], ['Delete', 'delete']]) {
    await page.getByRole('button', { name: open, exact: true }).first().click();
    await page.getByRole('dialog').waitFor();
    await assertAccessible(page, name);
    await page.keyboard.press('Escape');
  }
  await page.getByRole('button', { name: 'Issue key' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Issue key' }).click();
  await page.getByText('This key is shown only now.').waitFor();
  await assertAccessible(page, 'new key');
  await screenshot(page, 'new-key-light');
  await page.context().close();
});

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

test('nothing jumps while the first view fills, which weighs at most 150 KB', async () => {
  const page = await openPage(browser, stage, MODES.light);
  page.expected.add('401');
  await signIn(page, stage);
  await page.addInitScript(() => {
    globalThis.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) globalThis.shift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto('/ui/');
  await settled(page);
  const [shift, weight] = await page.evaluate(() => [globalThis.shift, performance.getEntries()
    .filter((entry) => new URL(entry.name, location).pathname.startsWith('/ui/') && entry.decodedBodySize)
    .reduce((bytes, entry) => bytes + entry.decodedBodySize, 0)]);
  assert.ok(shift < 0.02, `the layout shifted by ${shift}`);
  assert.ok(weight > 50_000 && weight <= 150 * 1024, `the first view weighs ${weight} bytes`);
  await page.context().close();
});
