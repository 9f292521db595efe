// Every dialog, opened by keyboard alone: named, accessible in each mode, within its width;
// the focus is in it, stays in it, and goes back to what opened it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { MODES, pathsOf, seed } from './seed.mjs';
import { Admin, ask, assertAccessible, assertFits, launch, openPage, screenshot, settled, signIn, startStage, Upstreams } from './support.mjs';

/** For each page: what opens a dialog, and what the dialog is called; then, from inside it, the next. */
const OPENED = {
  dashboard: [
    ['Expand: Tokens: Plan', 'Tokens: Plan'], ['Expand: Tokens: Bedrock', 'Tokens: Bedrock'], ['Expand: Cost: Plan', 'Cost: Plan'],
    ['Expand: Cost: Bedrock', 'Cost: Bedrock'], ['Expand: Requests', 'Requests'], ['Expand: Fallbacks', 'Fallbacks'],
    ['Expand: Models by cost', 'Models by cost'], ['Expand: Top users', 'Top users'], ['Expand: Tokens of the top users', 'Tokens of the top users'],
  ],
  users: [['New user', 'New user'], ['Delete Build farm', 'Delete user']],
  user: [
    ['Edit', 'Edit profile', 0], ['Change', 'Monthly budget'], ['Issue key', 'Issue an access key'],
    ['Edit', 'Edit key', 1], ['Rotate', 'Rotate key'], ['Revoke', 'Revoke key'],
    [/^Bedrock credential of/, 'Bedrock credential'],
    [/^Bedrock credential of/, 'Remove the Bedrock credential', 0, 'Remove'],
    [/^Bedrock credential of/, 'Replace the Bedrock credential', 0, 'Replace'],
    [/^Bedrock credential of/, 'Test the Bedrock credential', 0, 'Test'],
    ['Deactivate', 'Deactivate user'], ['Delete', 'Delete user'],
  ],
  models: [['New mapping', 'New mapping'], ['Edit', 'Edit mapping', 0], ['Delete', 'Delete mapping', 0]],
  status: [['Keep', 'Keep what was learned'], ['Forget', 'Forget']],
  settings: [
    ['Sign out everywhere', 'Sign out everywhere'], ['New token', 'New API token'], [/^Delete the token/, 'Delete token'],
  ],
};

let stage;
let browser;
let seeded;

/** A model on Bedrock refuses a field, which the status page then tells of. */
async function refuseField(upstreams) {
  await upstreams.forget();
  await upstreams.answer('anthropic', { status: 529, times: 1 });
  await upstreams.answer('bedrock', { status: 400, error: { type: 'ValidationException', message: 'The model returned the following errors: output_config: Extra inputs are not permitted' } });
  assert.equal((await ask(stage, seeded.key, { output_config: { effort: 'low' } })).provider, 'bedrock');
}

before(async () => {
  stage = await startStage();
  browser = await launch();
  const upstreams = new Upstreams(stage);
  seeded = await seed(stage, new Admin(stage), upstreams);
  await refuseField(upstreams);
});

after(async () => {
  await browser?.close();
  await stage?.stop();
});

const hasFocus = (locator) => locator.evaluate((one) => one.contains(document.activeElement));

/** Tab goes round in the dialog, and through the browser's own controls, but not behind it. */
async function assertKeepsFocus(page, dialog, what) {
  const seen = new Set();
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab');
    const where = await dialog.evaluate((one) => (one.contains(document.activeElement) ? document.activeElement.outerHTML : document.activeElement === document.body ? '' : 'behind'));
    assert.notEqual(where, 'behind', `${what} keeps the focus`);
    seen.add(where);
  }
  assert.ok(seen.size > 1, `${what} has something to go to`);
}

async function openByKeyboard(page, [opener, title, nth = 0, inside]) {
  const button = page.locator('main').getByRole('button', { name: opener, exact: typeof opener === 'string' }).nth(nth);
  await button.focus();
  await page.keyboard.press('Enter');
  if (inside) {
    await page.getByRole('dialog').getByRole('button', { name: inside, exact: true }).focus();
    await page.keyboard.press('Enter');
  }
  const dialog = page.getByRole('dialog', { name: title, exact: true });
  await dialog.waitFor();
  return { button, dialog };
}

// Dark differs in its colours alone, which every page shows too.
for (const mode of process.env.CCPROXY_PAGES_LONG ? ['light', 'phone', 'dark'] : ['light', 'phone']) {
  const options = MODES[mode];
  test(`every dialog: ${mode}`, async (t) => {
    const page = await openPage(browser, stage, options);
    page.expected.add('401');
    await signIn(page, stage);
    for (const [name, dialogs] of Object.entries(OPENED)) {
      await page.goto(pathsOf(seeded)[name]);
      await settled(page);
      for (const entry of dialogs) {
        await t.test(`${name}: ${entry[1]}`, async () => {
          const { button, dialog } = await openByKeyboard(page, entry);
          await settled(page);
          assert.ok(await hasFocus(dialog), 'the focus is in it');
          await assertAccessible(page, entry[1]);
          await assertFits(page, entry[1]);
          if (mode === 'light') await assertKeepsFocus(page, dialog, entry[1]);
          await page.keyboard.press('Escape');
          await dialog.waitFor({ state: 'detached' });
          assert.ok(await hasFocus(button), 'the focus is back where it was');
          page.blameless();
        });
      }
    }
    await page.context().close();
  });
}

test('a new key stays until it was saved, whatever is pressed', async () => {
  const page = await openPage(browser, stage, MODES.light);
  page.expected.add('401');
  await signIn(page, stage);
  await page.goto(pathsOf(seeded).user);
  await settled(page);
  await openByKeyboard(page, ['Issue key', 'Issue an access key']);
  await page.getByRole('dialog').getByRole('button', { name: 'Issue key' }).click();
  await page.getByText('This key is shown only now.').waitFor();
  await assertAccessible(page, 'new key');
  await screenshot(page, 'new-key-light');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  assert.ok(await page.getByText('This key is shown only now.').isVisible());
  await page.getByLabel('I have saved it').check();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.context().close();
});
