// The access keys of a user, and all that can be done with one.
import { call, get, list } from './api.js';
import { h } from './dom.js';
import { modelName, words } from './format.js';
import {
  badge, button, confirmDeed, copyable, empty, field, fill, notice, openDialog, openForm, panel, select, table,
  toast, when,
} from './widgets.js';

const GRACES = [['', 'As configured'], ['0', 'None: the old key ends now'], ['300', '5 minutes'], ['3600', '1 hour'], ['86400', '24 hours']];
const APIS = [['', 'As configured'], ['converse', 'Converse'], ['invoke', 'Invoke'], ['messages', 'Messages']];

let publicUrl;

/** Where users reach the proxy: as it is set, else where the pages are. Asked once. */
async function baseUrl() {
  publicUrl ??= get('/settings').then(
    ({ settings }) => settings.find((setting) => setting.name === 'public_url')?.value?.replace(/\/+$/, '') || location.origin,
    () => location.origin,
  );
  return publicUrl;
}

/* ---- a new key ---- */

function handover(rawKey, base) {
  const url = `${base}/ak/${rawKey}`;
  return [
    copyable('Access key', rawKey),
    copyable('For the shell', `export ANTHROPIC_BASE_URL=${url}`),
    copyable('For settings.json of Claude Code', JSON.stringify({ env: { ANTHROPIC_BASE_URL: url } }, null, 2)),
    copyable('With the key in a header, out of every URL',
      `export ANTHROPIC_BASE_URL=${base}\nexport ANTHROPIC_CUSTOM_HEADERS="x-ccproxy-key: ${rawKey}"`),
  ];
}

/** Shows the key, this once, and stays until somebody says that it is kept. */
async function showNewKey(key, done) {
  const base = await baseUrl();
  const saved = h('input', { type: 'checkbox', onchange: () => (end.disabled = !saved.checked) });
  let end;
  const dialog = openDialog('The new access key', [
    notice('warn', 'This key is shown only now. Copy what you need before you close.'),
    key.warning && notice('bad', 'This user is served by Bedrock alone, and this key has no Bedrock credential yet: register one, or its requests are refused.'),
    handover(key.raw_key, base),
    h('label', { class: 'check' }, saved, 'I have saved it'),
  ], {
    mayClose: () => saved.checked,
    actions: (close) => [(end = button('Close', close, { class: 'primary', disabled: true }))],
  });
  dialog.addEventListener('close', done);
}

function keyFields(key = {}) {
  const region = h('input', { type: 'text', value: key.bedrock_region ?? '', placeholder: 'as configured', maxlength: 32, autocomplete: 'off', spellcheck: 'false' });
  const model = h('input', { type: 'text', value: key.bedrock_model ?? '', placeholder: 'what the client asks for', maxlength: 128, autocomplete: 'off', spellcheck: 'false' });
  const api = select(APIS, key.bedrock_api ?? '');
  return {
    content: [
      field('Bedrock region', region, 'Such as eu-west-1.'),
      field('Bedrock model', model, 'A model id or inference profile that answers whatever is asked for.'),
      field('Bedrock API', api),
    ],
    read: (mayBeNull) => {
      const body = {};
      for (const [name, input] of [['bedrock_region', region], ['bedrock_model', model], ['bedrock_api', api]]) {
        const value = input.value.trim();
        if (value) body[name] = value;
        else if (mayBeNull && key[name]) body[name] = null;
      }
      return body;
    },
  };
}

function openIssue(user, done) {
  const fields = keyFields();
  openForm('Issue an access key', fields.content, {
    label: 'Issue key',
    submit: async () => {
      const { data } = await call('POST', `/users/${user.id}/access-keys`, { body: fields.read() });
      setTimeout(() => showNewKey(data, done));
    },
  });
}

function openRotate(key, done) {
  const grace = select(GRACES, '');
  openForm('Rotate key', [
    h('p', {}, 'A new key takes over region, model and Bedrock credential. The old one, ', h('code', {}, `${key.key_prefix}…`),
      ', goes on working for the grace time.'),
    field('Grace time', grace),
  ], {
    label: 'Rotate',
    submit: async () => {
      const body = grace.value === '' ? {} : { grace_seconds: Number(grace.value) };
      const { data } = await call('POST', `/access-keys/${key.id}/rotate`, { body });
      setTimeout(() => showNewKey(data, done));
    },
  });
}

function openEdit(key, done) {
  const fields = keyFields(key);
  openForm('Edit key', fields.content, {
    submit: async () => {
      await call('PATCH', `/access-keys/${key.id}`, { body: fields.read(true) });
      toast('The key was saved');
      done();
    },
  });
}

function openRevoke(key, done) {
  confirmDeed('Revoke key', ['The key ', h('code', {}, `${key.key_prefix}…`), ' stops working at once, and its Bedrock credential is deleted. This can’t be undone.'], {
    label: 'Revoke key',
    submit: async () => {
      await call('DELETE', `/access-keys/${key.id}`);
      toast('The key was revoked');
      done();
    },
  });
}

/* ---- its Bedrock credential ---- */

function openCredential(key, done) {
  const secret = h('input', { type: 'password', autocomplete: 'off', maxlength: 4096 });
  openForm(key.has_bedrock_key ? 'Replace the Bedrock credential' : 'Register a Bedrock credential', [
    h('p', {}, 'A Bedrock API key for requests of ', h('code', {}, `${key.key_prefix}…`), '. It is stored encrypted and never shown again.'),
    field('Bedrock API key', secret),
  ], {
    label: key.has_bedrock_key ? 'Replace' : 'Register',
    ready: () => secret.value.trim() !== '',
    submit: async () => {
      await call('PUT', `/access-keys/${key.id}/bedrock-key`, { body: { bedrock_api_key: secret.value.trim() } });
      secret.value = '';
      toast('The Bedrock credential is registered');
      done();
    },
  });
}

function openRemoveCredential(key, done) {
  confirmDeed('Remove the Bedrock credential', ['Requests of ', h('code', {}, `${key.key_prefix}…`), ' can’t be answered by Bedrock any more.'], {
    label: 'Remove',
    submit: async () => {
      await call('DELETE', `/access-keys/${key.id}/bedrock-key`);
      toast('The Bedrock credential was removed');
      done();
    },
  });
}

/** What came of asking Bedrock: its own words, and what can be done about them. */
function resultOf(result) {
  const { ok, class: kind, http_status: status, message, advice, latency_ms: latency } = result;
  const facts = [['Model', result.bedrock_model && h('code', {}, result.bedrock_model)], ['Region', result.region],
    ['Status', status], ['Bedrock said', message]].filter(([, value]) => value);
  return h('div', { class: 'stack' },
    ok ? notice('good', `Bedrock answered in ${latency} ms.`)
      : notice('bad', h('strong', {}, `Bedrock did not answer${kind ? `: ${words(kind)}` : ''}.`), advice && h('div', {}, advice)),
    h('dl', { class: 'facts' }, facts.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])));
}

function openTest(key, signal) {
  const body = h('div', {});
  openDialog('Test the Bedrock credential', body, { actions: (close) => [button('Close', close)] });
  fill(body, signal, async () => (await call('POST', `/access-keys/${key.id}/bedrock-key/test`, { signal })).data, resultOf, 110);
}

function openCredentialMenu(key, signal, done) {
  const dialog = openDialog('Bedrock credential', [
    h('p', {}, 'Registered for ', h('code', {}, `${key.key_prefix}…`), '. It is never shown again.'),
  ], {
    actions: (close) => {
      const after = (open) => () => {
        close();
        open();
      };
      return [
        button('Remove', after(() => openRemoveCredential(key, done)), { class: 'danger' }),
        button('Replace', after(() => openCredential(key, done))),
        button('Test', after(() => openTest(key, signal)), { class: 'primary' }),
      ];
    },
  });
  return dialog;
}

/* ---- the table ---- */

function bedrockCell(key, signal, done) {
  if (key.status === 'revoked') return h('span', { class: 'muted' }, '–');
  if (!key.has_bedrock_key) {
    return button('Register', () => openCredential(key, done), { class: 'tiny', 'aria-label': `Register a Bedrock credential for ${key.key_prefix}` });
  }
  return button('Registered', () => openCredentialMenu(key, signal, done), { class: 'tiny', icon: 'check', 'aria-label': `Bedrock credential of ${key.key_prefix}: registered` });
}

function actionsCell(key, done) {
  if (key.status === 'revoked') return null;
  const of = { 'aria-description': `of ${key.key_prefix}` };
  return h('div', { class: 'actions' },
    button('Edit', () => openEdit(key, done), { class: 'quiet tiny', ...of }),
    key.status === 'active' && button('Rotate', () => openRotate(key, done), { class: 'quiet tiny', ...of }),
    button('Revoke', () => openRevoke(key, done), { class: 'quiet tiny danger', ...of }));
}

const columns = (signal, done) => [
  ['Key', (key) => h('code', { class: 'strong' }, `${key.key_prefix}…`)],
  ['Status', (key) => [badge(key.status),
    key.status === 'rotating' && h('div', { class: 'sub' }, 'ends ', when(key.rotation_expires_at))]],
  ['Bedrock', (key) => bedrockCell(key, signal, done)],
  ['Region', (key) => h('span', { class: 'nowrap' }, key.bedrock_region)],
  ['Model', (key) => (key.bedrock_model
    ? h('span', { title: key.bedrock_model }, modelName(key.bedrock_model))
    : h('span', { class: 'muted' }, 'As asked'))],
  ['Created', (key) => when(key.created_at)],
  ['Last used', (key) => when(key.last_used_at, 'Never')],
  ['', (key) => actionsCell(key, done)],
];

/** `changed` is called with nothing when the keys are other ones now. */
export function keysPanel(user, signal) {
  const body = h('div', { class: 'body flush' });
  const done = () => fill(body, signal, () => list(`/users/${user.id}/access-keys`, { limit: 500 }, signal), render, 120);
  const issue = () => openIssue(user, done);
  const render = ({ items }) => {
    if (items.length === 0) {
      return empty('No access keys', 'A key is what the developer puts into ANTHROPIC_BASE_URL.',
        user.status === 'active' && button('Issue a key', issue, { class: 'primary', icon: 'plus' }));
    }
    const order = { active: 0, rotating: 1, revoked: 2 };
    return table('Access keys', columns(signal, done), [...items].sort((a, b) => order[a.status] - order[b.status]));
  };
  done();
  return panel('Access keys', user.status === 'active' && button('Issue key', issue, { class: 'tiny', icon: 'plus' }), body);
}
