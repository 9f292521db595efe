// What the journeys of an administrator share: the programs, a browser, and words for what
// is done in it. The tests go on from each other, as the days do.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Admin, ask, launch, openPage, startStage, Upstreams } from './support.mjs';

/** Told to developers in place of the address that the pages are used at. */
export const PUBLIC = 'http://proxy.example.com';

export let stage;
export let upstreams;
export let admin;
export let browser;
export let page;
export let key;
export let user;

/** What later tests go on with. */
export function keep(found) {
  ({ key = key, user = user } = found);
}

before(async () => {
  stage = await startStage({ rejected_keys_per_minute: 10_000, public_url: PUBLIC });
  upstreams = new Upstreams(stage);
  admin = new Admin(stage);
  browser = await launch();
  page = await openPage(browser, stage);
});

after(async () => {
  await browser?.close();
  await stage?.stop();
});

let hasFailed = false;

/** One that those behind it stand on: without it they would only wait in vain. */
export function day(title, act) {
  test(title, async (context) => {
    if (hasFailed) return context.skip('an earlier one failed');
    hasFailed = true;
    await act();
    hasFailed = false;
  });
}

export const dialog = () => page.getByRole('dialog');
export const nav = (name) => page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
export const inDialog = (name) => dialog().getByRole('button', { name, exact: true });
export const row = (text) => page.getByRole('row').filter({ hasText: text });
export const panel = (title) => page.locator('section.panel').filter({ has: page.getByRole('heading', { name: title, exact: true }) });
export const isGone = (locator) => locator.waitFor({ state: 'detached' });
export const toast = (text) => page.getByRole('status').getByText(text).first().waitFor();

export async function card(title) {
  const found = page.locator('.card').filter({ has: page.locator('dt', { hasText: new RegExp(`^${title}$`) }) });
  return { title: await found.locator('.value [title]').first().getAttribute('title'), note: await found.locator('.note').innerText() };
}

/** Asks so many times, and the plan answers with these counts. */
export async function askPlan(count, usage, more) {
  for (let i = 0; i < count; i++) {
    await upstreams.answer('anthropic', { content: [{ type: 'text', text: 'yes' }], usage });
    const answer = await ask(stage, key, more);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  }
}

export async function totals(provider) {
  return admin.call('GET', `/usage?user_id=${user.id}&provider=${provider}&period=day&bucket_type=day`);
}
