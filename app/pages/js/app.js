// The frame of all pages: which page stands at which path, the header, and who is signed in.
import { findSession, forgetSession, signOut, whenSessionIsLost } from './api.js';
import { append, h, icon, replace } from './dom.js';
import { problem } from './widgets.js';

const HOME = '/ui/';

/** path pattern, title, entry of the header, module */
const PAGES = [
  [/^$/, 'Dashboard', 'Dashboard', () => import('./page-dashboard.js')],
  [/^login$/, 'Sign in', null, () => import('./page-login.js')],
  [/^users$/, 'Users', 'Users', () => import('./page-users.js')],
  [/^users\/([^/]+)$/, 'User', 'Users', () => import('./page-user.js')],
  [/^models$/, 'Models and prices', 'Models', () => import('./page-models.js')],
  [/^requests$/, 'Requests', 'Requests', () => import('./page-requests.js')],
  [/^requests\/([^/]+)$/, 'Request', 'Requests', () => import('./page-request.js')],
  [/^status$/, 'Status', 'Status', () => import('./page-status.js')],
  [/^audit$/, 'Audit', 'Audit', () => import('./page-audit.js')],
  [/^settings$/, 'Settings', 'Settings', () => import('./page-settings.js')],
];

const ENTRIES = [
  ['Dashboard', ''], ['Users', 'users'], ['Models', 'models'], ['Requests', 'requests'],
  ['Status', 'status'], ['Audit', 'audit'], ['Settings', 'settings'],
];

const main = document.getElementById('main');
const top_ = document.getElementById('top');
let leaving = new AbortController();

/* ---- the header ---- */

const THEMES = { auto: ['screen', 'Theme: as the system'], light: ['sun', 'Theme: light'], dark: ['moon', 'Theme: dark'] };

function themeButton() {
  const next = { auto: 'light', light: 'dark', dark: 'auto' };
  const element = h('button', { type: 'button', class: 'button quiet square' });
  let theme = document.documentElement.dataset.theme ?? 'auto';
  const show = () => {
    const [mark, label] = THEMES[theme];
    replace(element, icon(mark));
    element.title = label;
    element.setAttribute('aria-label', label);
  };
  element.addEventListener('click', () => {
    theme = next[theme];
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem('ccproxy-theme', theme);
    } catch {
      // Not kept, then.
    }
    show();
    dispatchEvent(new Event('themechange'));
  });
  show();
  return element;
}

export function brand(href) {
  const mark = h('img', { src: document.querySelector('link[rel=icon]').getAttribute('href'), alt: '', width: 24, height: 24 });
  return h(href ? 'a' : 'div', { class: 'brand', href }, mark, 'ClaudeCodeProxy');
}

async function leave() {
  try {
    await signOut();
  } catch (error) {
    if (error.status !== 401) throw error;
  }
  go(`${HOME}login`);
}

function buildHeader() {
  const links = ENTRIES.map(([title, path]) => h('a', { href: HOME + path, dataset: { entry: title } }, title));
  append(top_, h('div', { class: 'top-inner' }, brand(HOME),
    h('nav', { class: 'nav', 'aria-label': 'Pages' }, links),
    h('div', { class: 'top-end' }, themeButton(),
      h('button', { type: 'button', class: 'button quiet', onclick: leave }, 'Sign out'))));
}

function markEntry(entry) {
  for (const link of top_.querySelectorAll('[data-entry]')) {
    if (link.dataset.entry === entry) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  top_.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

/* ---- going from page to page ---- */

function findPage(path) {
  for (const [pattern, title, entry, load] of PAGES) {
    const found = path.match(pattern);
    if (found) return { title, entry, load, argument: found[1] && decodeURIComponent(found[1]) };
  }
  return null;
}

function showNothing() {
  document.title = 'Not found – ClaudeCodeProxy';
  replace(main, h('div', { class: 'empty' }, h('h1', { tabindex: -1 }, 'There is no such page'),
    h('p', {}, h('a', { href: HOME }, 'To the dashboard'))));
}

async function show(moveFocus) {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const page = findPage(location.pathname.slice(HOME.length));
  for (const open of document.querySelectorAll('dialog')) open.remove();
  top_.hidden = page?.entry === null;
  markEntry(page?.entry);
  if (!page) return showNothing();
  document.title = `${page.title} – ClaudeCodeProxy`;
  if (page.entry) findSession().catch(() => {});
  try {
    const module = await page.load();
    if (signal.aborted) return;
    replace(main);
    scrollTo(0, 0);
    module.show({ main, signal, argument: page.argument, query: new URLSearchParams(location.search) });
    if (moveFocus) focusHeading();
  } catch (error) {
    console.error(error);
    replace(main, problem(new Error('This page could not be loaded.'), () => location.reload()));
  }
}

function focusHeading() {
  const heading = main.querySelector('h1');
  heading?.setAttribute('tabindex', '-1');
  (heading ?? main).focus({ preventScroll: true });
}

export function go(url, { replace: instead = false } = {}) {
  history[instead ? 'replaceState' : 'pushState'](null, '', url);
  show(true);
}

/** Keeps what a page shows in its address, without going anywhere. */
export function keepInAddress(query) {
  const given = Object.entries(query).filter(([, value]) => value);
  const text = new URLSearchParams(given).toString();
  history.replaceState(null, '', location.pathname + (text ? `?${text}` : ''));
}

function isPlainClick(event) {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href]');
  if (!link || !isPlainClick(event) || event.defaultPrevented || link.target || link.hasAttribute('download')) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || !url.pathname.startsWith(HOME) || url.hash) return;
  event.preventDefault();
  go(url.pathname + url.search);
});
addEventListener('popstate', () => show(true));
// A fragment would make a new entry of the history, and the page would be shown anew.
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});

whenSessionIsLost(() => {
  const wasHere = location.pathname + location.search;
  const isLogin = location.pathname === `${HOME}login`;
  forgetSession();
  if (!isLogin) go(`${HOME}login?next=${encodeURIComponent(wasHere)}`, { replace: true });
});

buildHeader();
show(false);
