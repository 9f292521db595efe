// One recent request: what it was, and why it went where it went.
import { get } from './api.js';
import { h, replace } from './dom.js';
import { absolute, duration, modelName, words } from './format.js';
import { ROUTING } from './page-users.js';
import { badge, copyButton, empty, fill, notice, panel, table, zoneName } from './widgets.js';

function micro(value) {
  if (value === null || value === undefined) return '–';
  return value < 1000 ? `${value} µs` : value < 10_000 ? `${(value / 1000).toFixed(1)} ms` : duration(value / 1000);
}

/* ---- a bar of stages ---- */

/** [name, microseconds, colour] */
function stagesOf(title, stages) {
  const shown = stages.filter(([, length]) => length > 0);
  if (!shown.length) return null;
  return h('div', {},
    h('div', { class: 'timing', role: 'img', 'aria-label': `${title}: ${shown.map(([name, length]) => `${name} ${micro(length)}`).join(', ')}` },
      shown.map(([, length, color]) => h('span', { style: { flexGrow: length, background: `var(--${color})` } }))),
    h('ul', { class: 'legend' }, shown.map(([name, length, color]) =>
      h('li', {}, h('span', { class: 'swatch', style: { background: `var(--${color})` } }), name, h('b', {}, micro(length))))));
}

/** The parts between moments that are told from the request's start. */
function between(moments) {
  const known = moments.filter(([, at]) => at !== null && at !== undefined);
  return known.slice(1).map(([name, at, color], i) => [name, at - known[i][1], color]);
}

/* ---- the attempts ---- */

function attemptOf(attempt) {
  const isGood = attempt.class === null;
  const facts = [
    attempt.http_status && `status ${attempt.http_status}`, words(attempt.ending),
    attempt.reused_connection ? 'on a kept connection' : 'on a new connection',
    attempt.edits > 0 && `after ${attempt.edits} repair${attempt.edits === 1 ? '' : 's'}`,
  ].filter(Boolean);
  return h('li', { class: isGood ? 'good' : 'bad' },
    h('div', { class: 'row' }, badge(attempt.provider), h('span', { class: 'strong' }, isGood ? 'Answered' : words(attempt.class)),
      attempt.reached_client && h('span', { class: 'muted small' }, 'reached the client')),
    h('div', { class: 'small muted' }, facts.join(', ')),
    attempt.cause && h('div', { class: 'small' }, attempt.cause),
    attempt.upstream_request_id && h('div', { class: 'small muted' }, 'upstream request ', h('code', {}, attempt.upstream_request_id)),
    stagesOf('Attempt', between([
      ['', attempt.start_us], ['to the first byte', attempt.first_byte_us, 'series-1'], ['to the first content', attempt.commit_us, 'series-4'], ['to the end', attempt.end_us, 'series-2'],
    ])));
}

const EDIT_COLUMNS = [
  ['Removed', (edit) => h('code', { class: 'strong' }, edit.name ?? edit.kind), { wide: true }],
  ['Kind', (edit) => words(edit.kind)],
  ['Because', (edit) => words(edit.because)],
];

function whyPanel(trace) {
  return panel('Why it went where it went', null, h('div', { class: 'body' }, h('div', { class: 'stack' },
    trace.explanation.length > 0 && h('ol', { class: 'reasons' }, trace.explanation.map((sentence) => h('li', {}, sentence.replaceAll('_', ' ')))),
    trace.attempts.length
      ? h('ol', { class: 'steps' }, trace.attempts.map(attemptOf))
      : empty('No provider was asked', 'The proxy answered by itself.'),
    trace.edits.length > 0 && table('What was left out of the request', EDIT_COLUMNS, trace.edits))));
}

/* ---- the request ---- */

const known = (value, shown = value) => (value === null || value === undefined || value === '' ? null : shown);

function factsOf(trace) {
  const { answer, timeline } = trace;
  return [
    ['Id', h('code', {}, trace.request_id)],
    ['When', absolute(trace.created_at, zoneName())],
    ['Call', words(trace.call)],
    ['User', known(trace.user_id, h('a', { href: `/ui/users/${trace.user_id}` }, trace.user_name ?? `${trace.user_id.slice(0, 8)}…`))],
    ['Key', known(trace.key_prefix, h('code', {}, `${trace.key_prefix}…`))],
    ['Routing', ROUTING[trace.routing_strategy]],
    ['Model', known(trace.model, h('span', { title: trace.model }, modelName(trace.model), trace.model_substituted && h('span', { class: 'muted' }, ' (another one answered)')))],
    ['Served as', known(trace.served_model, h('code', {}, trace.served_model))],
    ['Answer', [known(answer.http_status, `status ${answer.http_status} `), known(answer.provider, badge(answer.provider ?? ''))]],
    ['Fallback', known(answer.fallback, words(answer.fallback))],
    ['Error', known(answer.error_type, words(answer.error_type))],
    ['Circuit', badge(trace.circuit)],
    ['Budget', known(trace.budget, words(trace.budget))],
    ['Credentials', [trace.has_plan_credential && 'plan', trace.has_bedrock_credential && 'Bedrock'].filter(Boolean).join(' and ') || 'none'],
    ['Whole time', micro(timeline.end_us)],
  ].filter(([, value]) => value !== null && value !== undefined);
}

function requestPanel(trace) {
  const { timeline } = trace;
  return panel('Request', copyButton(trace.request_id, 'Copy the request id', 'tiny'), h('div', { class: 'body' }, h('div', { class: 'stack' },
    stagesOf('Request', between([['', 0], ['to read it', timeline.body_us, 'series-3'], ['to the first byte', timeline.first_byte_us, 'series-1'], ['to the end', timeline.end_us, 'series-2']])),
    h('dl', { class: 'facts' }, factsOf(trace).map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])))));
}

export function show({ main, signal, argument }) {
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
    ? h('div', { class: 'grid-2' }, requestPanel(trace), whyPanel(trace))
    : notice('warn', h('code', {}, argument), ' is not known here. Traces are kept of recent requests only, by the process that answered.')), 320);
}
