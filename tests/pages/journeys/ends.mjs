// The end of a user, long lists, the keyboard, the theme.
import assert from 'node:assert/strict';

import { admin, day, dialog, inDialog, isGone, nav, page, user } from '../journey.mjs';
import { settled } from '../support.mjs';

day('a user is deactivated and then deleted, by writing the name out', async () => {
  await page.goto(`/ui/users/${user.id}`);
  await page.getByRole('button', { name: 'Deactivate' }).click();
  await inDialog('Deactivate').click();
  await page.getByRole('heading', { name: 'Ada Lovelace' }).getByText('Inactive').waitFor();
  await nav('Users');
  await page.getByRole('button', { name: 'Delete Ada Lovelace' }).click();
  assert.ok(await inDialog('Delete user').isDisabled());
  await dialog().getByLabel(/to confirm/).fill('Ada Lovelace');
  await inDialog('Delete user').click();
  await page.getByText('No users yet').waitFor();
  page.blameless();
});

day('the list of users is searched and paged by the proxy', async () => {
  for (let i = 0; i < 53; i++) await admin.call('POST', '/users', { name: `developer ${i}` });
  await page.goto('/ui/users');
  await page.getByText('1–50 of 53').waitFor();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('51–53 of 53').waitFor();
  await page.getByRole('searchbox').fill('developer 52');
  await page.waitForURL('**/ui/users?q=developer+52');
  await page.getByText('1 entry').waitFor();
  await page.getByRole('searchbox').fill('nobody of that name');
  await page.getByText('Nobody fits').waitFor();
});

day('everything is reached with the keyboard alone', async () => {
  await page.goto('/ui/users');
  await settled(page);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
  await page.keyboard.press('Enter');
  const seen = [];
  for (let i = 0; i < 5; i++) {
    await page.keyboard.press('Tab');
    seen.push(await page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent));
  }
  assert.deepEqual(seen.slice(0, 3), ['New user', 'Search users', 'Status']);
  await page.getByRole('button', { name: 'New user' }).focus();
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'INPUT');
  await page.keyboard.type('Grace Hopper');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Grace Hopper' }).waitFor();
  await page.getByRole('button', { name: 'Delete' }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await isGone(dialog());
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Delete');
});

day('the theme is chosen and kept', async () => {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await background();
  await page.getByRole('button', { name: 'Theme: as the system' }).click();
  const light = await background();
  assert.notEqual(light, dark);
  await page.reload();
  assert.equal(await background(), light);
  await page.getByRole('button', { name: 'Theme: light' }).click();
  await page.emulateMedia({ colorScheme: 'light' });
  assert.equal(await background(), dark);
  await page.getByRole('button', { name: 'Theme: dark' }).click();
});
