// Ranges of time and sums of usage, as the dashboard and a user's page ask for them.

const DAY_MS = 86_400_000;

export const RANGES = [['day', 'Day'], ['week', 'Week'], ['month', 'Month'], ['custom', 'Custom']];

/** The buckets in which a range is shown (UI-2). */
export function bucketFor(milliseconds) {
  if (milliseconds <= DAY_MS / 4) return 'minute';
  if (milliseconds <= 2 * DAY_MS) return 'hour';
  if (milliseconds <= 45 * DAY_MS) return 'day';
  return 'week';
}

/** The query of a range: {period} or {start_date, end_date}. */
export function rangeQuery(state) {
  if (state.range !== 'custom') {
    const bucket = { day: 'hour', week: 'day', month: 'day' }[state.range];
    return { period: state.range, bucket_type: bucket };
  }
  const days = (Date.parse(state.end) - Date.parse(state.start)) / DAY_MS + 1;
  return { start_date: state.start, end_date: state.end, bucket_type: bucketFor(days * DAY_MS) };
}

const TOTALS = {
  cost: 'total_estimated_cost_usd', tokens: 'total_tokens', requests: 'total_requests', errors: 'total_errors',
  fallbacks: 'total_fallbacks', input: 'total_input_tokens', output: 'total_output_tokens',
  cacheWrite: 'total_cache_write_tokens', cacheRead: 'total_cache_read_tokens',
  inputCost: 'total_input_cost_usd', outputCost: 'total_output_cost_usd',
  cacheWriteCost: 'total_cache_write_cost_usd', cacheReadCost: 'total_cache_read_cost_usd',
};

export function total(usage, name) {
  return Number(usage?.[TOTALS[name]] ?? 0);
}

/** Of several answers together. */
export function sum(usages, name) {
  return usages.reduce((so_far, usage) => so_far + total(usage, name), 0);
}

/* ---- the agents of a session ---- */

/**
 * The rows of a session's tree, which come each before those that it started, with
 * what each used together with those: {id, depth, requests, tokens, micro}.
 */
export function agentsOf(tree) {
  const rows = tree.map((agent) => ({
    id: agent.agent_id, depth: agent.depth, requests: agent.total_requests, tokens: agent.total_tokens,
    micro: Math.round(Number(agent.total_estimated_cost_usd) * 1e6),
  }));
  for (let i = rows.length - 1; i > 0; i--) {
    const parent = rows.slice(0, i).findLast((one) => one.depth < rows[i].depth);
    for (const name of ['requests', 'tokens', 'micro']) if (parent) parent[name] += rows[i][name];
  }
  return rows;
}
