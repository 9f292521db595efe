// A proxy between simulated upstreams, a browser before it, and what tests do with both.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, '../..');
const MODULES = join(ROOT, process.env.CCPROXY_PAGES_NPM ?? 'build/npm-pages', '/');
const require = createRequire(MODULES);
const { chromium } = require('playwright-core');
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const SCREENSHOTS = join(ROOT, 'build/screenshots');

/* ---- the programs ---- */

/** Starts tests/pages/stage.py; `stop` ends it and fails when something was left behind. */
export async function startStage(settings = {}, ...flags) {
  const database = process.env.CCPROXY_PAGES_DATABASE;
  const all = { ...settings, ...(database && { database_url: database, auto_migrate: true }) };
  const given = Object.entries(all).map(([name, value]) => `${name}=${value}`);
  const child = spawn('python3', [join(HERE, 'stage.py'), ...flags, ...given], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((done) => child.once('exit', done));
  const line = await Promise.race([
    new Promise((done) => createInterface({ input: child.stdout }).once('line', done)),
    ended.then((code) => assert.fail(`the stage ended with ${code}`)),
  ]);
  return {
    ...JSON.parse(line),
    stop: async () => {
      child.stdin.end();
      assert.equal(await ended, 0, 'the stage ended well');
    },
  };
}

/* ---- the sides that are no browser ---- */

export class Upstreams {
  constructor(stage) {
    this.control = stage.control;
  }

  /** Leaves no answer lying ready. */
  async forget() {
    const sent = await fetch(`${this.control}/reset`, { method: 'POST', body: '{}' });
    assert.equal(sent.status, 200, await sent.text());
  }

  async answer(service, ...answers) {
    const sent = await fetch(`${this.control}/answers`, { method: 'POST', body: JSON.stringify({ service, answers }) });
    assert.equal(sent.status, 200, await sent.text());
  }
}

/** One Messages request, as Claude Code would send it. */
export async function ask(stage, key, { headers = {}, ...more } = {}) {
  const answer = await fetch(`${stage.url}/ak/${key}/v1/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json', 'anthropic-version': '2023-06-01',
      'x-api-key': 'sk-ant-api03-dummy-credential-of-the-tests', ...headers,
    },
    body: JSON.stringify({
      model: 'claude-sonnet-5-5', max_tokens: 100, messages: [{ role: 'user', content: 'hello' }], ...more,
    }),
  });
  return {
    status: answer.status, body: await answer.json(), id: answer.headers.get('x-ccproxy-request-id'),
    provider: answer.headers.get('x-ccproxy-provider'),
  };
}

/** The admin API, by a token of its own session. */
export class Admin {
  constructor(stage) {
    this.stage = stage;
  }

  async call(method, path, body) {
    this.token ??= await this.signIn();
    const answer = await fetch(`${this.stage.url}/admin${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  async signIn() {
    const answer = await fetch(`${this.stage.url}/admin/auth/login`, {
      method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password: this.stage.password }),
    });
    return (await answer.json()).access_token;
  }
}

export async function until(condition, what, timeout = 20_000) {
  for (const end = Date.now() + timeout; ;) {
    const found = await condition();
    if (found) return found;
    assert.ok(Date.now() < end, `${what} did not happen within ${timeout} ms`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/* ---- the browser ---- */

export function launch() {
  return chromium.launch({ executablePath: process.env.CCPROXY_CHROMIUM ?? '/usr/bin/chromium', args: process.getuid() === 0 ? ['--no-sandbox'] : [] });
}

/** A page that remembers what should not have happened; `blameless` asserts that nothing has. */
export async function openPage(browser, stage, options = {}) {
  const context = await browser.newContext({ baseURL: stage.url, viewport: { width: 1280, height: 900 }, ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: stage.url });
  const faults = [];
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.expected = new Set(); // statuses of answers that the browser complains about, and that are meant
  page.on('pageerror', (error) => faults.push(`error: ${error.stack}`));
  page.on('console', (message) => {
    const status = message.text().match(/status of (\d+)/)?.[1] ?? message.text().match(/net::\w+/)?.[0];
    if (['error', 'warning'].includes(message.type()) && !page.expected.has(status)) faults.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (![stage.url, stage.issuer].includes(url.origin) && url.protocol !== 'blob:') faults.push(`left the origin: ${request.url()}`);
  });
  page.forgive = () => faults.splice(0);
  page.blameless = () => assert.deepEqual(faults.splice(0), []);
  return page;
}

export async function signIn(page, stage) {
  await page.goto('/ui/login');
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel('Password').fill(stage.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/ui/');
}

/** Until nothing is loading any more. */
export async function settled(page) {
  await page.waitForLoadState('networkidle');
  await page.waitForFunction(() => !document.querySelector('[aria-busy=true], .skeleton'));
}

export async function assertAccessible(page, what) {
  // By the debugger, since no policy of ours lets a page run this.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? node.all[0]?.message ?? ''}`).join(' | ')}`);
  assert.deepEqual(told, [], `${what} is accessible`);
}

export async function assertFits(page, what) {
  const outside = await page.evaluate(() => (document.documentElement.scrollWidth <= innerWidth ? []
    : [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > innerWidth && !one.closest('.scroll, .nav'))
      .map((one) => `${one.tagName} ${one.className} ${one.textContent.slice(0, 40)}`)));
  assert.deepEqual(outside, [], `${what} fits its width`);
}

export async function screenshot(page, name) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}
