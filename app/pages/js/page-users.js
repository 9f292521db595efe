import { call, list } from './api.js';
import { go, keepInAddress } from './app.js';
import { debounce, h, replace } from './dom.js';
import {
  badge, budgetBar, button, confirmDeed, empty, field, fill, openForm, pager, searchBox, select, table, toast, when,
} from './widgets.js';

const LIMIT = 50;
const STATUS = [['', 'All statuses'], ['active', 'Active'], ['inactive', 'Inactive']];
const ORDERS = [['', 'Newest first'], ['name', 'By name'], ['usage_percentage', 'Nearest to the budget'], ['current_usage_usd', 'Most used']];
export const ROUTING = { plan_first: 'Plan first', bedrock_only: 'Bedrock only' };

/** The amount field, which may be unlimited. */
export function budgetFields(limit) {
  const amount = h('input', { type: 'text', inputmode: 'decimal', placeholder: '50.00', value: limit === null ? '' : Number(limit).toFixed(2), disabled: limit === null });
  const unlimited = h('input', { type: 'checkbox', checked: limit === null, onchange: () => {
    amount.disabled = unlimited.checked;
    if (!unlimited.checked) amount.focus();
  } });
  const whole = field('Monthly budget in USD', amount, 'For Bedrock alone; the plan is never limited.');
  whole.append(h('label', { class: 'check' }, unlimited, 'Unlimited'));
  return {
    element: whole,
    /** The value to send; throws where there is none. */
    read() {
      whole.fail('');
      if (unlimited.checked) return null;
      const text = amount.value.trim().replace(/^\$/, '');
      if (/^\d+(\.\d{1,2})?$/.test(text) && Number(text) >= 0.01 && Number(text) < 1e6) return text;
      whole.fail('An amount from 0.01 to 999999.99.');
      amount.focus();
      throw Object.assign(new Error('The budget is no amount of dollars.'), { status: 0 });
    },
  };
}

function openNewUser() {
  const name = h('input', { type: 'text', maxlength: 255, required: true, autocomplete: 'off' });
  const description = h('input', { type: 'text', maxlength: 1024, autocomplete: 'off' });
  const budget = budgetFields(null);
  openForm('New user', [
    field('Name', name, 'Such as the developer’s name or address.'),
    field('Description', description),
    budget.element,
  ], {
    label: 'Create user',
    ready: () => name.value.trim() !== '',
    submit: async () => {
      const body = { name: name.value.trim(), monthly_budget_usd: budget.read() };
      if (description.value.trim()) body.description = description.value.trim();
      const { data } = await call('POST', '/users', { body });
      toast(`${data.name} was created`);
      setTimeout(() => go(`/ui/users/${data.id}`));
    },
  });
}

export function confirmDelete(user, done) {
  confirmDeed('Delete user', [
    'All access keys of ', h('strong', {}, user.name),
    ' stop working at once, and their Bedrock credentials are deleted. What was used stays in the reports. This can’t be undone.',
  ], {
    label: 'Delete user',
    typed: user.name,
    submit: async () => {
      await call('DELETE', `/users/${user.id}`);
      toast(`${user.name} was deleted`);
      done();
    },
  });
}

const columns = (reload) => [
  ['User', (user) => [
    h('a', { class: 'strong', href: `/ui/users/${user.id}` }, user.name),
    user.description && h('div', { class: 'sub' }, user.description),
  ], { wide: true }],
  ['Status', (user) => badge(user.status)],
  ['Routing', (user) => ROUTING[user.routing_strategy]],
  ['Budget', budgetBar],
  ['Keys', (user) => String(user.active_keys), { num: true }],
  ['Updated', (user) => when(user.updated_at)],
  ['', (user) => h('div', { class: 'actions' },
    button('Delete', () => confirmDelete(user, reload), { class: 'quiet danger tiny', 'aria-label': `Delete ${user.name}` }))],
];

export function show({ main, signal, query }) {
  const state = { q: query.get('q') ?? '', status: query.get('status') ?? '', sort: query.get('sort') ?? '', offset: Number(query.get('offset') ?? 0) };
  const results = h('div', { class: 'body flush' });
  const pages = h('footer', {}, h('div', { class: 'pager' }));
  let latest = 0;

  async function load() {
    const asked = ++latest;
    keepInAddress({ q: state.q, status: state.status, sort: state.sort, offset: state.offset || '' });
    const answer = await list('/users', { q: state.q, status: state.status, sort: state.sort, limit: LIMIT, offset: state.offset }, signal);
    if (asked !== latest) throw new DOMException('A later search took over', 'AbortError');
    return answer;
  }

  function render({ items, total }) {
    replace(pages, pager(total, LIMIT, state.offset, (offset) => update({ offset })));
    if (items.length > 0) return table('Users', columns(() => update({})), items);
    if (state.q || state.status) return empty('Nobody fits', 'Try another name or status.');
    return empty('No users yet', 'A user is a developer, a team or a machine with access keys of its own.',
      button('New user', openNewUser, { class: 'primary', icon: 'plus' }));
  }

  function update(change) {
    Object.assign(state, { offset: 0 }, change);
    fill(results, signal, load, render, 320);
  }

  replace(main,
    h('div', { class: 'head' }, h('h1', {}, 'Users'),
      button('New user', openNewUser, { class: 'primary', icon: 'plus' })),
    h('section', { class: 'panel' },
      h('header', {}, searchBox('Search users', state.q, debounce(250, (q) => update({ q }))),
        select(STATUS, state.status, (status) => update({ status }), { 'aria-label': 'Status' }),
        select(ORDERS, state.sort, (sort) => update({ sort }), { 'aria-label': 'Order' })),
      results, pages));
  update({ offset: state.offset });
}
