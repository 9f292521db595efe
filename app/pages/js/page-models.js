import { call, get, list } from './api.js';
import { h, replace } from './dom.js';
import { exact, modelName, price as perMillion } from './format.js';
import {
  badge, button, confirmDeed, empty, field, fill, openForm, pager, panel, select, table, toast, when,
} from './widgets.js';

const LIMIT = 50;

/* ---- mappings ---- */

function openMapping(mapping, done) {
  const claude = h('input', { type: 'text', maxlength: 128, value: mapping?.claude_model ?? '', placeholder: 'claude-…', autocomplete: 'off', spellcheck: 'false' });
  const bedrock = h('input', { type: 'text', maxlength: 128, value: mapping?.bedrock_model ?? '', placeholder: 'global.anthropic.claude-…', autocomplete: 'off', spellcheck: 'false' });
  const description = h('input', { type: 'text', maxlength: 1024, value: mapping?.description ?? '', autocomplete: 'off' });
  const active = h('input', { type: 'checkbox', checked: mapping?.is_active ?? true });
  openForm(mapping ? 'Edit mapping' : 'New mapping', [
    field('Claude model', claude, 'As clients ask for it.'),
    field('Bedrock model', bedrock, 'The model id or inference profile that answers instead.'),
    field('Description', description),
    h('label', { class: 'check' }, active, 'Active'),
  ], {
    label: mapping ? 'Save' : 'Create mapping',
    ready: () => claude.value.trim() !== '' && bedrock.value.trim() !== '',
    submit: async () => {
      const body = {
        claude_model: claude.value.trim(), bedrock_model: bedrock.value.trim(), description: description.value.trim() || null, is_active: active.checked,
      };
      await (mapping ? call('PUT', `/models/mappings/${mapping.id}`, { body }) : call('POST', '/models/mappings', { body }));
      toast('The mapping was saved');
      done();
    },
  });
}

async function switchMapping(mapping, done) {
  await call('PUT', `/models/mappings/${mapping.id}`, { body: { is_active: !mapping.is_active } });
  toast(mapping.is_active ? 'The mapping is inactive now' : 'The mapping is active now');
  done();
}

function openDelete(mapping, done) {
  confirmDeed('Delete mapping', ['Requests for ', h('code', {}, mapping.claude_model), ' go to the model that the proxy finds by itself.'], {
    label: 'Delete mapping',
    submit: async () => {
      await call('DELETE', `/models/mappings/${mapping.id}`);
      toast('The mapping was deleted');
      done();
    },
  });
}

const mappingColumns = (done) => [
  ['Claude model', (mapping) => [h('span', { class: 'strong' }, modelName(mapping.claude_model)), h('div', { class: 'sub' }, h('code', {}, mapping.claude_model))], { wide: true }],
  ['Bedrock model', (mapping) => h('code', {}, mapping.bedrock_model)],
  ['Description', (mapping) => mapping.description ?? h('span', { class: 'muted' }, '–')],
  ['Status', (mapping) => badge(mapping.is_active ? 'active' : 'inactive')],
  ['Updated', (mapping) => when(mapping.updated_at ?? mapping.created_at)],
  ['', (mapping) => {
    const of = { 'aria-description': `of ${mapping.claude_model}` };
    return h('div', { class: 'actions' },
      button('Edit', () => openMapping(mapping, done), { class: 'quiet tiny', ...of }),
      button(mapping.is_active ? 'Deactivate' : 'Activate', () => switchMapping(mapping, done), { class: 'quiet tiny', ...of }),
      button('Delete', () => openDelete(mapping, done), { class: 'quiet tiny danger', ...of }));
  }],
];

function mappingsPanel(signal) {
  const body = h('div', { class: 'body flush' });
  const pages = h('footer', {}, h('div', { class: 'pager' }));
  let offset = 0;
  const done = () => fill(body, signal, () => list('/models/mappings', { include_inactive: true, limit: LIMIT, offset }, signal), ({ items, total }) => {
    replace(pages, pager(total, LIMIT, offset, (to) => {
      offset = to;
      done();
    }));
    return items.length ? table('Model mappings', mappingColumns(done), items)
      : empty('No mappings', 'The proxy finds the Bedrock model of each Claude model by itself. A mapping says otherwise.');
  }, 120);
  done();
  return h('section', { class: 'panel' }, h('header', {}, h('h2', {}, 'Mappings'), button('New mapping', () => openMapping(null, done), { class: 'tiny', icon: 'plus' })), body, pages);
}

/* ---- prices ---- */

const PRICE_COLUMNS = [
  ['Model', (price) => h('span', { title: price.model_id, class: 'strong' }, modelName(price.model_id)), { wide: true }],
  ['Answered by', (price) => badge(price.provider)],
  ['Region', (price) => price.region],
  ['Input', (price) => perMillion(price.input_price), { num: true }],
  ['Output', (price) => perMillion(price.output_price), { num: true }],
  ['Cache write', (price) => perMillion(price.cache_write_price), { num: true }],
  ['Cache write, 1 h', (price) => perMillion(price.cache_write_1h_price), { num: true }],
  ['Cache read', (price) => perMillion(price.cache_read_price), { num: true }],
  ['Since', (price) => [h('span', { class: 'nowrap' }, price.effective_date ?? '–'),
    price.above_prompt_tokens && h('div', { class: 'sub', title: `Prompts above ${exact(price.above_prompt_tokens.prompt_tokens)} tokens cost ${price.above_prompt_tokens.input_price} in and ${price.above_prompt_tokens.output_price} out` }, 'dearer when long')]],
];

function pricesPanel(signal) {
  const body = h('div', { class: 'body flush' });
  const trouble = h('div', {});
  let provider = '';
  const load = () => fill(body, signal, () => get('/pricing', { provider }, signal), ({ models }) => {
    const rows = [...models].sort((a, b) => a.model_id.localeCompare(b.model_id) || a.provider.localeCompare(b.provider) || a.region.localeCompare(b.region)
      || (b.effective_date ?? '').localeCompare(a.effective_date ?? ''));
    return rows.length ? table('Prices', PRICE_COLUMNS, rows) : empty('No prices', 'None for this choice.');
  }, 320);
  const reload = async () => {
    replace(trouble);
    try {
      await call('POST', '/pricing/reload');
      toast('The prices were read again');
      load();
    } catch (error) {
      replace(trouble, h('div', { class: 'body' }, h('div', { class: 'notice bad', role: 'alert' }, error.message)));
    }
  };
  load();
  return h('section', { class: 'panel' }, h('header', {}, h('h2', {}, 'Prices, in USD per million tokens'),
    select([['', 'Plan and Bedrock'], ['plan', 'Plan'], ['bedrock', 'Bedrock']], '', (value) => {
      provider = value;
      load();
    }, { 'aria-label': 'Provider' }), button('Read again', reload, { class: 'tiny', icon: 'refresh' })), trouble, body);
}

export function show({ main, signal }) {
  replace(main, h('div', { class: 'head' }, h('h1', {}, 'Models and prices')),
    h('div', { class: 'stack in-order' }, mappingsPanel(signal), pricesPanel(signal)));
}
