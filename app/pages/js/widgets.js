// What pages are made of: panels, tables, dialogs, marks. Knows no page and asks nothing.
import { append, h, icon, replace } from './dom.js';
import { absolute, count, exact, exactMoney, money, percentage, relative } from './format.js';

/* ---- values, with the exact one on hover ---- */

export function tokens(number) {
  return h('span', { title: `${exact(number)} tokens` }, count(number));
}

export function number(value) {
  return h('span', { title: exact(value) }, count(value));
}

export function usd(value) {
  if (value === null || value === undefined) return h('span', { class: 'muted' }, '–');
  return h('span', { title: exactMoney(value) }, money(value));
}

let zone;

/** The zone in which absolute times are shown. */
export function useZone(name) {
  zone = name;
}

export function zoneName() {
  return zone;
}

export function when(time, otherwise = '–') {
  if (!time) return h('span', { class: 'muted' }, otherwise);
  const title = absolute(time, zone);
  return h('time', { datetime: time, title, class: 'nowrap' }, relative(time));
}

// Relative times grow old.
setInterval(() => {
  for (const time of document.querySelectorAll('time[datetime]')) {
    const text = relative(time.getAttribute('datetime'));
    if (time.textContent !== text) time.textContent = text;
  }
}, 20_000);

/* ---- marks ---- */

const TONES = {
  active: 'good', rotating: 'warn', revoked: '', inactive: '', complete: 'good', error: 'bad',
  aborted: 'warn', incomplete: 'warn', closed: 'good', open: 'bad', half_open: 'warn', cooling: 'warn', probing: 'warn', ok: 'good',
  ready: 'good', reachable: 'good', unreachable: 'bad', allowed: 'good', allowed_warning: 'warn',
  rejected: 'bad', plan: 'accent', bedrock: 'warn',
};

export function badge(text, tone = TONES[text] ?? '') {
  const shown = text.charAt(0).toUpperCase() + text.slice(1).replaceAll('_', ' ');
  return h('span', { class: `badge ${tone}` }, shown);
}

export function toneOf(value) {
  return value >= 100 ? 'bad' : value >= 80 ? 'warn' : '';
}

export function bar(value, label) {
  const shown = Math.max(0, Math.min(100, Number(value ?? 0)));
  return h('span', {
    class: `bar ${toneOf(Number(value ?? 0))}`, role: 'img', 'aria-label': label ?? percentage(value),
  }, h('span', { style: { width: `${shown}%` } }));
}

/** What of a month's budget is used: "$12.40 of $50.00" over a bar. */
export function budgetBar(user) {
  const used = user.current_usage_usd;
  const limit = user.monthly_budget_usd;
  if (limit === null) {
    return h('div', { class: 'budget' }, h('span', { title: `${exactMoney(used)} of Bedrock this month` },
      money(used), h('span', { class: 'muted' }, ' of unlimited')));
  }
  const share = user.usage_percentage ?? 0;
  const title = `${exactMoney(used)} of ${exactMoney(limit)} this month`;
  return h('div', { class: 'budget', title },
    h('span', { class: 'spread nowrap' }, h('span', {}, money(used), h('span', { class: 'muted' }, ` of ${money(limit)}`)),
      h('span', { class: 'small muted' }, percentage(share))),
    bar(share, `${percentage(share)} of the budget used`));
}

/** How much of one of the plan's windows is used. */
export function windowBar(title, window) {
  if (!window || window.utilization === null || window.utilization === undefined) return null;
  const share = Number(window.utilization) * 100;
  return h('div', { class: 'budget' },
    h('span', { class: 'spread small' }, h('span', {}, title, ' ', h('span', { class: 'muted' }, percentage(share))),
      window.resets_at && h('span', { class: 'muted' }, 'resets ', when(window.resets_at))),
    bar(share, `${title}: ${percentage(share)} used`));
}

export function swatch(color) {
  return h('span', { class: 'swatch', style: { background: color } });
}

/* ---- states ---- */

export function skeleton(width = '100%', height = 14) {
  return h('span', { class: 'skeleton', style: { width, height: `${height}px` } });
}

export function loading(height = 120) {
  return h('div', { 'aria-busy': 'true', 'aria-label': 'Loading', role: 'img' }, skeleton('100%', height));
}

export function empty(title, text, action) {
  return h('div', { class: 'empty' }, h('strong', {}, title), text, action && h('div', {}, action));
}

export function notice(tone, ...content) {
  const mark = tone === 'good' ? 'check' : 'warning';
  return h('div', { class: `notice ${tone}`, role: tone === 'bad' ? 'alert' : undefined },
    icon(mark), h('div', {}, content));
}

/** What went wrong, and a way to try again. */
export function problem(error, again) {
  const id = error.requestId && h('span', { class: 'small' }, ' Request ', h('code', {}, error.requestId));
  return h('div', { class: 'body' }, h('div', { class: 'notice bad', role: 'alert' },
    icon('warning'), h('div', {}, error.message, id),
    again && button('Try again', again, { class: 'tiny' })));
}

/**
 * Fills an element with what a promise gives: a skeleton at first, and an error
 * with a way to try again. A page that was left fills nothing.
 */
export async function fill(element, signal, load, show, height) {
  replace(element, loading(height));
  try {
    const made = await show(await load());
    if (!signal.aborted) replace(element, made);
  } catch (error) {
    if (signal.aborted || error.name === 'AbortError') return;
    if (error.status === undefined) console.error(error);
    replace(element, problem(error, () => fill(element, signal, load, show, height)));
  }
}

/* ---- controls ---- */

export function button(text, onclick, { class: kind = '', icon: mark, ...more } = {}) {
  return h('button', { type: 'button', class: `button ${kind}`, onclick, ...more },
    mark && icon(mark), text);
}

export function iconButton(mark, label, onclick, { class: kind = '', ...more } = {}) {
  return h('button', {
    type: 'button', class: `button square ${kind}`, 'aria-label': label, title: label, onclick, ...more,
  }, icon(mark));
}

let fieldNumber = 0;

/** A label, its control, a hint, and room for what is wrong with the value. */
export function field(label, control, hint) {
  const id = `field-${++fieldNumber}`;
  const wrong = h('span', { class: 'error', id: `${id}-error`, hidden: true });
  control.id = id;
  if (hint) control.setAttribute('aria-describedby', `${id}-hint`);
  const whole = h('div', { class: 'field' }, h('label', { for: id }, label), control,
    hint && h('span', { class: 'hint', id: `${id}-hint` }, hint), wrong);
  whole.fail = (text) => {
    wrong.textContent = text;
    wrong.hidden = !text;
    control.setAttribute('aria-invalid', text ? 'true' : 'false');
    control.setAttribute('aria-describedby', text ? wrong.id : hint ? `${id}-hint` : '');
  };
  return whole;
}

export function segments(label, options, chosen, onchange, kind = '') {
  const buttons = options.map(([value, text]) =>
    h('button', { type: 'button', 'aria-pressed': String(value === chosen), onclick: () => choose(value), dataset: { value } }, text));
  function choose(value) {
    for (const one of buttons) one.setAttribute('aria-pressed', String(one.dataset.value === value));
    onchange(value);
  }
  return h('div', { class: `segments ${kind}`, role: 'group', 'aria-label': label }, buttons);
}

export function select(options, chosen, onchange, more = {}) {
  return h('select', { ...more, value: chosen, onchange: (event) => onchange?.(event.target.value) },
    options.map(([value, text]) => h('option', { value }, text)));
}

export function searchBox(label, value, onsearch) {
  return h('div', { class: 'search' }, icon('search'),
    h('input', { type: 'search', 'aria-label': label, placeholder: label, value, maxlength: 255,
      oninput: (event) => onsearch(event.target.value.trim()) }));
}

/* ---- panels and tables ---- */

export function panel(title, actions, ...content) {
  return h('section', { class: 'panel' },
    h('header', {}, h('h2', {}, title), actions), content);
}

export function card(label, value, note, kind = '') {
  return h('div', { class: `card ${kind}` }, h('dt', {}, label),
    h('dd', {}, h('div', { class: 'value' }, value), h('div', { class: 'note' }, note ?? '')));
}

/**
 * columns: [title, row => content, {num, wide, clip}]. Narrow screens see each
 * row as a small card of its own.
 */
export function table(caption, columns, rows) {
  const shown = columns.filter(Boolean);
  const kinds = shown.map(([, , kind]) =>
    ['num', 'wide', 'clip'].filter((name) => kind?.[name]).join(' ') || undefined);
  const cells = (row) => shown.map(([title, show], i) =>
    h('td', { class: kinds[i], 'data-label': title }, h('div', {}, show(row))));
  return h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    h('table', { class: 'cardlike' }, h('caption', { class: 'visually-hidden' }, caption),
      h('thead', {}, h('tr', {}, shown.map(([title], i) =>
        h('th', { scope: 'col', class: kinds[i] }, title || h('span', { class: 'visually-hidden' }, 'Actions'))))),
      h('tbody', {}, rows.map((row) => h('tr', {}, cells(row))))));
}

export function pager(total, limit, offset, go) {
  if (total <= limit && offset === 0) {
    return h('div', { class: 'pager small' }, total === 1 ? '1 entry' : `${exact(total)} entries`);
  }
  const last = Math.min(offset + limit, total);
  return h('nav', { class: 'pager small', 'aria-label': 'Pages of the list' },
    h('span', {}, `${exact(Math.min(offset + 1, total))}–${exact(last)} of ${exact(total)}`),
    h('span', { class: 'row' },
      button('Previous', () => go(Math.max(0, offset - limit)), { class: 'tiny', icon: 'left', disabled: offset === 0 }),
      button('Next', () => go(offset + limit), { class: 'tiny', icon: 'right', disabled: last >= total })));
}

/* ---- copying ---- */

export function toast(text) {
  const shown = h('div', { class: 'toast' }, icon('check'), text);
  document.getElementById('toasts').append(shown);
  setTimeout(() => shown.remove(), 4000);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Browsers keep the clipboard from pages over plain HTTP: the old way, then.
    const area = h('textarea', { value: text, 'aria-hidden': 'true', style: { position: 'fixed', top: '-99px' } });
    (document.querySelector('dialog[open]') ?? document.body).append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

export function copyButton(text, label = 'Copy', kind = '') {
  const words = h('span', {}, 'Copy');
  const mark = h('span', { class: 'row' }, icon('copy'));
  return h('button', {
    type: 'button', class: `button ${kind}`, 'aria-label': label,
    onclick: async () => {
      const done = await copy(text);
      words.textContent = done ? 'Copied' : 'Press Ctrl+C';
      if (done) replace(mark, icon('check'));
      setTimeout(() => {
        words.textContent = 'Copy';
        replace(mark, icon('copy'));
      }, 2500);
    },
  }, mark, words);
}

export function copyable(label, text) {
  return h('div', { class: 'field' }, h('span', { class: 'label' }, label),
    h('div', { class: 'copyable' }, h('pre', {}, text), copyButton(text, `Copy: ${label}`)));
}

/* ---- dialogs ---- */

/**
 * Opens one. `actions` get a function that closes it. It ends with Escape too,
 * unless `mayClose` says that it may not yet.
 */
export function openDialog(title, content, { actions = () => [], mayClose = () => true, kind = '' } = {}) {
  const id = `dialog-${++fieldNumber}`;
  const returnTo = document.activeElement;
  const element = h('dialog', { class: kind, 'aria-labelledby': id });
  const close = () => mayClose() && element.close();
  append(element, [
    h('header', {}, h('h2', { id }, title), iconButton('close', 'Close', close, { class: 'quiet tiny' })),
    h('div', { class: 'body' }, content),
  ]);
  const buttons = actions(() => element.close());
  if (buttons.length) append(element, h('footer', {}, buttons));
  // Browsers let a page refuse one request to close, not two: hence the key as well.
  const stay = (event) => mayClose() || event.preventDefault();
  element.addEventListener('cancel', stay);
  element.addEventListener('keydown', (event) => event.key === 'Escape' && stay(event));
  element.addEventListener('close', () => {
    element.remove();
    if (returnTo?.isConnected) returnTo.focus();
    else document.querySelector('h1')?.focus();
  });
  document.body.append(element);
  element.showModal();
  element.querySelector('.body input, .body select, .body textarea')?.focus();
  return element;
}

/**
 * A form in a dialog: `submit` is called with a way to refuse a field; when it
 * ends the dialog closes, and when it fails the dialog says why.
 */
export function openForm(title, content, { submit, label = 'Save', danger = false, ready }) {
  const trouble = h('div', {});
  const send = h('button', {
    type: 'submit', class: `button ${danger ? 'danger filled' : 'primary'}`, disabled: ready && !ready(),
  }, label);
  const form = h('form', { novalidate: true, class: 'stack' }, content, trouble);
  const dialog = openDialog(title, form, { actions: (close) => [button('Cancel', close), send] });
  send.setAttribute('form', (form.id = `form-${++fieldNumber}`));
  if (ready) form.addEventListener('input', () => (send.disabled = !ready()));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (send.disabled) return;
    replace(trouble);
    send.disabled = true;
    try {
      await submit();
      dialog.close();
    } catch (error) {
      if (error.status === undefined) console.error(error);
      replace(trouble, notice('bad', error.message));
    } finally {
      send.disabled = ready ? !ready() : false;
    }
  });
  return dialog;
}

/** Asks before something that can't be taken back; `typed` must then be written out. */
export function confirmDeed(title, text, { label, typed, submit }) {
  const input = typed && h('input', { type: 'text', autocomplete: 'off', spellcheck: 'false' });
  return openForm(title, [
    h('p', {}, text),
    typed && field(h('span', {}, 'Type ', h('strong', {}, typed), ' to confirm'), input),
  ], { submit, label, danger: true, ready: typed && (() => input.value === typed) });
}
