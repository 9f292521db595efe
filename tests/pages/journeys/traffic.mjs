// Real traffic, and what the pages show of it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { askPlan, card, day, dialog, isGone, key, nav, page, panel, row, stage, totals, upstreams, user } from '../journey.mjs';
import { ask, settled, until } from '../support.mjs';

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
