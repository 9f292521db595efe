import { get, list } from './api.js';
import { keepInAddress } from './app.js';
import { chartPanel } from './charts.js';
import { append, debounce, h, replace } from './dom.js';
import {
  count, countTick, exact, exactMoney, minute, modelName, money, moneyTick, percent, words,
} from './format.js';
import { RANGES, rangeQuery, sum, total } from './usage.js';
import {
  badge, budgetBar, card, empty, fill, iconButton, notice, number, openDialog, panel, problem, segments, select,
  skeleton, table, tokens, usd, useZone, windowBar, zoneName,
} from './widgets.js';

const PROVIDERS = [['', 'Plan and Bedrock'], ['plan', 'Plan'], ['bedrock', 'Bedrock']];
const TITLES = { plan: 'Plan', bedrock: 'Bedrock' };
const STEPS = { minute: 60, hour: 3600, day: 86_400, week: 604_800 };
const SERIES_COLORS = ['series-1', 'series-2', 'series-3', 'series-4', 'series-5'];
const NEAR = 80;
const NEAR_SHOWN = 100;
const MOST_NEAR = 3;

/* ---- what was asked ---- */

function isoDay(offsetDays) {
  return new Date(Date.now() + offsetDays * 86_400_000).toISOString().slice(0, 10);
}

function stateOf(query) {
  const range = RANGES.some(([value]) => value === query.get('range')) ? query.get('range') : 'week';
  const dayOf = (name, otherwise) => (/^\d{4}-\d\d-\d\d$/.test(query.get(name) ?? '') ? query.get(name) : otherwise);
  return {
    range, start: dayOf('start', isoDay(-29)), end: dayOf('end', isoDay(0)),
    user: query.get('user') ?? '', provider: TITLES[query.get('provider')] ? query.get('provider') : '',
  };
}

function keep(state) {
  const isCustom = state.range === 'custom';
  keepInAddress({
    range: state.range === 'week' ? '' : state.range, start: isCustom && state.start, end: isCustom && state.end,
    user: state.user, provider: state.provider,
  });
}

/** A user by name: what is typed is looked up by the proxy. */
function userPicker(state, signal, update) {
  const options = h('datalist', { id: 'users-found' });
  const input = h('input', { type: 'search', list: 'users-found', placeholder: 'All users', 'aria-label': 'User', maxlength: 255, style: { width: '168px' } });
  const found = new Map();
  const look = debounce(200, async (q) => {
    const { items } = await list('/users', { q, limit: 20 }, signal).catch(() => ({ items: [] }));
    found.clear();
    for (const user of items) {
      const label = found.has(user.name) ? `${user.name} (${user.id.slice(0, 8)})` : user.name;
      found.set(label, user.id);
    }
    replace(options, [...found.keys()].map((label) => h('option', { value: label })));
    choose();
  });
  const choose = () => {
    const id = input.value === '' ? '' : found.get(input.value);
    if (id !== undefined && id !== state.user) update({ user: id });
  };
  input.addEventListener('input', () => {
    choose();
    if (!found.has(input.value)) look(input.value.trim());
  });
  input.addEventListener('focus', () => look(input.value.trim()), { once: true });
  if (state.user) get(`/users/${state.user}`, undefined, signal).then((user) => (input.value = user.name)).catch(() => {});
  return [input, options];
}

function datesOf(state, update) {
  const start = h('input', { type: 'date', value: state.start, max: isoDay(1), 'aria-label': 'First day' });
  const end = h('input', { type: 'date', value: state.end, max: isoDay(1), 'aria-label': 'Last day' });
  return h('form', { class: 'row', hidden: state.range !== 'custom', onsubmit: (event) => {
    event.preventDefault();
    const [first, last] = [start.value, end.value].sort();
    if (first && last) update({ start: first, end: last });
  } }, start, h('span', { class: 'muted' }, 'to'), end, h('button', { class: 'button', type: 'submit' }, 'Apply'));
}

/* ---- cards ---- */

const CARD_TITLES = ['Estimated cost', 'Total tokens', 'Input / output', 'Requests', 'Fallbacks', 'Tokens per request', 'Cost per request', 'Active users', 'Top user'];

/** What of it has not come yet is still to be seen as such. */
function cardsOf({ usages, users }) {
  const later = skeleton('64%', 24);
  const requests = sum(usages, 'requests');
  const errors = sum(usages, 'errors');
  const cost = sum(usages, 'cost');
  const all = sum(usages, 'tokens');
  const cacheCost = sum(usages, 'cacheReadCost') + sum(usages, 'cacheWriteCost');
  const cached = sum(usages, 'cacheRead') + sum(usages, 'cacheWrite');
  const fallbacks = sum(usages, 'fallbacks');
  const first = users?.items[0];
  const shares = [
    usd(cost.toFixed(6)), tokens(all), h('span', { title: `${exact(sum(usages, 'input'))} input, ${exact(sum(usages, 'output'))} output` },
      `${count(sum(usages, 'input'))} / ${count(sum(usages, 'output'))}`),
    number(requests), h('span', { title: `${exact(fallbacks)} of ${exact(requests)} requests` }, percent(fallbacks, requests)),
    requests ? tokens(Math.round(all / requests)) : '–', requests ? usd((cost / requests).toFixed(6)) : '–',
    users ? number(users.total) : later, !users ? later.cloneNode() : first && cost ? percent(Number(first.total_cost_usd), cost) : '–',
  ];
  const notes = [
    h('span', {}, usages.map((usage) => `${TITLES[usage.provider]} ${money(total(usage, 'cost'))}`).join(' · '), ` · cache ${money(cacheCost)}`), h('span', { title: `${exact(cached)} cached tokens` }, `and ${count(cached)} cached`),
    'tokens without the cache', errors ? h('a', { href: '/ui/requests?status=error' }, `${exact(errors)} errors`) : 'no errors',
    `${exact(fallbacks)} requests`, 'input and output', 'at list prices', 'with requests in this range',
    first ? h('a', { href: `/ui/users/${first.user_id}`, title: first.name }, first.name) : users && 'nobody yet',
  ];
  return CARD_TITLES.map((title, i) => card(title, shares[i], notes[i], i === 0 ? 'two' : ''));
}

function emptyCards() {
  return CARD_TITLES.map((title, i) => card(title, skeleton('64%', 24), '', i === 0 ? 'two' : ''));
}

/* ---- who answered ---- */

function splitOf(plan, bedrock, title) {
  const all = plan + bedrock;
  if (!all) return h('div', { class: 'split' });
  return h('div', { class: 'split', role: 'img', 'aria-label': title },
    plan > 0 && h('span', { class: 'plan', style: { flexGrow: plan / all } }),
    bedrock > 0 && h('span', { class: 'bedrock', style: { flexGrow: bedrock / all } }));
}

/** Why Bedrock answered in the plan's place. */
function reasonsOf(bedrock) {
  const ranked = bedrock?.fallback_reasons ?? [];
  if (!ranked.length) return null;
  const most = ranked[0].requests;
  return h('div', { class: 'stack' }, h('h3', {}, 'Why it fell back'),
    h('ul', { class: 'ranking' }, ranked.slice(0, 3).map(({ reason, requests }) => h('li', {},
      h('span', { class: 'spread small' }, h('span', {}, words(reason)), h('b', { title: exact(requests) }, count(requests))),
      h('span', { class: 'bar' }, h('span', { class: 'bedrock', style: { width: `${(100 * requests) / most}%` } }))))));
}

function answersOf(usages) {
  const [plan, bedrock] = ['plan', 'bedrock'].map((name) => usages.find((usage) => usage.provider === name));
  const [ofPlan, ofBedrock] = [total(plan, 'requests'), total(bedrock, 'requests')];
  const all = ofPlan + ofBedrock;
  const body = all === 0 ? empty('Nothing in this range', 'No requests were answered.') : h('div', { class: 'stack' },
    splitOf(ofPlan, ofBedrock, `The plan answered ${percent(ofPlan, all)}, Bedrock ${percent(ofBedrock, all)}`),
    h('div', { class: 'spread' }, [['plan', plan, ofPlan, 'at list prices'], ['bedrock', bedrock, ofBedrock, 'of budgets']].map(([kind, usage, requests, note]) =>
      h('div', {}, h('div', { class: 'row strong' }, h('span', { class: `swatch ${kind}` }), `${TITLES[kind]} ${percent(requests, all)}`),
        h('div', { class: 'small muted' }, number(requests), ' requests, ', usd(usage ? total(usage, 'cost').toFixed(6) : 0), ` ${note}`)))),
    reasonsOf(bedrock));
  return body;
}

/* ---- models and users ---- */

function rankingOf(rows, most) {
  return h('ol', { class: 'ranking' }, rows.map(({ name, href, title, value, text, kind }) => h('li', {},
    h('span', { class: 'spread' },
      href ? h('a', { href, class: 'strong' }, name) : h('span', { class: 'row', title }, kind && h('span', { class: `swatch ${kind}` }), name),
      text),
    h('span', { class: 'bar' }, h('span', { class: kind, style: { width: `${most ? (100 * value) / most : 0}%` } })))));
}

function rankingPanel(title, rows, none, numbers) {
  const most = Math.max(0, ...rows.map((row) => row.value));
  const open = () => openDialog(title, [rankingOf(rows, most), numbers()], { kind: 'large' });
  return panel(title, rows.length > 0 && iconButton('expand', `Expand: ${title}`, open, { class: 'quiet tiny' }),
    h('div', { class: 'body' }, rows.length ? rankingOf(rows.slice(0, 7), most) : empty('Nothing in this range', none)));
}

function modelsPanel(usages) {
  const rows = usages.flatMap((usage) => usage.cost_breakdown.map((row) => ({ ...row, provider: usage.provider })));
  rows.sort((a, b) => Number(b.total_cost_usd) - Number(a.total_cost_usd));
  return rankingPanel('Models by cost', rows.map((row) => ({
    name: modelName(row.model_id), title: `${row.model_id}, ${TITLES[row.provider]}`, kind: row.provider, value: Number(row.total_cost_usd),
    text: h('span', {}, usd(row.total_cost_usd), h('span', { class: 'muted small' }, ` · ${count(row.requests)} requests`)),
  })), 'No model was used.', () => table('Models by cost, as numbers', [
    ['Model', (row) => h('span', { title: row.model_id }, modelName(row.model_id)), { wide: true }],
    ['Answered by', (row) => badge(row.provider)],
    ['Requests', (row) => number(row.requests), { num: true }],
    ['Input', (row) => usd(row.input_cost_usd), { num: true }], ['Output', (row) => usd(row.output_cost_usd), { num: true }],
    ['Cache write', (row) => usd(row.cache_write_cost_usd), { num: true }], ['Cache read', (row) => usd(row.cache_read_cost_usd), { num: true }],
    ['Cost', (row) => usd(row.total_cost_usd), { num: true }],
  ], rows));
}

function topPanel(users) {
  return rankingPanel('Top users', users.items.map((user) => ({
    name: user.name, href: `/ui/users/${user.user_id}`, value: Number(user.total_cost_usd),
    text: h('span', {}, usd(user.total_cost_usd), h('span', { class: 'muted small' }, ' · ', tokens(user.total_tokens), ' tokens')),
  })), 'Nobody has asked anything.', () => table('Top users, as numbers', [
    ['User', (user) => h('a', { href: `/ui/users/${user.user_id}` }, user.name), { wide: true }],
    ['Requests', (user) => number(user.total_requests), { num: true }],
    ['Tokens', (user) => tokens(user.total_tokens), { num: true }],
    ['Cost', (user) => usd(user.total_cost_usd), { num: true }],
  ], users.items));
}

/* ---- charts ---- */

const KINDS = [['Input', 'series-1', 'input_tokens'], ['Output', 'series-2', 'output_tokens'], ['Cache write', 'series-3', 'cache_write_tokens'], ['Cache read', 'series-4', 'cache_read_tokens']];
const PARTS = [['Input', 'series-1', 'input_cost_usd'], ['Output', 'series-2', 'output_cost_usd'], ['Cache write', 'series-3', 'cache_write_cost_usd'], ['Cache read', 'series-4', 'cache_read_cost_usd']];

const IN_TOKENS = { format: count, exact: (value) => `${exact(value)} tokens`, tick: countTick };
const IN_MONEY = { format: money, exact: (value) => exactMoney(value.toFixed(6)), tick: moneyTick };
const IN_REQUESTS = { format: count, exact: (value) => exact(value), tick: countTick };

function frameOf(usage) {
  return {
    times: usage.buckets.map((bucket) => Date.parse(bucket.bucket_start) / 1000),
    bucket: usage.bucket_type, zone: usage.timezone, step: STEPS[usage.bucket_type] ?? 86_400,
  };
}

function columnsOf(usage, columns) {
  return columns.map(([label, color, name]) => ({ label, color, values: usage.buckets.map((bucket) => Number(bucket[name])) }));
}

function chartsOf(usages, signal) {
  const frame = frameOf(usages[0]);
  const each = (title, columns, units, more) => usages.map((usage) => chartPanel({
    ...frame, ...units, ...more, title: `${title}: ${TITLES[usage.provider]}`, mark: h('span', { class: `swatch ${usage.provider}` }),
    series: columnsOf(usage, columns), none: `${TITLES[usage.provider]} answered no requests.`,
  }, signal));
  const both = (title, name, none) => chartPanel({
    ...frame, ...IN_REQUESTS, title, none,
    series: usages.map((usage) => ({ label: TITLES[usage.provider], color: usage.provider, values: usage.buckets.map((bucket) => Number(bucket[name])) })),
  }, signal);
  return [
    ...each('Tokens', KINDS, IN_TOKENS, { canSum: true }), ...each('Cost', PARTS, IN_MONEY, { canSum: true }),
    both('Requests', 'requests'), both('Fallbacks', 'fallbacks', 'No request had to fall back.'),
  ];
}

function seriesPanel(series, usage, signal) {
  return chartPanel({
    ...frameOf(usage), ...IN_TOKENS, title: 'Tokens of the top users', kind: 'line', wide: true, canSum: true,
    series: series.map((user, i) => ({ label: user.name, color: SERIES_COLORS[i % 5], values: user.buckets.map((bucket) => Number(bucket.total_tokens)) })),
  }, signal);
}

/* ---- is anything wrong, is anybody near a limit ---- */

function troublesOf(status, circuits) {
  const found = [];
  if (status.storage.status !== 'ok') found.push(`the database is ${status.storage.status}`);
  for (const upstream of status.upstreams) if (upstream.reachable === false) found.push(`${upstream.name} can’t be reached`);
  const open = circuits.filter((circuit) => circuit.state !== 'closed').length;
  if (open > 0) found.push(`${open} open circuit${open === 1 ? '' : 's'}`);
  if (status.usage.dropped > 0) found.push(`${status.usage.dropped} usage rows were lost`);
  if (status.is_draining) found.push('the proxy is about to stop');
  return found;
}

async function showHealth(place, signal) {
  try {
    const [status, circuits] = await Promise.all([get('/status', undefined, signal), list('/circuits', { limit: 500 }, signal)]);
    const found = troublesOf(status, circuits.items);
    replace(place, found.length
      ? notice('warn', `Needs attention: ${found.join(', ')}. `, h('a', { href: '/ui/status' }, 'Status'))
      : notice('good', 'Everything is healthy.'));
  } catch (error) {
    if (!signal.aborted) replace(place, notice('bad', error.message));
  }
}

async function usersNear(signal) {
  const { items } = await list('/users', { status: 'active', sort: 'usage_percentage', limit: NEAR_SHOWN }, signal);
  return items.filter((user) => (user.usage_percentage ?? 0) >= NEAR);
}

/** Budgets are shown even when nothing is known of the plan's windows. */
async function windowsOrTrouble(signal) {
  try {
    return await list('/plan-windows', { limit: 500 }, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    return { items: [], trouble: notice('bad', `The plan’s windows are not known: ${error.message}`) };
  }
}

function windowsNear(windows) {
  const most = (row) => Math.max(row.five_hour?.utilization ?? 0, row.seven_day?.utilization ?? 0) * 100;
  return windows.filter((row) => most(row) >= NEAR || row.status === 'rejected').sort((a, b) => most(b) - most(a));
}

function nearRows(users, windows) {
  const rows = [
    ...users.map((user) => h('li', {}, h('div', { class: 'spread' }, h('a', { class: 'strong', href: `/ui/users/${user.id}` }, user.name), h('span', { class: 'small muted' }, 'Budget')), budgetBar(user))),
    ...windows.map((row) => h('li', {}, h('div', { class: 'spread' }, h('a', { class: 'strong', href: `/ui/users/${row.user_id}` }, row.user_name ?? `${row.key_prefix}…`), h('span', { class: 'small muted' }, 'Plan')),
      windowBar('5 hours', row.five_hour), windowBar('7 days', row.seven_day))),
  ];
  if (!rows.length) return empty('Nobody is near a limit', `Budgets and plan windows that are ${NEAR} % used show up here.`);
  const more = rows.length - MOST_NEAR;
  return [h('ul', { class: 'ranking' }, rows.slice(0, MOST_NEAR)),
    more > 0 && h('details', { class: 'more' }, h('summary', {}, `${exact(more)} more`), h('ul', { class: 'ranking' }, rows.slice(MOST_NEAR, 100)))];
}

/* ---- the page ---- */

/** All at once; what comes first is shown first. */
function ask(state, signal) {
  const query = { ...rangeQuery(state), user_id: state.user };
  const { bucket_type: _, ...range } = query;
  const { provider } = state;
  return {
    usages: Promise.all((provider ? [provider] : ['plan', 'bedrock']).map(async (one) => (
      { ...(await get('/usage', { ...query, provider: one }, signal)), provider: one }))),
    users: list('/usage/top-users', { ...range, provider, limit: 100 }, signal),
    series: get('/usage/top-users/series', { ...query, provider, limit: 5 }, signal),
  };
}

function skeletonPanel(kind = '') {
  return h('section', { class: `panel ${kind}` }, h('header', {}, skeleton('40%', 16)), h('div', { class: 'body' }, skeleton('100%', 228)));
}

/** The parts that usage fills, each as soon as what it shows is there. */
function usageParts() {
  const cards = h('dl', { class: 'cards ten' }, emptyCards());
  const rangeText = h('p', { class: 'sub' }, skeleton('240px', 21));
  const answered = h('div', { class: 'body' }, skeleton('100%', 190));
  const charts = h('div', { class: 'grid-2 even' }, Array.from({ length: 7 }, () => skeletonPanel()));
  const behind = { users: skeletonPanel(), series: skeletonPanel('whole') };
  append(charts, [behind.users, behind.series]);

  const put = (name, made) => {
    behind[name].replaceWith(made);
    behind[name] = made;
  };
  function render(got, fresh, signal) {
    const { usages, users, series } = got;
    if (!usages) return;
    const [usage] = usages;
    if (fresh === 'usages') {
      useZone(usage.timezone);
      replace(rangeText, `${minute(usage.range_start, zoneName())} – ${minute(usage.range_end, zoneName())} (${usage.timezone})`);
      replace(answered, answersOf(usages));
      replace(charts, chartsOf(usages, signal), modelsPanel(usages), behind.users, behind.series);
    }
    replace(cards, cardsOf(got));
    if (users && ['users', 'usages'].includes(fresh)) put('users', topPanel(users));
    if (series && ['series', 'usages'].includes(fresh)) put('series', seriesPanel(series, usage, signal));
  }
  return { cards, rangeText, answered, charts, render };
}

export function show({ main, signal, query }) {
  const state = stateOf(query);
  const { cards, rangeText, answered, charts, render } = usageParts();
  const health = h('div', {}, h('div', { class: 'notice' }, h('div', {}, 'Looking…')));
  const near = h('div', { class: 'body' }, skeleton('100%', 190));
  const dates = datesOf(state, (change) => update(change));
  let latest;

  async function update(change) {
    Object.assign(state, change);
    dates.hidden = state.range !== 'custom';
    keep(state);
    latest?.abort();
    const mine = (latest = new AbortController());
    const both = AbortSignal.any([signal, mine.signal]);
    main.setAttribute('aria-busy', 'true');
    const got = {};
    const take = async ([name, answer]) => {
      got[name] = await answer;
      if (!both.aborted) render(got, name, both);
    };
    try {
      await Promise.all(Object.entries(ask(state, both)).map(take));
    } catch (error) {
      if (both.aborted) return;
      if (error.status === undefined) console.error(error);
      replace(charts, h('section', { class: 'panel' }, problem(error, () => update({}))));
    }
    if (!both.aborted) main.removeAttribute('aria-busy');
  }

  replace(main,
    h('div', { class: 'head' }, h('div', {}, h('h1', {}, 'Dashboard'), rangeText),
      segments('Range', RANGES, state.range, (range) => update({ range })), dates,
      select(PROVIDERS, state.provider, (provider) => update({ provider }), { 'aria-label': 'Answered by' }),
      userPicker(state, signal, update)),
    h('div', { class: 'stack' }, health, cards,
      h('div', { class: 'grid-2 even glance' }, panel('Who answered', null, answered), panel('Near a limit', null, near)), charts));
  const first = update({});
  showHealth(health, signal);
  // All users' budgets are looked through for this: what is seen first comes first.
  first.then(() => signal.aborted || fill(near, signal, () => Promise.all([usersNear(signal), windowsOrTrouble(signal)]),
    ([users, windows]) => [nearRows(users, windowsNear(windows.items)), windows.trouble], 190));
}
