// The admin API: who is signed in, and one call of it.

export class ApiError extends Error {
  constructor(message, { status = 0, code = 'NETWORK', requestId = '', retryAfter = 0 } = {}) {
    super(message);
    Object.assign(this, { status, code, requestId, retryAfter });
  }
}

const session = { csrf: '', username: '', onLost: () => {} };

export function whoAmI() {
  return session.username;
}

export function whenSessionIsLost(call) {
  session.onLost = call;
}

function pathOf(path, query) {
  const given = Object.entries(query ?? {}).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  );
  return given.length ? `/admin${path}?${new URLSearchParams(given)}` : `/admin${path}`;
}

async function send(method, path, { query, body, signal }) {
  const headers = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (method !== 'GET' && session.csrf) headers['x-csrf-token'] = session.csrf;
  try {
    return await fetch(pathOf(path, query), {
      method,
      headers,
      signal,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      redirect: 'error',
    });
  } catch (error) {
    throw told(error);
  }
}

/** What a network says, in words; a call that nobody waits for any more stays what it is. */
function told(error) {
  if (error.name === 'AbortError') return error;
  return new ApiError('The proxy can’t be reached. Check your connection and try again.');
}

/** The body may still break off. */
async function bodyOf(answer) {
  if (answer.status === 204) return null;
  try {
    return await answer.json();
  } catch (error) {
    throw told(error);
  }
}

async function errorOf(answer) {
  let body;
  try {
    body = await answer.json();
  } catch {
    body = undefined;
  }
  return new ApiError(body?.error?.message ?? `The proxy answered with status ${answer.status}.`, {
    status: answer.status,
    code: body?.error?.code ?? 'UNKNOWN',
    requestId: body?.request_id ?? answer.headers.get('x-ccproxy-request-id') ?? '',
    retryAfter: Number(answer.headers.get('retry-after') ?? 0),
  });
}

/** The answer's JSON (null for none); of a list also `total`. */
export async function call(method, path, options = {}) {
  if (method !== 'GET' && !session.csrf && path !== '/auth/login') await findSession();
  const answer = await send(method, path, options);
  if (!answer.ok) {
    const error = await errorOf(answer);
    if (error.status === 401 && path !== '/auth/login') session.onLost();
    throw error;
  }
  return {
    data: await bodyOf(answer),
    total: Number(answer.headers.get('x-total-count') ?? NaN),
    status: answer.status,
  };
}

export async function get(path, query, signal) {
  return (await call('GET', path, { query, signal })).data;
}

export async function list(path, query, signal) {
  const { data, total } = await call('GET', path, { query, signal });
  return { items: data, total: Number.isNaN(total) ? data.length : total };
}

let finding;

/** Who is signed in, asked once. */
export function findSession() {
  finding ??= get('/auth/me')
    .then((me) => {
      session.csrf = me.csrf_token ?? '';
      session.username = me.username;
      return me;
    })
    .catch((error) => {
      finding = undefined;
      throw error;
    });
  return finding;
}

export async function signIn(username, password) {
  const { data } = await call('POST', '/auth/login', { body: { username, password } });
  session.csrf = data.csrf_token;
  session.username = username;
  finding = undefined;
}

export async function signOut() {
  await call('POST', '/auth/logout');
  forgetSession();
}

export function forgetSession() {
  session.csrf = '';
  session.username = '';
  finding = undefined;
}

/** A path of the API for the browser itself to open: a download, a redirect. */
export function linkTo(path, query) {
  return pathOf(path, query);
}
