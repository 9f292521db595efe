// Signing in, and what keeps strangers out.
import assert from 'node:assert/strict';

import { card, day, page, stage } from '../journey.mjs';
import { settled, signIn } from '../support.mjs';

day('a stranger is led to the sign-in page, and is told when the password is wrong', async () => {
  page.expected.add('401');
  await page.goto('/');
  await page.waitForURL('**/ui/login?next=%2Fui%2F');
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel('Password').fill('not the password');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('Invalid credentials', { exact: true }).waitFor();
  page.blameless();
});

day('network trouble is told from a wrong password', async () => {
  page.expected.add('net::ERR_FAILED');
  await page.route('**/admin/auth/login', (route) => route.abort());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').getByText('can’t be reached').waitFor();
  await page.unroute('**/admin/auth/login');
});

day('who fails too often is locked out for a while, and told for how long', async () => {
  page.expected.add('429');
  await page.getByLabel('User name').fill('mallory');
  for (let i = 0; i < 6; i++) {
    const answered = page.waitForResponse('**/admin/auth/login');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await answered;
  }
  await page.getByRole('alert').getByText(/Too many failed sign-ins\. Try again in \d+ min\./).waitFor();
});

day('the administrator signs in, and the empty dashboard says what it is', async () => {
  await signIn(page, stage);
  await settled(page);
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
  assert.equal((await card('Requests')).title, '0');
  await page.getByText('Everything is healthy.').waitFor();
  assert.ok(await page.getByText('Nothing in this range').count() >= 5);
  page.blameless();
});

day('the policy of every page forbids what is not ours', async () => {
  const answer = await page.goto('/ui/');
  const policy = (await answer.allHeaders())['content-security-policy'];
  assert.match(policy, /^default-src 'self';/);
  assert.match(policy, /require-trusted-types-for 'script'/);
  assert.doesNotMatch(policy, /unsafe|\*|data:|https?:/);
  const verdict = await page.evaluate(() => {
    const blocked = [];
    document.addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));
    try {
      document.body.innerHTML = '<b>markup</b>';
    } catch (error) {
      return [error.name, blocked];
    }
    return 'markup was let in';
  });
  assert.equal(verdict[0], 'TypeError');
  assert.match(page.forgive().join(), /TrustedHTML/);
});

day('a session that has ended leads to the sign-in page and back', async () => {
  const cookies = await page.context().cookies(`${stage.url}/admin`);
  assert.deepEqual(cookies.map(({ name, httpOnly, sameSite, path }) => [name, httpOnly, sameSite, path]), [['ccproxy_session', true, 'Strict', '/admin']]);
  await page.context().clearCookies();
  page.expected.add('401');
  await page.goto('/ui/users?status=active');
  await page.waitForURL('**/ui/login?next=%2Fui%2Fusers%3Fstatus%3Dactive');
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel('Password').fill(stage.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/ui/users?status=active');
  page.expected.delete('401');
});
