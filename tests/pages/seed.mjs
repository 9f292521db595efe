// A small organisation with some traffic, for pages that have something to show.
import { ask, until } from './support.mjs';

const NAMES = ['Ada Lovelace', 'Grace Hopper', 'Barbara Liskov', 'Edsger Dijkstra', 'Ken Thompson', 'Margaret Hamilton', 'Build farm'];
const TEAMS = [null, 'Storage', 'Compilers'];
const MODELS = ['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-haiku-5-5'];
const SESSION = '7f3c0a52-1c1e-4b7e-9f0e-2a9d5b1f77aa';
const AGENTS = [[], ['explore-1'], ['review-2'], ['test-writer-3', 'review-2']];

function limited() {
  const reset = String(Math.floor(Date.now() / 1000) + 7200);
  return {
    status: 429, times: 1,
    headers: {
      'anthropic-ratelimit-unified-status': 'rejected', 'anthropic-ratelimit-unified-reset': reset,
      'anthropic-ratelimit-unified-5h-status': 'rejected', 'anthropic-ratelimit-unified-5h-utilization': '1.02',
      'anthropic-ratelimit-unified-5h-reset': reset,
    },
    error: { type: 'rate_limit_error', message: 'This request would exceed your account’s rate limit.' },
  };
}

function answered(n) {
  const reset = String(Math.floor(Date.now() / 1000) + 9000);
  return {
    content: [{ type: 'text', text: 'x'.repeat(200) }],
    usage: { input_tokens: 900 + n * 71, output_tokens: 300 + n * 11, cache_read_tokens: n * 500, cache_write_5m_tokens: n * 60 },
    headers: {
      'anthropic-ratelimit-unified-status': 'allowed', 'anthropic-ratelimit-unified-5h-utilization': String(0.2 + (n % 7) / 10),
      'anthropic-ratelimit-unified-5h-reset': reset, 'anthropic-ratelimit-unified-7d-utilization': String(0.1 + (n % 5) / 10),
      'anthropic-ratelimit-unified-7d-reset': String(Number(reset) + 300_000),
    },
  };
}

async function makeUsers(admin, bedrockKey) {
  const users = [];
  for (const [i, name] of NAMES.entries()) {
    const user = await admin.call('POST', '/users', {
      name, description: TEAMS[i % 3] && `Team ${TEAMS[i % 3]}`, monthly_budget_usd: i % 2 ? (0.02 * (i + 1) + 0.01).toFixed(2) : null,
    });
    const key = await admin.call('POST', `/users/${user.id}/access-keys`, {});
    await admin.call('PUT', `/access-keys/${key.id}/bedrock-key`, { bedrock_api_key: bedrockKey });
    users.push({ ...user, key: key.raw_key });
  }
  await admin.call('POST', '/models/mappings', { claude_model: 'claude-novel-9', bedrock_model: 'global.anthropic.claude-novel-9', description: 'Through the global profile', is_active: false });
  await admin.call('POST', '/tokens', { name: 'nightly report', scope: 'read' });
  return users;
}

async function makeTraffic(stage, upstreams, users) {
  let fallen;
  for (let n = 0; n < 50; n++) {
    const user = users[(n * n) % users.length];
    if (n % 9 === 4) await upstreams.answer('anthropic', limited());
    else if (n % 9 === 7) await upstreams.answer('anthropic', { status: 529, times: 1 });
    else await upstreams.answer('anthropic', answered(n));
    const [agent, parent] = AGENTS[n % 4];
    const answer = await ask(stage, user.key, {
      model: MODELS[n % 3], messages: [{ role: 'user', content: 'hello '.repeat(30 * n + 3) }],
      headers: {
        'x-claude-code-session-id': `${SESSION}-${users.indexOf(user)}`, ...(agent && { 'x-claude-code-agent-id': agent }), ...(parent && { 'x-claude-code-parent-agent-id': parent }),
      },
    });
    if (answer.provider === 'bedrock') fallen = answer.id;
  }
  return fallen;
}

export const MODES = {
  light: { viewport: { width: 1360, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1360, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: { width: 360, height: 740 }, colorScheme: 'light' },
};

/** Every page but the one for signing in, with something to show. */
export const pathsOf = ({ user, requestId, session, key }) => ({
  dashboard: '/ui/', users: '/ui/users', user: `/ui/users/${user.id}`, models: '/ui/models', requests: '/ui/requests',
  sessions: '/ui/requests?list=sessions', request: `/ui/requests/${requestId}`, session: `/ui/requests?session_id=${session}`,
  status: '/ui/status', audit: '/ui/audit', settings: '/ui/settings', usage: `/ak/${key}/usage`, nowhere: '/ui/nowhere',
});

/** What the tests then look at. */
export async function seed(stage, admin, upstreams) {
  const users = await makeUsers(admin, stage.bedrock_key);
  const requestId = await makeTraffic(stage, upstreams, users);
  await until(async () => (await admin.call('GET', '/usage?period=day&bucket_type=day')).total_requests >= 50, 'the rows');
  return { user: users[1], key: users[1].key, requestId, session: `${SESSION}-${1}` };
}
