import { get, linkTo, list } from './api.js';
import { go, keepInAddress } from './app.js';
import { debounce, h, icon, replace } from './dom.js';
import { duration, exact, modelName, words } from './format.js';
import { sessionPanel } from './session-tree.js';
import {
  badge, empty, fill, number, pager, searchBox, segments, select, table, tokens, usd, when,
} from './widgets.js';

const LIMIT = 50;
const STATUS = [['', 'All outcomes'], ['complete', 'Complete'], ['incomplete', 'Incomplete'], ['aborted', 'Aborted'], ['error', 'Error']];
const PERIODS = [['day', 'Today'], ['week', 'This week'], ['month', 'This month']];
const PROVIDERS = [['', 'Plan and Bedrock'], ['plan', 'Plan'], ['bedrock', 'Bedrock']];
const FILTERS = ['user_id', 'status', 'model', 'provider', 'session_id'];
const REQUEST_ID = /^req_[0-9a-f]{24}$/;

function outcome(row) {
  return [badge(row.status),
    row.status === 'error' && h('div', { class: 'sub' }, [row.http_status || '', words(row.error_type)].join(' '))];
}

function answeredBy(row) {
  return [badge(row.provider), row.is_fallback && h('div', { class: 'sub' }, words(row.fallback_reason))];
}

function tokensOf(row) {
  const written = row.cache_write_5m_tokens + row.cache_write_1h_tokens;
  const cached = row.cache_read_tokens + written;
  const title = [['input', row.input_tokens], ['output', row.output_tokens], ['cache write', written], ['cache read', row.cache_read_tokens]]
    .map(([name, value]) => `${exact(value)} ${name}`).join(', ');
  return h('span', { title }, tokens(row.total_tokens), cached > 0 && h('span', { class: 'muted small' }, ' +', tokens(cached), ' cached'),
    row.estimated && h('span', { class: 'muted small', title: 'Partly estimated: the answer broke off' }, ' ≈'));
}

export const REQUEST_COLUMNS = [
  ['When', (row) => [when(row.created_at), h('div', { class: 'sub' }, h('a', { href: `/ui/requests/${row.request_id}`, class: 'mono', title: row.request_id }, `${row.request_id.slice(0, 12)}…`))]],
  ['User', (row) => h('a', { href: `/ui/users/${row.user_id}` }, row.user_name ?? `${row.user_id.slice(0, 8)}…`)],
  ['Model', (row) => h('span', { title: row.served_model || row.model }, modelName(row.model))],
  ['Answered by', answeredBy],
  ['Outcome', outcome],
  ['Tokens', tokensOf, { num: true }],
  ['Cost', (row) => usd(row.total_cost_usd), { num: true }],
  ['Time', (row) => h('span', { title: `first byte after ${duration(row.ttft_ms)}, the proxy’s part ${duration(row.overhead_ms)}` }, duration(row.latency_ms)), { num: true }],
];

const SESSION_COLUMNS = [
  ['Last used', (row) => when(row.last_at)],
  ['Session', (row) => h('a', { href: `/ui/requests?session_id=${encodeURIComponent(row.session_id)}`, class: 'mono', title: row.session_id }, row.session_id.length > 20 ? `${row.session_id.slice(0, 18)}…` : row.session_id)],
  ['User', (row) => h('a', { href: `/ui/users/${row.user_id}` }, row.user_name ?? `${row.user_id.slice(0, 8)}…`)],
  ['Agents', (row) => number(row.agents + 1), { num: true }],
  ['Requests', (row) => number(row.total_requests), { num: true }],
  ['Tokens', (row) => tokens(row.total_tokens), { num: true }],
  ['Cost', (row) => usd(row.total_estimated_cost_usd), { num: true }],
];

const LISTS = {
  requests: { path: '/usage/requests', columns: REQUEST_COLUMNS, title: 'Requests', none: 'No requests fit' },
  sessions: { path: '/usage/sessions', columns: SESSION_COLUMNS, title: 'Sessions', none: 'No sessions fit' },
};

function chip(label, remove) {
  return h('span', { class: 'badge accent' }, label,
    h('button', { type: 'button', class: 'chip-end', 'aria-label': 'Remove this filter', onclick: remove }, '×'));
}

export function show({ main, signal, query }) {
  const state = { list: query.get('list') === 'sessions' ? 'sessions' : 'requests', period: query.get('period') || 'week', offset: Number(query.get('offset') ?? 0) };
  for (const name of FILTERS) state[name] = query.get(name) ?? '';
  const body = h('div', { class: 'body flush' });
  const pages = h('footer', {}, h('div', { class: 'pager' }));
  const chosen = h('div', { class: 'row' });
  const download = h('a', { class: 'button', download: 'usage.csv', href: '' }, icon('download'), 'Export CSV');
  const session = h('div', { hidden: true });
  const ofRequests = [
    searchBox('Request id or model', state.model, debounce(300, (text) => (REQUEST_ID.test(text) ? go(`/ui/requests/${text}`) : update({ model: text })))),
    select(STATUS, state.status, (status) => update({ status }), { 'aria-label': 'Outcome' }),
  ];
  let shownSession;

  // A list of sessions knows fewer filters.
  const asked = () => ({
    period: state.period, user_id: state.user_id, provider: state.provider,
    ...(state.list === 'requests' && { status: state.status, model: state.model, session_id: state.session_id }),
  });
  function update(change) {
    Object.assign(state, { offset: 0 }, change);
    keepInAddress({ ...asked(), period: state.period === 'week' ? '' : state.period, list: state.list === 'requests' ? '' : state.list, offset: state.offset || '' });
    const { path, columns, title, none } = LISTS[state.list];
    const { period, ...filters } = asked();
    download.href = linkTo('/usage/export.csv', { period, ...filters });
    for (const control of [...ofRequests, download]) control.hidden = state.list !== 'requests';
    showSession();
    showChosen();
    fill(body, signal, () => list(path, { ...asked(), limit: LIMIT, offset: state.offset }, signal), ({ items, total }) => {
      replace(pages, pager(total, LIMIT, state.offset, (offset) => update({ offset })));
      return items.length ? table(title, columns, items) : empty(none, 'Try another range or fewer filters.');
    }, 420);
  }
  function showSession() {
    const wanted = state.list === 'requests' ? state.session_id : '';
    if (wanted === shownSession) return;
    shownSession = wanted;
    session.hidden = !wanted;
    replace(session, wanted && sessionPanel(wanted, signal));
  }
  function showChosen() {
    const label = h('span', {}, `User ${state.user_id.slice(0, 8)}…`);
    replace(chosen, state.user_id && chip(label, () => update({ user_id: '' })),
      state.session_id && state.list === 'requests' && chip('One session', () => update({ session_id: '' })));
    if (state.user_id) get(`/users/${state.user_id}`, undefined, signal).then((user) => (label.textContent = user.name)).catch(() => {});
  }

  replace(main, h('div', { class: 'head' }, h('h1', {}, 'Requests'), download),
    h('div', { class: 'stack in-order' }, session, h('section', { class: 'panel' },
      h('header', {}, segments('List of', [['requests', 'Requests'], ['sessions', 'Sessions']], state.list, (name) => update({ list: name })),
        ofRequests[0],
        select(PERIODS, state.period, (period) => update({ period }), { 'aria-label': 'Range' }), ofRequests[1],
        select(PROVIDERS, state.provider, (provider) => update({ provider }), { 'aria-label': 'Answered by' }), chosen),
      body, pages)));
  update({ offset: state.offset });
}
