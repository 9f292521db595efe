import { call, get, list } from './api.js';
import { h, replace } from './dom.js';
import {
  badge, button, confirmDeed, copyable, empty, field, fill, notice, openDialog, openForm, panel, searchBox, select, table, toast, when,
} from './widgets.js';

/* ---- settings, shown ---- */

const SETTING_COLUMNS = [
  ['Name', (setting) => h('code', { class: 'strong' }, setting.name), { wide: true }],
  ['Value', (setting) => (setting.is_secret
    ? badge(setting.value === null ? 'not set' : 'secret, set', setting.value === null ? '' : 'good')
    : setting.value === null || setting.value === '' ? h('span', { class: 'muted' }, '–') : h('code', { title: setting.value }, setting.value)), { clip: true }],
  ['Default', (setting) => (setting.default ? h('code', { class: 'muted' }, setting.default) : h('span', { class: 'muted' }, '–')), { clip: true }],
  ['From', (setting) => (setting.source && setting.source !== 'default' ? badge(setting.source, 'accent') : h('span', { class: 'muted' }, 'default'))],
  ['', (setting) => setting.is_reloadable && h('span', { class: 'muted small nowrap' }, 'read again by SIGHUP')],
];

function settingsPanel(signal) {
  const body = h('div', { class: 'body flush' });
  let all = [];
  let words = '';
  const render = () => {
    const rows = all.filter((setting) => setting.name.includes(words));
    return rows.length ? table('Settings', SETTING_COLUMNS, rows) : empty('Nothing fits', 'No setting has that in its name.');
  };
  fill(body, signal, async () => (all = (await get('/settings', undefined, signal)).settings), render, 400);
  return h('section', { class: 'panel' }, h('header', {}, h('h2', {}, 'Settings'), searchBox('Search settings', '', (text) => {
    words = text.toLowerCase().replaceAll('-', '_');
    if (all.length) replace(body, render());
  })), body);
}

/* ---- sessions ---- */

async function endAll() {
  await call('DELETE', '/sessions');
  toast('All sessions have ended');
  location.assign('/ui/login');
}

function sessionsPanel(signal) {
  const body = h('div', { class: 'body flush' });
  const end = async (session) => {
    await call('DELETE', `/sessions/${session.jti}`);
    toast('The session has ended');
    load();
  };
  const columns = [
    ['Administrator', (session) => [h('span', { class: 'strong' }, session.username), session.is_current && [' ', badge('this one', 'accent')]], { wide: true }],
    ['Address', (session) => session.address],
    ['Signed in', (session) => when(session.created_at)],
    ['Ends', (session) => when(session.expires_at)],
    ['', (session) => h('div', { class: 'actions' }, !session.is_current && button('End', () => end(session), { class: 'quiet tiny danger', 'aria-label': `End the session of ${session.username} from ${session.address}` }))],
  ];
  const load = () => fill(body, signal, () => list('/sessions', { limit: 100 }, signal), ({ items }) => table('Sessions', columns, items), 100);
  load();
  return panel('Sessions', button('Sign out everywhere', () => confirmDeed('Sign out everywhere', 'Every administrator, you among them, has to sign in again.', { label: 'Sign out everywhere', submit: endAll }), { class: 'tiny danger' }), body);
}

/* ---- tokens of programs ---- */

const EXPIRIES = [['30', '30 days'], ['90', '90 days'], ['365', 'a year'], ['', 'never']];

function showToken(token, done) {
  const saved = h('input', { type: 'checkbox', onchange: () => (end.disabled = !saved.checked) });
  let end;
  openDialog('The new API token', [
    notice('warn', 'This token is shown only now.'),
    copyable('API token', token.token),
    copyable('To try it', `curl -H "authorization: Bearer ${token.token}" ${location.origin}/admin/status`),
    h('label', { class: 'check' }, saved, 'I have saved it'),
  ], { mayClose: () => saved.checked, actions: (close) => [(end = button('Close', close, { class: 'primary', disabled: true }))] })
    .addEventListener('close', done);
}

function openToken(done) {
  const name = h('input', { type: 'text', maxlength: 255, autocomplete: 'off' });
  const scope = select([['read', 'Read'], ['write', 'Read and write']], 'read');
  const expiry = select(EXPIRIES, '90');
  openForm('New API token', [field('Name', name, 'What it is for.'), field('May', scope), field('Expires after', expiry)], {
    label: 'Create token',
    ready: () => name.value.trim() !== '',
    submit: async () => {
      const body = { name: name.value.trim(), scope: scope.value };
      if (expiry.value) body.expires_at = new Date(Date.now() + Number(expiry.value) * 86_400_000).toISOString();
      const { data } = await call('POST', '/tokens', { body });
      setTimeout(() => showToken(data, done));
    },
  });
}

function tokensPanel(signal) {
  const body = h('div', { class: 'body flush' });
  const remove = (token) => confirmDeed('Delete token', ['What uses ', h('strong', {}, token.name), ' is refused from now on.'], {
    label: 'Delete token',
    submit: async () => {
      await call('DELETE', `/tokens/${token.id}`);
      toast('The token was deleted');
      load();
    },
  });
  const columns = [
    ['Name', (token) => h('span', { class: 'strong' }, token.name), { wide: true }],
    ['May', (token) => (token.scope === 'write' ? badge('read and write', 'warn') : badge('read', ''))],
    ['Created', (token) => when(token.created_at)],
    ['Last used', (token) => when(token.last_used_at, 'Never')],
    ['Expires', (token) => when(token.expires_at, 'Never')],
    ['', (token) => h('div', { class: 'actions' }, button('Delete', () => remove(token), { class: 'quiet tiny danger', 'aria-label': `Delete the token ${token.name}` }))],
  ];
  const load = () => fill(body, signal, () => list('/tokens', { limit: 100 }, signal), ({ items }) => (items.length ? table('API tokens', columns, items)
    : empty('No API tokens', 'Scripts and other programs use the admin API with a token of their own.')), 100);
  load();
  return panel('API tokens', button('New token', () => openToken(load), { class: 'tiny', icon: 'plus' }), body);
}

export function show({ main, signal }) {
  replace(main, h('div', { class: 'head' }, h('div', {}, h('h1', {}, 'Settings'),
    h('p', { class: 'sub' }, 'Settings are shown here and changed where the proxy is started.'))),
  h('div', { class: 'stack in-order' }, h('div', { class: 'grid-2 in-order' }, sessionsPanel(signal), tokensPanel(signal)), settingsPanel(signal)));
}
