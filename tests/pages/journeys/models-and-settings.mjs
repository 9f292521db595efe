// Mappings, prices, API tokens, settings, the audit log.
import assert from 'node:assert/strict';

import { admin, day, dialog, inDialog, isGone, key, nav, page, panel, row, stage, toast } from '../journey.mjs';

day('a mapping is made, changed, put out of use and deleted', async () => {
  await page.goto('/ui/models');
  await page.getByRole('button', { name: 'New mapping' }).click();
  await dialog().getByLabel('Claude model').fill('claude-novel-9');
  await dialog().getByLabel('Bedrock model').fill('global.anthropic.claude-novel-9');
  await inDialog('Create mapping').click();
  await row('Claude Novel 9').getByRole('button', { name: 'Edit' }).click();
  await dialog().getByLabel('Description').fill('not yet there');
  await inDialog('Save').click();
  await row('not yet there').getByRole('button', { name: 'Deactivate' }).click();
  await row('Claude Novel 9').getByText('Inactive').waitFor();
  await row('Claude Novel 9').getByRole('button', { name: 'Delete' }).click();
  await inDialog('Delete mapping').click();
  await isGone(row('Claude Novel 9'));
  await page.getByLabel('Provider').selectOption('plan');
  await page.getByRole('button', { name: 'Read again' }).click();
  await toast('The prices were read again');
  page.blameless();
});

day('an API token is shown once, works, and is deleted', async () => {
  await page.goto('/ui/settings');
  await page.getByRole('button', { name: 'New token' }).click();
  await dialog().getByLabel('Name').fill('nightly report');
  await inDialog('Create token').click();
  const token = await dialog().locator('pre').first().innerText();
  assert.match(token, /^cct_[\w-]{43}$/);
  await dialog().getByLabel('I have saved it').check();
  await dialog().locator('footer').getByRole('button', { name: 'Close' }).click();
  const answer = await fetch(`${stage.url}/admin/users`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 200);
  await page.getByRole('button', { name: 'Delete the token nightly report' }).click();
  await inDialog('Delete token').click();
  await page.getByText('No API tokens').waitFor();
});

day('settings are shown and searched, secrets only as set', async () => {
  await page.getByRole('searchbox', { name: 'Search settings' }).fill('key-hasher');
  await row('key_hasher_secret_previous').waitFor();
  await row('key_hasher_secret').first().getByText('Secret, set').waitFor();
  assert.equal(await panel('Settings').getByRole('row').count(), 3);
});

day('the audit log tells it all, without a secret', async () => {
  await nav('Audit');
  for (const deed of ['access key rotated', 'access key revoked', 'circuit reset', 'token deleted']) await row(deed).first().waitFor();
  await row('access key revoked').first().getByText(key.slice(0, 9)).waitFor();
  await row('access key revoked').first().getByRole('link', { name: 'Ada Lovelace' }).waitFor();
  const content = await page.content();
  for (const secret of [stage.bedrock_key, 'ABSK-another', stage.password, key]) assert.ok(!content.includes(secret));
});
