// A user, a key and its Bedrock credential.
import assert from 'node:assert/strict';

import { admin, day, dialog, inDialog, isGone, keep, key, page, panel, PUBLIC, row, stage, user } from '../journey.mjs';

day('a user is created with a budget', async () => {
  await page.goto('/ui/users');
  await page.getByText('No users yet').waitFor();
  await page.getByRole('button', { name: 'New user' }).first().click();
  assert.ok(await inDialog('Create user').isDisabled());
  await dialog().getByLabel('Name').fill('Ada <b>Lovelace</b>');
  await dialog().getByLabel('Description').fill('Analytical engines');
  await dialog().getByLabel('Unlimited').uncheck();
  await dialog().getByLabel('Monthly budget in USD').fill('a lot');
  await inDialog('Create user').click();
  await dialog().getByText('An amount from 0.01').waitFor();
  await dialog().getByLabel('Monthly budget in USD').fill('50');
  await inDialog('Create user').click();
  await page.waitForURL('**/ui/users/*-*');
  await page.getByRole('heading', { name: 'Ada <b>Lovelace</b>' }).waitFor();
  await panel('Budget').getByText('of $50.00').waitFor();
  keep({ user: (await admin.call('GET', '/users'))[0] });
  assert.equal(user.monthly_budget_usd, '50.000000');
  page.blameless();
});

day('the profile is edited', async () => {
  await panel('Profile').getByRole('button', { name: 'Edit' }).click();
  await dialog().getByLabel('Name').fill('Ada Lovelace');
  await inDialog('Save').click();
  await page.getByRole('heading', { name: 'Ada Lovelace' }).waitFor();
  assert.equal((await admin.call('GET', `/users/${user.id}`)).name, 'Ada Lovelace');
});

day('Bedrock alone is refused with the reason while there is no key', async () => {
  page.expected.add('400');
  await page.getByLabel('Bedrock only').click();
  await panel('Routing').getByText('needs an access key first').waitFor();
  assert.ok(await page.getByLabel('Plan first').isChecked());
  page.expected.delete('400');
});

day('a key is shown once, with what is handed over, until it is said to be saved', async () => {
  await page.getByRole('button', { name: 'Issue key' }).click();
  await dialog().getByLabel('Bedrock region').fill('eu-west-1');
  await inDialog('Issue key').click();
  await page.getByText('This key is shown only now.').waitFor();
  keep({ key: await dialog().locator('pre').first().innerText() });
  assert.match(key, /^ak_[\w-]{43}$/);
  const clipboard = async (label) => {
    await dialog().getByRole('button', { name: `Copy: ${label}` }).click();
    await dialog().getByText('Copied').first().waitFor();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  assert.equal(await clipboard('Access key'), key);
  assert.equal(await clipboard('For the shell'), `export ANTHROPIC_BASE_URL=${PUBLIC}/ak/${key}`);
  assert.deepEqual(JSON.parse(await clipboard('For settings.json of Claude Code')), { env: { ANTHROPIC_BASE_URL: `${PUBLIC}/ak/${key}` } });
  assert.equal(await clipboard('With the key in a header, out of every URL'),
    `export ANTHROPIC_BASE_URL=${PUBLIC}\nexport ANTHROPIC_CUSTOM_HEADERS="x-ccproxy-key: ${key}"`);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  const end = dialog().locator('footer').getByRole('button', { name: 'Close' });
  assert.ok(await end.isDisabled() && await dialog().isVisible());
  await dialog().getByLabel('I have saved it').check();
  await end.click();
  await isGone(dialog());
  await row(`${key.slice(0, 9)}…`).getByText('eu-west-1').waitFor();
  assert.ok(!(await page.content()).includes(key));
});

day('a Bedrock credential is registered, tried, and never shown again', async () => {
  await page.getByRole('button', { name: /Register a Bedrock credential/ }).click();
  await dialog().getByLabel('Bedrock API key').fill(stage.bedrock_key);
  await inDialog('Register').click();
  await page.getByRole('button', { name: /credential of .*: registered/ }).click();
  assert.ok(!(await page.content()).includes(stage.bedrock_key));
  await inDialog('Test').click();
  await dialog().getByText(/Bedrock answered in \d+ ms\./).waitFor();
  await dialog().locator('footer').getByRole('button', { name: 'Close' }).click();
  page.blameless();
});
