import { call, get, list } from './api.js';
import { h, replace } from './dom.js';
import { exact, modelName, percentage, span, words } from './format.js';
import { AUDIT_COLUMNS } from './page-audit.js';
import { REQUEST_COLUMNS } from './page-requests.js';
import {
  badge, bar, button, card, confirmDeed, empty, field, fill, number, openForm, panel, select, skeleton, table, toast, when,
} from './widgets.js';

function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let size = Number(value);
  let unit = 0;
  while (size >= 1024 && unit < 3) {
    size /= 1024;
    unit++;
  }
  return h('span', { title: `${exact(value)} bytes` }, `${size >= 10 || unit === 0 ? size.toFixed(0) : size.toFixed(1)} ${units[unit]}`);
}

function share(used, limit) {
  const value = limit ? (100 * used) / limit : 0;
  return h('div', { style: { marginTop: '6px' } }, bar(value, `${percentage(value)} used`));
}

function cardsOf(status, circuits) {
  const open = circuits.filter((circuit) => circuit.state !== 'closed').length;
  const { storage, usage, streams, memory } = status;
  return [
    card('Proxy', h('span', { class: 'row' }, h('span', { class: `dot ${status.is_draining ? 'warn' : 'good'}` }), status.is_draining ? 'Stopping' : 'Running'),
      [`version ${status.version}, up `, h('span', { title: status.started_at }, span(status.uptime_seconds))]),
    card('Database', h('span', { class: 'row' }, h('span', { class: `dot ${storage.status === 'ok' ? 'good' : 'bad'}` }), storage.kind === 'sqlite' ? 'SQLite' : 'PostgreSQL'),
      `${words(storage.status)}, schema ${storage.schema_version}${storage.schema_version < storage.required_schema_version ? ` of ${storage.required_schema_version}` : ''}`),
    card('Usage queue', number(usage.queue_depth), usage.dropped ? `${exact(usage.dropped)} rows were lost` : 'rows wait to be stored'),
    card('Streams', [number(streams.active), h('span', { class: 'muted small' }, ` of ${exact(streams.limit)}`)], share(streams.active, streams.limit)),
    card('Memory of requests', bytes(memory.used_bytes), ['of ', bytes(memory.limit_bytes)]),
    card('Open circuits', number(open), open ? 'see below' : 'all keys reach the plan'),
  ];
}

const UPSTREAM_COLUMNS = [
  ['Upstream', (upstream) => [h('span', { class: 'strong' }, upstream.name), h('div', { class: 'sub' }, upstream.origin)], { wide: true }],
  ['State', (upstream) => (upstream.checked_at ? badge(upstream.reachable ? 'reachable' : 'unreachable') : badge('not looked at yet', ''))],
  ['Latency', (upstream) => (upstream.latency_ms === null ? '–' : `${upstream.latency_ms} ms`), { num: true }],
  ['Cause', (upstream) => upstream.cause ?? h('span', { class: 'muted' }, '–')],
  ['Looked at', (upstream) => when(upstream.checked_at)],
];

function circuitColumns(done) {
  const reset = async (circuit) => {
    await call('POST', `/circuits/${circuit.access_key_id}/reset`);
    toast('The circuit is closed again');
    done();
  };
  return [
    ['Key', (circuit) => [h('code', { class: 'strong' }, `${circuit.key_prefix ?? circuit.access_key_id.slice(0, 8)}…`),
      circuit.user_name && h('div', { class: 'sub' }, h('a', { href: `/ui/users/${circuit.user_id}` }, circuit.user_name))], { wide: true }],
    ['State', (circuit) => badge(circuit.state)],
    ['Failures', (circuit) => String(circuit.failures), { num: true }],
    ['Reason', (circuit) => words(circuit.reason) || '–'],
    ['Opened', (circuit) => when(circuit.opened_at)],
    ['Next probe', (circuit) => when(circuit.next_probe_at)],
    ['', (circuit) => h('div', { class: 'actions' }, button('Reset', () => reset(circuit), { class: 'tiny', 'aria-label': `Reset the circuit of ${circuit.key_prefix}` }))],
  ];
}

function circuitsPanel(signal) {
  const body = h('div', { class: 'body flush' });
  const load = () => fill(body, signal, () => list('/circuits', { limit: 100 }, signal), ({ items }) => (items.length
    ? table('Circuits', circuitColumns(load), items)
    : empty('All circuits are closed', 'A key whose plan keeps failing goes straight to Bedrock for a while, and shows up here.')), 90);
  load();
  return panel('Circuits', button('Look again', load, { class: 'tiny', icon: 'refresh' }), body);
}

const TERMS = [['3600', '1 hour'], ['86400', '1 day'], ['604800', '7 days'], ['2592000', '30 days']];

function openExpiry(capability, done) {
  const term = select(TERMS, '86400');
  openForm('Keep what was learned', [
    h('p', {}, 'Until then ', h('code', {}, capability.beta || capability.field), ' is left out of requests to ', modelName(capability.model), '.'),
    field('For', term),
  ], {
    submit: async () => {
      const expires_at = new Date(Date.now() + Number(term.value) * 1000).toISOString();
      await call('PATCH', `/capabilities/${capability.id}`, { body: { expires_at } });
      toast('Saved');
      done();
    },
  });
}

function capabilitiesPanel(signal) {
  const body = h('div', { class: 'body flush' });
  const forget = (capability) => confirmDeed('Forget', ['The next request with ', h('code', {}, capability.beta || capability.field), ' tries it again.'], {
    label: 'Forget',
    submit: async () => {
      await call('DELETE', `/capabilities/${capability.id}`);
      toast('Forgotten');
      load();
    },
  });
  const columns = [
    ['Left out', (row) => h('code', { class: 'strong' }, row.beta || row.field), { wide: true }],
    ['Model', (row) => h('span', { title: row.model }, modelName(row.model))],
    ['Region', (row) => row.region || '–'],
    ['API', (row) => row.mode],
    ['Learned', (row) => when(row.learned_at)],
    ['Until', (row) => when(row.expires_at, 'For ever')],
    ['', (row) => h('div', { class: 'actions' }, button('Keep', () => openExpiry(row, load), { class: 'quiet tiny' }), button('Forget', () => forget(row), { class: 'quiet tiny danger' }))],
  ];
  const load = () => fill(body, signal, () => list('/capabilities', { limit: 100 }, signal), ({ items }) => (items.length
    ? table('What Bedrock refuses', columns, items)
    : empty('Nothing learned', 'When Bedrock refuses a field or a beta, it is left out for a while, and shows up here.')), 90);
  load();
  return panel('What Bedrock refuses', null, body);
}

function listPanel(title, href, signal, path, query, columns, none) {
  const body = h('div', { class: 'body flush' });
  fill(body, signal, () => list(path, query, signal), ({ items }) => (items.length ? table(title, columns, items) : empty(none[0], none[1])), 120);
  return panel(title, h('a', { class: 'small', href }, 'All'), body);
}

export function show({ main, signal }) {
  const cards = h('dl', { class: 'cards' }, ['Proxy', 'Database', 'Usage queue', 'Streams', 'Memory of requests', 'Open circuits'].map((title) => card(title, skeleton('60%', 24))));
  const upstreams = h('div', { class: 'body flush' });
  fill(upstreams, signal, () => Promise.all([get('/status', undefined, signal), list('/circuits', { limit: 500 }, signal)]), ([status, circuits]) => {
    replace(cards, cardsOf(status, circuits.items));
    return table('Upstreams', UPSTREAM_COLUMNS, status.upstreams);
  }, 110);
  replace(main, h('div', { class: 'head' }, h('h1', {}, 'Status')),
    h('div', { class: 'stack in-order' }, cards, panel('Upstreams', null, upstreams), circuitsPanel(signal), capabilitiesPanel(signal),
      listPanel('Recent errors', '/ui/requests?status=error', signal, '/usage/requests', { status: 'error', period: 'week', limit: 8 }, REQUEST_COLUMNS, ['No errors', 'Every request of this week was answered.']),
      listPanel('Recent changes', '/ui/audit', signal, '/audit', { limit: 8 }, AUDIT_COLUMNS, ['Nothing yet', 'Each change that an administrator makes is noted.'])));
}
