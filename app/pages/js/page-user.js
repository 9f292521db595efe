import { call, get, list } from './api.js';
import { go } from './app.js';
import { h, replace } from './dom.js';
import { absolute, day, modelName } from './format.js';
import { keysPanel } from './keys.js';
import { budgetFields, confirmDelete, ROUTING } from './page-users.js';
import { RANGES, total } from './usage.js';
import {
  badge, budgetBar, button, card, confirmDeed, empty, field, fill, notice, number, openForm, panel, segments, select,
  table, toast, tokens, usd, when, windowBar, zoneName,
} from './widgets.js';

/* ---- profile ---- */

function openProfile(user, changed) {
  const name = h('input', { type: 'text', maxlength: 255, value: user.name, autocomplete: 'off' });
  const description = h('input', { type: 'text', maxlength: 1024, value: user.description ?? '', autocomplete: 'off' });
  openForm('Edit profile', [field('Name', name), field('Description', description)], {
    ready: () => name.value.trim() !== '',
    submit: async () => {
      const body = { name: name.value.trim(), description: description.value.trim() || null };
      changed((await call('PATCH', `/users/${user.id}`, { body })).data);
      toast('The profile was saved');
    },
  });
}

function profilePanel(user, changed) {
  return panel('Profile', button('Edit', () => openProfile(user, changed), { class: 'tiny' }),
    h('div', { class: 'body' }, h('dl', { class: 'facts' },
      h('dt', {}, 'Name'), h('dd', {}, user.name),
      h('dt', {}, 'Description'), h('dd', {}, user.description ?? h('span', { class: 'muted' }, 'None')),
      h('dt', {}, 'Status'), h('dd', {}, badge(user.status)),
      h('dt', {}, 'Created'), h('dd', {}, when(user.created_at)),
      h('dt', {}, 'Updated'), h('dd', {}, when(user.updated_at)))));
}

/* ---- routing ---- */

const WHY_NOT = {
  NO_ACCESS_KEYS: 'Bedrock alone needs an access key first. Issue one below.',
  MISSING_BEDROCK_KEYS: 'Bedrock alone needs a usable Bedrock credential for every key. Register what is missing below.',
};

const ROUTES = [
  ['plan_first', 'The developer’s own plan answers; Bedrock when the plan is limited or failing.'],
  ['bedrock_only', 'Every request goes to Bedrock. Needs a Bedrock credential for each key.'],
];

function routingPanel(user, changed) {
  const trouble = h('div', {});
  const choices = ROUTES.map(([value, text]) => h('label', { class: 'check' },
    h('input', { type: 'radio', name: 'routing', value, checked: user.routing_strategy === value,
      disabled: user.status !== 'active', onchange: () => choose(value) }),
    h('span', {}, h('span', { class: 'strong' }, ROUTING[value]), h('br'), h('span', { class: 'muted small' }, text))));

  async function choose(routing_strategy) {
    replace(trouble);
    try {
      changed((await call('PUT', `/users/${user.id}/routing-strategy`, { body: { routing_strategy } })).data);
      toast(`Routing is ${ROUTING[routing_strategy]} now`);
    } catch (error) {
      replace(trouble, notice('bad', WHY_NOT[error.code] ?? error.message));
      for (const choice of choices) {
        const input = choice.querySelector('input');
        input.checked = input.value === user.routing_strategy;
      }
    }
  }

  return panel('Routing', null, h('div', { class: 'body' },
    h('fieldset', { class: 'stack' }, h('legend', { class: 'visually-hidden' }, 'Routing'), choices, trouble)));
}

/* ---- budget ---- */

function openBudget(user, changed) {
  const budget = budgetFields(user.monthly_budget_usd);
  openForm('Monthly budget', budget.element, {
    submit: async () => {
      await call('PUT', `/users/${user.id}/budget`, { body: { monthly_budget_usd: budget.read() } });
      changed(await get(`/users/${user.id}`));
      toast('The budget was saved');
    },
  });
}

function budgetPanel(user, signal, changed) {
  const body = h('div', { class: 'body' });
  fill(body, signal, () => get(`/users/${user.id}/budget`, undefined, signal), (budget) => [
    budgetBar({ ...user, ...budget }),
    h('dl', { class: 'facts', style: { marginTop: '12px' } },
      h('dt', {}, 'Limit'), h('dd', {}, budget.monthly_budget_usd === null ? 'Unlimited' : usd(budget.monthly_budget_usd)),
      h('dt', {}, 'Used'), h('dd', {}, usd(budget.current_usage_usd)),
      h('dt', {}, 'Remaining'), h('dd', {}, budget.remaining_usd === null ? 'Unlimited' : usd(budget.remaining_usd)),
      h('dt', {}, 'Period'), h('dd', { title: `${absolute(budget.period_start, zoneName())} – ${absolute(budget.period_end, zoneName())}` },
        `${day(budget.period_start, zoneName())} – ${day(new Date(budget.period_end).getTime() - 1, zoneName())}`)),
  ], 150);
  return panel('Budget', button('Change', () => openBudget(user, changed), { class: 'tiny' }), body);
}

/* ---- usage ---- */

function providerUsage(title, kind, usage) {
  const rows = usage.cost_breakdown;
  return h('div', { class: 'stack' },
    h('h3', { class: 'row' }, h('span', { class: `swatch ${kind}` }), title),
    h('dl', { class: 'cards' },
      card('Cost', usd(total(usage, 'cost')), kind === 'plan' ? 'at list prices' : 'of the budget'),
      card('Tokens', tokens(total(usage, 'tokens')), 'input and output'),
      card('Requests', number(total(usage, 'requests')), total(usage, 'errors') ? `${total(usage, 'errors')} errors` : 'no errors')),
    rows.length === 0
      ? empty('Nothing in this range', 'No request was answered here.')
      : table(`${title} by model`, [
        ['Model', (row) => h('span', { title: row.model_id }, modelName(row.model_id)), { wide: true }],
        ['Requests', (row) => number(row.requests), { num: true }],
        ['Cost', (row) => usd(row.total_cost_usd), { num: true }],
      ], rows));
}

function usagePanel(user, signal) {
  const body = h('div', { class: 'body' });
  const keyPlace = h('span', {});
  const state = { period: 'month', key: '' };
  const load = () => Promise.all(['plan', 'bedrock'].map((provider) => get('/usage', {
    user_id: user.id, access_key_id: state.key, provider, period: state.period, bucket_type: 'day',
  }, signal)));
  const update = (change) => {
    Object.assign(state, change);
    fill(body, signal, load, ([plan, bedrock]) => h('div', { class: 'grid-2' },
      providerUsage('Plan', 'plan', plan), providerUsage('Bedrock', 'bedrock', bedrock)), 240);
  };
  update({});
  list(`/users/${user.id}/access-keys`, { limit: 500 }, signal).then(({ items }) => replace(keyPlace,
    select([['', 'All keys'], ...items.map((key) => [key.id, `${key.key_prefix}…`])], '', (key) => update({ key }), { 'aria-label': 'Access key' })))
    .catch(() => {});
  return panel('Usage', h('div', { class: 'row' }, keyPlace,
    segments('Range', RANGES.slice(0, 3), 'month', (period) => update({ period }), 'tiny')), body);
}

/* ---- plan windows ---- */

function windowsPanel(user, signal) {
  const body = h('div', { class: 'body' });
  fill(body, signal, async () => (await list('/plan-windows', { limit: 500 }, signal)).items, (all) => {
    const rows = all.filter((row) => row.user_id === user.id);
    if (rows.length === 0) return empty('Nothing seen yet', 'The plan tells of its windows with each answer; they are kept until the proxy restarts.');
    return h('div', { class: 'stack' }, rows.map((row) => h('div', { class: 'stack', style: { gap: '8px' } },
      h('div', { class: 'spread' }, h('code', {}, `${row.key_prefix ?? ''}…`),
        row.status && badge(row.status)),
      windowBar('5 hours', row.five_hour), windowBar('7 days', row.seven_day))));
  }, 90);
  return panel('Plan windows', null, body);
}

/* ---- the page ---- */

function openDeactivate(user, changed) {
  confirmDeed('Deactivate user', [
    'All access keys of ', h('strong', {}, user.name), ' are revoked at once, and their Bedrock credentials are deleted. A deactivated user can’t be activated again.',
  ], {
    label: 'Deactivate',
    submit: async () => {
      changed((await call('POST', `/users/${user.id}/deactivate`)).data);
      toast(`${user.name} was deactivated`);
    },
  });
}

function pageOf(user, signal, changed) {
  return [
    h('div', { class: 'head' },
      h('div', {}, h('nav', { class: 'crumbs', 'aria-label': 'Breadcrumb' }, h('a', { href: '/ui/users' }, 'Users')),
        h('h1', { class: 'row' }, user.name, badge(user.status))),
      h('a', { class: 'button', href: `/ui/requests?user_id=${user.id}` }, 'Requests'),
      user.status === 'active' && button('Deactivate', () => openDeactivate(user, changed)),
      button('Delete', () => confirmDelete(user, () => go('/ui/users')), { class: 'danger' })),
    h('div', { class: 'stack in-order' },
      h('div', { class: 'grid-3 in-order' }, profilePanel(user, changed), budgetPanel(user, signal, changed), routingPanel(user, changed)),
      keysPanel(user, signal, changed),
      usagePanel(user, signal),
      windowsPanel(user, signal)),
  ];
}

export function show({ main, signal, argument }) {
  const place = h('div', {});
  const changed = (user) => {
    if (signal.aborted) return;
    document.title = `${user.name} – ClaudeCodeProxy`;
    replace(place, pageOf(user, signal, changed));
  };
  replace(main, place);
  fill(place, signal, () => get(`/users/${encodeURIComponent(argument)}`, undefined, signal), (user) => {
    document.title = `${user.name} – ClaudeCodeProxy`;
    return pageOf(user, signal, changed);
  }, 420);
}
