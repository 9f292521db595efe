// An administrator's days, from the first sign-in on, in a browser on the built program.
// The tests go on from each other, as the days do.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { Admin, ask, launch, openPage, settled, signIn, startStage, until, Upstreams } from './support.mjs';

/** Told to developers in place of the address that the pages are used at. */
const PUBLIC = 'http://proxy.example.com';

let stage;
let upstreams;
let admin;
let browser;
let page;
let key;
let user;

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
function day(title, act) {
  test(title, async (context) => {
    if (hasFailed) return context.skip('an earlier one failed');
    hasFailed = true;
    await act();
    hasFailed = false;
  });
}

const dialog = () => page.getByRole('dialog');
const nav = (name) => page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
const inDialog = (name) => dialog().getByRole('button', { name, exact: true });
const row = (text) => page.getByRole('row').filter({ hasText: text });
const panel = (title) => page.locator('section.panel').filter({ has: page.getByRole('heading', { name: title, exact: true }) });
const isGone = (locator) => locator.waitFor({ state: 'detached' });
const toast = (text) => page.getByRole('status').getByText(text).first().waitFor();

async function card(title) {
  const found = page.locator('.card').filter({ has: page.locator('dt', { hasText: new RegExp(`^${title}$`) }) });
  return { title: await found.locator('.value [title]').first().getAttribute('title'), note: await found.locator('.note').innerText() };
}

/** Asks so many times, and the plan answers with these counts. */
async function askPlan(count, usage, more) {
  for (let i = 0; i < count; i++) {
    await upstreams.answer('anthropic', { content: [{ type: 'text', text: 'yes' }], usage });
    const answer = await ask(stage, key, more);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  }
}

async function totals(provider) {
  return admin.call('GET', `/usage?user_id=${user.id}&provider=${provider}&period=day&bucket_type=day`);
}

/* ---- signing in ---- */

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

/* ---- users and keys ---- */

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
  [user] = await admin.call('GET', '/users');
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
  key = await dialog().locator('pre').first().innerText();
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

/* ---- traffic and what it shows ---- */

day('the dashboard shows what was asked, to the token', async () => {
  const usage = { input_tokens: 1200, output_tokens: 340, cache_read_tokens: 5000, cache_write_5m_tokens: 700 };
  await askPlan(4, usage, { headers: { 'x-claude-code-session-id': 'the-session' } });
  await upstreams.answer('anthropic', { status: 429, times: 1 });
  await upstreams.answer('bedrock', { content: [{ type: 'text', text: 'from Bedrock' }], usage: { input_tokens: 2000, output_tokens: 100 } });
  const fallen = await ask(stage, key, { headers: { 'x-claude-code-session-id': 'the-session', 'x-claude-code-agent-id': 'helper' } });
  assert.equal(fallen.provider, 'bedrock');
  await until(async () => (await totals('bedrock')).total_requests === 1 && (await totals('plan')).total_requests === 4, 'the rows');

  await nav('Dashboard');
  await page.getByRole('button', { name: 'Day', exact: true }).click();
  await settled(page);
  const [plan, bedrock] = [await totals('plan'), await totals('bedrock')];
  const inOut = 4 * (1200 + 340) + bedrock.total_tokens;
  assert.equal((await card('Requests')).title, '5');
  assert.equal((await card('Total tokens')).title, `${inOut.toLocaleString('en-US')} tokens`);
  assert.equal((await card('Fallbacks')).title, '1 of 5 requests');
  assert.equal((await card('Active users')).title, '1');
  const cost = (Number(plan.total_estimated_cost_usd) + Number(bedrock.total_estimated_cost_usd)).toFixed(6);
  assert.equal((await card('Estimated cost')).title, `$${cost}`);
  await panel('Who answered').getByText('Plan 80 %').waitFor();
  await panel('Top users').getByRole('link', { name: 'Ada Lovelace' }).waitFor();
  await panel('Models by cost').getByText('Claude Sonnet 5.5').first().waitFor();
  assert.match(await panel('Tokens: Plan').getByRole('img').getAttribute('aria-label'), /Input 4,800, Output 1,360, Cache write 2,800, Cache read 20\.0k/);
  page.blameless();
});

day('a chart grows, tells its numbers, and is summed up', async () => {
  await panel('Tokens: Plan').getByRole('button', { name: 'Cumulative' }).click();
  await page.getByRole('button', { name: 'Expand: Tokens: Plan' }).click();
  await dialog().getByRole('cell', { name: '20.0k' }).waitFor();
  await page.keyboard.press('Escape');
  await isGone(dialog());
  await page.getByRole('button', { name: 'Expand: Top users' }).click();
  await dialog().getByRole('cell', { name: 'Ada Lovelace' }).waitFor();
  await page.keyboard.press('Escape');
});

day('the dashboard is filtered, and its address keeps the filters', async () => {
  await page.getByLabel('Answered by').selectOption('bedrock');
  await page.waitForURL('**/ui/?range=day&provider=bedrock');
  await until(async () => (await card('Requests')).title === '1', 'the filter');
  await page.getByRole('button', { name: 'Custom' }).click();
  await page.getByLabel('First day').fill('2020-01-01');
  await page.getByLabel('Last day').fill('2020-01-31');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('1 Jan 2020, 00:00').or(page.getByText('1 Jan, 00:00')).waitFor();
  await until(async () => (await card('Requests')).title === '0', 'the range');
  await page.reload();
  await settled(page);
  assert.equal(await page.getByLabel('First day').inputValue(), '2020-01-01');
  await page.goto('/ui/?range=day');
  await page.getByRole('combobox', { name: 'User' }).fill('Ada Lovelace');
  await page.waitForURL(`**/ui/?range=day&user=${user.id}`);
});

day('a request is found, and its trace says why it went where it went', async () => {
  await nav('Requests');
  await page.getByLabel('Answered by').selectOption('bedrock');
  await row('Bedrock').getByRole('link', { name: /^req_/ }).click();
  await page.getByRole('heading', { name: 'Why it went where it went' }).waitFor();
  await page.locator('.steps > li.bad').getByText('Plan').waitFor();
  await page.locator('.steps > li.good').getByText('Bedrock').first().waitFor();
  const id = await page.locator('.facts code').first().innerText();
  await nav('Requests');
  await page.getByRole('searchbox').fill(id);
  await page.waitForURL(`**/ui/requests/${id}`);
  page.expected.add('404');
  await page.goto(`/ui/requests/req_${'0'.repeat(24)}`);
  await page.getByText('is not known here').waitFor();
  page.blameless();
});

day('the rows are exported as CSV', async () => {
  await page.goto('/ui/requests');
  const started = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Export CSV' }).click();
  const text = await readFile(await (await started).path(), 'utf8');
  assert.match(text.split('\n')[0], /request_id/);
  assert.ok(text.trim().split('\n').length >= 6);
});

day('a session is shown as the tree of its agents', async () => {
  await page.goto('/ui/requests?session_id=the-session');
  const nodes = page.locator('.tree .node');
  await nodes.filter({ hasText: 'helper' }).waitFor();
  assert.match(await nodes.first().innerText(), /5\s+requests/);
  assert.match(await nodes.nth(1).innerText(), /1\s+requests/);
});

/* ---- limits ---- */

day('a budget that is used up is seen, and refuses', async () => {
  await page.goto(`/ui/users/${user.id}`);
  await panel('Budget').getByRole('button', { name: 'Change' }).click();
  await dialog().getByLabel('Monthly budget in USD').fill('0.01');
  await inDialog('Save').click();
  await toast('The budget was saved');
  await upstreams.answer('anthropic', { status: 529, times: 2 });
  await upstreams.answer('bedrock', { content: [{ type: 'text', text: 'dear' }], usage: { input_tokens: 2_000_000, output_tokens: 10 } });
  await ask(stage, key, { max_tokens: 1 });
  await until(async () => (await totals('bedrock')).total_requests === 2, 'the dear row');
  const refused = await ask(stage, key, { max_tokens: 1 });
  assert.ok([429, 529].includes(refused.status), JSON.stringify(refused));
  await page.reload();
  await panel('Budget').locator('.bar.bad').waitFor();
  await nav('Dashboard');
  await panel('Near a limit').getByRole('link', { name: 'Ada Lovelace' }).waitFor();
  await page.goto(`/ui/users/${user.id}`);
  await panel('Budget').getByRole('button', { name: 'Change' }).click();
  await dialog().getByLabel('Unlimited').check();
  await inDialog('Save').click();
  await panel('Budget').getByText('of unlimited').waitFor();
});

day('a circuit that is open is shown, and closed again by hand', async () => {
  await upstreams.answer('anthropic', { status: 500, times: 3 });
  for (let i = 0; i < 3; i++) await ask(stage, key);
  await upstreams.forget();
  await nav('Status');
  await row(key.slice(0, 9)).getByText('Open', { exact: true }).waitFor();
  await row(key.slice(0, 9)).getByRole('button', { name: /^Reset/ }).click();
  await toast('The circuit is closed again');
  await row(key.slice(0, 9)).getByText('Closed', { exact: true }).or(page.getByText('All circuits are closed')).waitFor();
  await upstreams.answer('anthropic', { content: [{ type: 'text', text: 'yes' }] });
  assert.equal((await ask(stage, key)).provider, 'plan');
  await panel('Upstreams').getByText('Reachable').first().waitFor();
  page.blameless();
});

day('what nobody may do is refused with a reason', async () => {
  await page.goto('/ui/users/00000000-0000-4000-8000-000000000000');
  await page.getByRole('alert').waitFor();
  await page.goto('/ui/nowhere');
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
});

/* ---- the life of a key ---- */

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
  key = fresh;
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

/* ---- models, settings, the audit log ---- */

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
  const content = await page.content();
  for (const secret of [stage.bedrock_key, 'ABSK-another', stage.password, key]) assert.ok(!content.includes(secret));
});

/* ---- ends ---- */

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
  await page.getByRole('button', { name: 'Older' }).click();
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

day('signing out ends the session for good', async () => {
  const cookies = await page.context().cookies(`${stage.url}/admin`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('**/ui/login');
  const answer = await fetch(`${stage.url}/admin/auth/me`, { headers: { cookie: `ccproxy_session=${cookies[0].value}` } });
  assert.equal(answer.status, 401);
});
