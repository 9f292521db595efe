// An administrator signs in at an OpenID provider, on the provider's own pages.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { assertAccessible, launch, openPage, settled, startStage } from './support.mjs';

let stage;
let browser;

before(async () => {
  stage = await startStage({}, '--provider');
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await stage?.stop();
});

/** From the page that was wanted to the provider's form, and with this name out of it. */
async function walk(account) {
  const page = await openPage(browser, stage);
  page.expected.add('401').add('403');
  // The provider's pages ask for fonts from elsewhere: theirs to want, not ours to fetch.
  await page.route(/^https:/, (route) => route.abort());
  await page.goto('/ui/users');
  await page.waitForURL('**/ui/login?next=%2Fui%2Fusers');
  const way = page.getByRole('link', { name: 'Sign in with your organisation' });
  await way.waitFor();
  await assertAccessible(page, 'the sign-in page with a provider');
  page.blameless();
  await way.click();
  await page.waitForURL(`${stage.issuer}/interaction/**`);
  await page.locator('input[name=login]').fill(account);
  await page.locator('input[name=password]').fill('any will do');
  await page.locator('button[type=submit]').click();
  await page.getByRole('button', { name: 'Continue' }).click();
  page.forgive();
  return page;
}

test('who may sign in at the provider is an administrator', async () => {
  const page = await walk('ann');
  await page.waitForURL('**/ui/');
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
  await page.goto('/ui/settings');
  await page.getByRole('row').filter({ hasText: 'ann@example.com' }).getByText('This one').waitFor();
  await settled(page);
  const cookies = await page.context().cookies(`${stage.url}/admin`);
  assert.deepEqual(cookies.map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite]), [['ccproxy_session', true, 'Strict']]);
  // What writes goes through as well: the session has its own token against forgery.
  await page.goto('/ui/users');
  await page.getByRole('button', { name: 'New user' }).first().click();
  await page.getByRole('dialog').getByLabel('Name').fill('Ada Lovelace');
  await page.getByRole('button', { name: 'Create user' }).click();
  await page.getByRole('heading', { name: 'Ada Lovelace' }).waitFor();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.waitForURL('**/ui/login');
  page.blameless();
  await page.context().close();
});

test('who may not is told so, and stays outside', async () => {
  const page = await walk('eve');
  await page.waitForURL(`${stage.url}/ui/login?refused=forbidden`);
  await page.getByText('you may not administer this proxy').waitFor();
  await assertAccessible(page, 'the sign-in page after a refusal');
  await page.goto('/ui/');
  await page.waitForURL('**/ui/login?next=%2Fui%2F');
  await page.context().close();
});
