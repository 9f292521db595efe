// Budgets, circuits, and what nobody may do.
import assert from 'node:assert/strict';

import { admin, day, dialog, inDialog, isGone, key, nav, page, panel, row, stage, toast, totals, upstreams, user } from '../journey.mjs';
import { ask, until } from '../support.mjs';

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

day('who is nearest to a budget stands first, when asked for', async () => {
  await admin.call('PUT', `/users/${user.id}/budget`, { monthly_budget_usd: '0.02' });
  const idle = await admin.call('POST', '/users', { name: 'Nobody’s robot', monthly_budget_usd: '5.00' });
  await nav('Users');
  const names = page.getByRole('cell').getByRole('link');
  await row('Nobody’s robot').waitFor();
  assert.deepEqual(await names.allInnerTexts(), ['Nobody’s robot', 'Ada Lovelace']);
  await page.getByLabel('Order').selectOption('Nearest to the budget');
  await page.waitForURL('**/ui/users?sort=usage_percentage');
  await until(async () => (await names.allInnerTexts())[0] === 'Ada Lovelace', 'the order');
  await page.reload();
  await until(async () => (await names.allInnerTexts())[0] === 'Ada Lovelace', 'the order of the address');
  await admin.call('DELETE', `/users/${idle.id}`);
  await admin.call('PUT', `/users/${user.id}/budget`, { monthly_budget_usd: null });
});

/** A model on Bedrock refuses a field, and takes the request without it. */
async function refuseField() {
  await upstreams.answer('anthropic', { status: 529, times: 1 });
  await upstreams.answer('bedrock', { status: 400, error: { type: 'ValidationException', message: 'The model returned the following errors: output_config: Extra inputs are not permitted' } });
  const answer = await ask(stage, key, { output_config: { effort: 'low' } });
  assert.equal(answer.provider, 'bedrock', JSON.stringify(answer.body));
}

day('what Bedrock refuses is kept for longer, and forgotten', async () => {
  await upstreams.forget();
  await refuseField();
  await nav('Status');
  await row('output_config').getByText(/^in (59 min|1 h)/).waitFor();
  await row('output_config').getByRole('button', { name: 'Keep' }).click();
  await dialog().getByRole('combobox').selectOption('30 days');
  await inDialog('Save').click();
  await isGone(dialog());
  const [kept] = await admin.call('GET', '/capabilities');
  assert.ok(Date.parse(kept.expires_at) > Date.now() + 29 * 86_400_000, kept.expires_at);
  await row('output_config').getByRole('button', { name: 'Forget' }).click();
  await inDialog('Forget').click();
  await page.getByText('Nothing learned').waitFor();
  assert.deepEqual(await admin.call('GET', '/capabilities'), []);
  page.blameless();
});

day('what nobody may do is refused with a reason', async () => {
  await page.goto('/ui/users/00000000-0000-4000-8000-000000000000');
  await page.getByRole('alert').waitFor();
  await page.goto('/ui/nowhere');
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
});
