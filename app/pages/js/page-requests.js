import { get, linkTo, list } from './api.js';
import { go, keepInAddress } from './app.js';
import { debounce, h, replace } from './dom.js';
import { absolute, duration, exact, modelName, words } from './format.js';
import { sessionPanel } from './session-tree.js';
import {
  badge, copyButton, empty, fill, notice, pager, panel, searchBox, select, table, tokens, usd, when, zoneName,
} from './widgets.js';

const LIMIT = 50;
const STATUS = [['', 'All outcomes'], ['complete', 'Complete'], ['incomplete', 'Incomplete'], ['aborted', 'Aborted'], ['error', 'Error']];
const PERIODS = [['day', 'Today'], ['week', 'This week'], ['month', 'This month']];
const PROVIDERS = [['', 'Plan and Bedrock'], ['plan', 'Plan'], ['bedrock', 'Bedrock']];
const REQUEST_ID = /^req_[0-9a-f]{24}$/;

function outcome(row) {
  return [badge(row.status),
    row.status === 'error' && h('div', { class: 'sub' }, [row.http_status || '', words(row.error_type)].join(' '))];
}

function answeredBy(row) {
  return [badge(row.provider), row.is_fallback && h('div', { class: 'sub' }, words(row.fallback_reason))];
}

function tokensOf(row) {
  const cached = row.cache_read_tokens + row.cache_write_tokens;
  const title = [['input', row.input_tokens], ['output', row.output_tokens], ['cache write', row.cache_write_tokens], ['cache read', row.cache_read_tokens]]
    .map(([name, value]) => `${exact(value)} ${name}`).join(', ');
  return h('span', { title }, tokens(row.total_tokens), cached > 0 && h('span', { class: 'muted small' }, ' +', tokens(cached), ' cached'),
    row.is_estimated && h('span', { class: 'muted small', title: 'Partly estimated: the answer broke off' }, ' ≈'));
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

/* ---- the list ---- */

function showList({ main, signal, query }) {
  const state = { period: query.get('period') || 'week', offset: Number(query.get('offset') ?? 0) };
  for (const name of ['user_id', 'status', 'model', 'provider', 'session_id']) state[name] = query.get(name) ?? '';
  const body = h('div', { class: 'body flush' });
  const pages = h('footer', {}, h('div', { class: 'pager' }));
  const chosen = h('div', { class: 'row' });
  const download = h('a', { class: 'button', download: 'ccproxy-requests.csv', href: '' }, 'Export CSV');
  const session = h('div', {});

  const asked = () => ({
    period: state.period, user_id: state.user_id, status: state.status, model: state.model, provider: state.provider, session_id: state.session_id,
  });
  function update(change) {
    Object.assign(state, { offset: 0 }, change);
    keepInAddress({ ...asked(), period: state.period === 'week' ? '' : state.period, offset: state.offset || '' });
    download.href = linkTo('/usage/export.csv', { ...asked(), kind: 'rows' });
    showChosen();
    replace(session, state.session_id && sessionPanel(state.session_id, signal));
    fill(body, signal, () => list('/usage/requests', { ...asked(), limit: LIMIT, offset: state.offset }, signal), ({ items, total }) => {
      replace(pages, pager(total, LIMIT, state.offset, (offset) => update({ offset })));
      return items.length ? table('Requests', REQUEST_COLUMNS, items) : empty('No requests fit', 'Try another range or fewer filters.');
    }, 420);
  }
  function showChosen() {
    const chip = (label, name) => h('span', { class: 'badge accent' }, label,
      h('button', { type: 'button', class: 'button quiet tiny', style: { minHeight: '20px', padding: '0 4px' }, 'aria-label': `Remove the filter: ${label}`, onclick: () => update({ [name]: '' }) }, '×'));
    replace(chosen, state.user_id && chip(`User ${state.user_id.slice(0, 8)}…`, 'user_id'), state.session_id && chip(`Session ${state.session_id.slice(0, 12)}…`, 'session_id'));
    if (state.user_id) {
      get(`/users/${state.user_id}`, undefined, signal).then((user) => {
        const name = chosen.querySelector('.badge')?.firstChild;
        if (name && state.user_id === user.id) name.textContent = `User ${user.name}`;
      }).catch(() => {});
    }
  }
  const search = debounce(300, (text) => {
    if (REQUEST_ID.test(text)) go(`/ui/requests/${text}`);
    else update({ model: text });
  });

  replace(main, h('div', { class: 'head' }, h('h1', {}, 'Requests'), download),
    h('div', { class: 'stack' }, session, h('section', { class: 'panel' },
      h('header', {}, searchBox('Request id or model', state.model, search),
        select(PERIODS, state.period, (period) => update({ period }), { 'aria-label': 'Range' }),
        select(STATUS, state.status, (status) => update({ status }), { 'aria-label': 'Outcome' }),
        select(PROVIDERS, state.provider, (provider) => update({ provider }), { 'aria-label': 'Answered by' }), chosen),
      body, pages)));
  update({ offset: state.offset });
}

/* ---- one request and its trace ---- */

function micro(value) {
  return value === null || value === undefined ? '–' : value < 1000 ? `${value} µs` : duration(value / 1000);
}

const STAGE_COLORS = ['series-1', 'series-2', 'series-3', 'series-4', 'series-5'];

function stagesOf(stages) {
  const entries = Object.entries(stages ?? {}).filter(([, value]) => typeof value === 'number' && value > 0);
  if (!entries.length) return null;
  return [h('div', { class: 'timing', role: 'img', 'aria-label': entries.map(([name, value]) => `${words(name)} ${micro(value)}`).join(', ') },
    entries.map(([, value], i) => h('span', { style: { flexGrow: value, background: `var(--${STAGE_COLORS[i % 5]})` } }))),
  h('ul', { class: 'legend' }, entries.map(([name, value], i) => h('li', {},
    h('span', { class: 'swatch', style: { background: `var(--${STAGE_COLORS[i % 5]})` } }), words(name.replace(/_us$/, '')), h('b', {}, micro(value)))))];
}

/** Whatever else a trace tells, as names and values. */
function factsOf(object, known) {
  const entries = Object.entries(object ?? {}).filter(([name, value]) => !known.includes(name) && value !== null && value !== '' && typeof value !== 'object');
  return entries.map(([name, value]) => [h('dt', {}, words(name)), h('dd', {}, name.endsWith('_us') ? micro(value) : String(value))]);
}

function attemptOf(attempt) {
  const failed = attempt.class && attempt.class !== 'none' && attempt.class !== 'success';
  const stages = attempt.stages ?? Object.fromEntries(Object.entries(attempt).filter(([name]) => name.endsWith('_us')));
  return h('li', { class: failed ? 'bad' : 'good' },
    h('div', { class: 'row' }, badge(attempt.provider), h('span', { class: 'strong' }, failed ? words(attempt.class) : 'answered'),
      attempt.http_status ? h('span', { class: 'muted' }, `status ${attempt.http_status}`) : null,
      attempt.reason && h('span', { class: 'muted' }, words(attempt.reason))),
    attempt.served_model && h('div', { class: 'small muted' }, attempt.served_model),
    stagesOf(stages));
}

function tracePanel(trace) {
  const attempts = trace.attempts ?? [];
  const edits = trace.edits ?? [];
  return panel('Why it went where it went', null, h('div', { class: 'body' }, h('div', { class: 'stack' },
    trace.explanation && h('p', {}, trace.explanation),
    attempts.length ? h('ol', { class: 'steps' }, attempts.map(attemptOf)) : empty('No attempt', 'It was answered by the proxy itself.'),
    edits.length > 0 && [h('h3', {}, 'What was changed in the request'), h('ul', {}, edits.map((edit) => h('li', {}, '· ', typeof edit === 'string' ? edit : Object.values(edit).join(' '))))],
    stagesOf(trace.stages))));
}

function requestPanel(request) {
  const known = ['attempts', 'edits', 'stages', 'explanation', 'request_id', 'user_id', 'user_name', 'created_at', 'status', 'model', 'served_model', 'session_id', 'provider', 'time'];
  const at = request.created_at ?? request.time ?? request.received_at;
  return panel('Request', copyButton(request.request_id, 'Copy the request id', 'tiny'), h('div', { class: 'body' }, h('dl', { class: 'facts' },
    h('dt', {}, 'Id'), h('dd', {}, h('code', {}, request.request_id)),
    at && [h('dt', {}, 'When'), h('dd', {}, absolute(at, zoneName()))],
    request.user_id && [h('dt', {}, 'User'), h('dd', {}, h('a', { href: `/ui/users/${request.user_id}` }, request.user_name ?? request.user_id))],
    request.model && [h('dt', {}, 'Model'), h('dd', { title: request.model }, modelName(request.model))],
    request.session_id && [h('dt', {}, 'Session'), h('dd', {}, h('a', { href: `/ui/requests?session_id=${encodeURIComponent(request.session_id)}` }, request.session_id))],
    request.status && [h('dt', {}, 'Outcome'), h('dd', {}, badge(String(request.status)))],
    factsOf(request, known))));
}

function showOne({ main, signal, argument }) {
  const place = h('div', {});
  replace(main, h('div', { class: 'head' }, h('div', {}, h('nav', { class: 'crumbs', 'aria-label': 'Breadcrumb' }, h('a', { href: '/ui/requests' }, 'Requests')),
    h('h1', {}, 'Request'))), place);
  fill(place, signal, async () => {
    try {
      return await get(`/requests/${encodeURIComponent(argument)}`, undefined, signal);
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
  }, (trace) => (trace
    ? h('div', { class: 'grid-2' }, requestPanel(trace), tracePanel(trace))
    : h('div', { class: 'stack' }, notice('warn', h('code', {}, argument), ' is not known here. Traces are kept for recent requests only, in the process that answered.'))), 320);
}

export function show(page) {
  if (page.argument) showOne(page);
  else showList(page);
}
