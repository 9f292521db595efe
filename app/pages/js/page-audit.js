import { list } from './api.js';
import { keepInAddress } from './app.js';
import { h, replace } from './dom.js';
import { words } from './format.js';
import { empty, fill, pager, table, when } from './widgets.js';

const LIMIT = 50;

const DEEDS = {
  create: 'created', update: 'changed', delete: 'deleted', deactivate: 'deactivated', issue: 'issued', rotate: 'rotated',
  revoke: 'revoked', end: 'ended', end_all: 'ended all', reset: 'reset', set: 'set', remove: 'removed', reload: 'read again', test: 'tested',
};

/** "access_key.rotate" is "access key rotated" */
function deedOf(action) {
  const [what, deed] = action.split('.');
  return `${words(what)} ${DEEDS[deed] ?? words(deed)}`;
}

/** By the names that people know; by its id where it has none. */
function targetOf(entry) {
  const whose = entry.user_id && h('a', { href: `/ui/users/${entry.user_id}` }, entry.user_name ?? 'a deleted user');
  if (entry.target_type === 'user') return h('span', { title: entry.target_id }, whose);
  if (entry.key_prefix) return [h('code', { title: entry.target_id }, `${entry.key_prefix}…`), h('div', { class: 'sub' }, whose)];
  if (!entry.target_id) return h('span', { class: 'muted' }, words(entry.target_type));
  return h('span', {}, `${words(entry.target_type)} `, h('code', { title: entry.target_id }, entry.target_id.slice(0, 8)));
}

function detailOf(detail) {
  const entries = Object.entries(detail ?? {});
  if (!entries.length) return h('span', { class: 'muted' }, '–');
  const text = entries.map(([name, value]) => `${words(name)}: ${value === null ? 'none' : typeof value === 'object' ? JSON.stringify(value) : value}`).join(', ');
  return h('span', { title: text }, text);
}

export const AUDIT_COLUMNS = [
  ['When', (entry) => when(entry.created_at)],
  ['What', (entry) => h('span', { class: 'strong', title: entry.action }, deedOf(entry.action))],
  ['Target', targetOf],
  ['By', (entry) => entry.actor],
  ['Address', (entry) => h('span', { class: 'nowrap' }, entry.address || '–')],
  ['Detail', (entry) => detailOf(entry.detail), { clip: true }],
];

export function show({ main, signal, query }) {
  let offset = Number(query.get('offset') ?? 0);
  const body = h('div', { class: 'body flush' });
  const pages = h('footer', {}, h('div', { class: 'pager' }));
  const load = () => {
    keepInAddress({ offset: offset || '' });
    fill(body, signal, () => list('/audit', { limit: LIMIT, offset }, signal), ({ items, total }) => {
      replace(pages, pager(total, LIMIT, offset, (to) => {
        offset = to;
        load();
      }));
      return items.length ? table('Audit log', AUDIT_COLUMNS, items) : empty('Nothing yet', 'Each change that an administrator makes is noted here.');
    }, 400);
  };
  replace(main, h('div', { class: 'head' }, h('div', {}, h('h1', {}, 'Audit'), h('p', { class: 'sub' }, 'What was changed, by whom, from where. Never a secret.'))),
    h('section', { class: 'panel' }, body, pages));
  load();
}
