// A key from its rotation to its end.
import assert from 'node:assert/strict';

import { admin, browser, day, dialog, inDialog, keep, key, page, row, stage, toast, user } from '../journey.mjs';
import { ask, openPage } from '../support.mjs';

day('a key is rotated, and the old one works for its grace', async () => {
  await page.goto(`/ui/users/${user.id}`);
  await row(key.slice(0, 9)).getByRole('button', { name: 'Rotate' }).click();
  await dialog().getByLabel('Grace time').selectOption('3600');
  await inDialog('Rotate').click();
  await page.getByText('This key is shown only now.').waitFor();
  const fresh = await dialog().locator('pre').first().innerText();
  await dialog().getByLabel('I have saved it').check();
  await dialog().locator('footer').getByRole('button', { name: 'Close' }).click();
  await row(key.slice(0, 9)).getByText('Rotating').waitFor();
  await row(key.slice(0, 9)).getByText(/ends in/).waitFor();
  await row(fresh.slice(0, 9)).getByText('Registered').waitFor();
  for (const one of [key, fresh]) assert.equal((await ask(stage, one)).status, 200);
  keep({ key: fresh });
});

day('region and model of a key are edited', async () => {
  await row(key.slice(0, 9)).getByRole('button', { name: 'Edit' }).click();
  await dialog().getByLabel('Bedrock model').fill('eu.anthropic.claude-sonnet-4-5-20250929-v1:0');
  await inDialog('Save').click();
  await row(key.slice(0, 9)).getByText('Claude Sonnet 4.5').waitFor();
});

day('a key is revoked, and refused from then on', async () => {
  await row(key.slice(0, 9)).getByRole('button', { name: 'Revoke' }).click();
  await inDialog('Revoke key').click();
  await row(key.slice(0, 9)).getByText('Revoked').waitFor();
  assert.equal((await ask(stage, key)).status, 403);
});

day('a credential is replaced and removed', async () => {
  await page.getByRole('button', { name: /credential of .*: registered/ }).click();
  await inDialog('Replace').click();
  await dialog().getByLabel('Bedrock API key').fill('ABSK-another');
  await inDialog('Replace').click();
  await toast('The Bedrock credential is registered');
  await page.getByRole('button', { name: /credential of .*: registered/ }).click();
  await inDialog('Remove').click();
  await inDialog('Remove').click();
  await page.getByRole('button', { name: /Register a Bedrock credential/ }).waitFor();
  page.blameless();
});

day('the owner of a key sees their own month, and the key goes nowhere', async () => {
  const issued = await admin.call('POST', `/users/${user.id}/access-keys`, {});
  const own = await openPage(browser, stage);
  const asked = [];
  own.on('request', (request) => asked.push([new URL(request.url()).pathname, request.headers().referer]));
  await own.goto(`/ak/${issued.raw_key}/usage`);
  await own.getByText('used this month').waitFor();
  await own.getByRole('cell', { name: 'Bedrock' }).waitFor();
  assert.ok(!(await own.content()).includes(issued.raw_key.slice(3)));
  assert.deepEqual([...new Set(asked.map(([path]) => path))], [`/ak/${issued.raw_key}/usage`]);
  assert.ok(asked.every(([, referer]) => !referer));
  own.blameless();
  await own.context().close();
});
