// Sessions of administrators: another one is ended, one's own, all of them.
import assert from 'node:assert/strict';

import { browser, day, dialog, inDialog, page, panel, stage, toast } from '../journey.mjs';
import { openPage, settled, signIn } from '../support.mjs';

day('the session of another browser is ended, which then asks for the password', async () => {
  const other = await openPage(browser, stage);
  other.expected.add('401');
  await signIn(other, stage);
  await page.goto('/ui/settings');
  await settled(page);
  const sessions = panel('Sessions').locator('tbody tr');
  const before = await sessions.count();
  // The newest stands first, and one's own can't be ended here.
  await sessions.first().getByRole('button', { name: /^End the session of admin from 127/ }).click();
  await toast('The session has ended');
  await settled(page);
  assert.equal(await sessions.count(), before - 1);
  assert.equal(await sessions.filter({ hasText: 'This one' }).getByRole('button').count(), 0);
  await other.goto('/ui/users');
  await other.waitForURL('**/ui/login?next=%2Fui%2Fusers');
  await other.context().close();
  page.blameless();
});

day('signing out ends the session for good', async () => {
  const cookies = await page.context().cookies(`${stage.url}/admin`);
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.waitForURL('**/ui/login');
  const answer = await fetch(`${stage.url}/admin/auth/me`, { headers: { cookie: `ccproxy_session=${cookies[0].value}` } });
  assert.equal(answer.status, 401);
});

day('signing out everywhere ends all sessions, one’s own among them', async () => {
  const other = await openPage(browser, stage);
  for (const one of [page, other]) {
    one.expected.add('401');
    await signIn(one, stage);
  }
  await page.goto('/ui/settings');
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await dialog().getByText('you among them').waitFor();
  await inDialog('Sign out everywhere').click();
  await page.waitForURL('**/ui/login');
  for (const one of [page, other]) {
    await one.goto('/ui/settings');
    await one.waitForURL('**/ui/login?next=%2Fui%2Fsettings');
  }
  await other.context().close();
  page.blameless();
});
