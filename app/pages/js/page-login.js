import { linkTo, signIn } from './api.js';
import { brand, go } from './app.js';
import { h, replace } from './dom.js';
import { span } from './format.js';
import { field, notice } from './widgets.js';

/** Only a page of ours: what stands in an address may come from anybody. */
function nextPage(query) {
  const next = query.get('next') ?? '';
  return /^\/ui\/(?!login)[^\\]*$/.test(next) ? next : '/ui/';
}

/** Why the proxy sent the browser back here from the provider: one of its words. */
const REFUSALS = {
  forbidden: 'Your organisation did not sign you in, or you may not administer this proxy.',
  invalid: 'This sign-in was not begun in this browser, or took too long. Try again.',
  unavailable: 'Your organisation’s sign-in can’t be reached. Try again later.',
};

function refusal(query) {
  const word = query.get('refused') ?? '';
  return Object.hasOwn(REFUSALS, word) ? notice('bad', REFUSALS[word]) : null;
}

function explain(error) {
  if (error.status === 401) return 'Invalid credentials';
  if (error.status === 429) {
    const wait = error.retryAfter ? `Try again in ${span(error.retryAfter)}.` : 'Try again later.';
    return `Too many failed sign-ins. ${wait}`;
  }
  return error.message;
}

async function offerProvider(place, signal) {
  const ways = await fetch('/ui/signin.json', { signal }).then((answer) => answer.json()).catch(() => ({}));
  if (!ways.provider || signal.aborted) return;
  replace(place, h('a', { class: 'button', href: linkTo('/auth/oidc/start') }, 'Sign in with your organisation'));
}

export function show({ main, signal, query }) {
  const name = h('input', { type: 'text', name: 'username', autocomplete: 'username', required: true, maxlength: 255, autocapitalize: 'none', spellcheck: 'false' });
  const password = h('input', { type: 'password', name: 'password', autocomplete: 'current-password', required: true, maxlength: 1024 });
  const trouble = h('div', {}, refusal(query));
  const provider = h('div', {});
  const send = h('button', { type: 'submit', class: 'button primary' }, 'Sign in');
  const fields = [field('User name', name), field('Password', password)];

  async function submit(event) {
    event.preventDefault();
    fields[0].fail(name.value ? '' : 'Enter your user name.');
    fields[1].fail(password.value ? '' : 'Enter your password.');
    if (!name.value || !password.value) return;
    send.disabled = true;
    replace(trouble);
    try {
      await signIn(name.value, password.value);
      go(nextPage(query), { replace: true });
    } catch (error) {
      if (signal.aborted) return;
      replace(trouble, notice('bad', explain(error)));
      password.select();
    } finally {
      send.disabled = false;
    }
  }

  replace(main, h('div', { class: 'signin' },
    h('form', { class: 'panel', novalidate: true, onsubmit: submit },
      brand(), h('h1', { class: 'visually-hidden' }, 'Sign in'), fields, trouble, send, provider)));
  name.focus();
  offerProvider(provider, signal);
}
