// The cost of one session of Claude Code, as the tree of its agents.
import { get } from './api.js';
import { h } from './dom.js';
import { agentsOf } from './usage.js';
import { fill, notice, number, panel, tokens, usd, when } from './widgets.js';

const dollars = (micro) => usd((micro / 1e6).toFixed(6));

function nodeOf({ id, depth, requests, tokens: used, micro }) {
  const name = id === null ? 'Main agent' : `Agent ${id.length > 26 ? `${id.slice(0, 24)}…` : id}`;
  return h('li', { class: 'node', style: { paddingLeft: `${Math.min(depth, 8) * 22}px` } },
    h('span', { class: depth ? 'branch' : 'strong', title: id ?? '' }, name),
    h('span', { class: 'num' }, number(requests), h('span', { class: 'muted small' }, ' requests')),
    h('span', { class: 'num' }, tokens(used), h('span', { class: 'muted small' }, ' tokens')),
    h('span', { class: 'num strong' }, dollars(micro)));
}

function treeOf(session) {
  return h('div', { class: 'stack' },
    h('p', { class: 'muted' }, 'Of ', h('a', { href: `/ui/users/${session.user_id}` }, session.user_name ?? 'a deleted user'), ', first used ', when(session.first_at), ', last ', when(session.last_at), ': ',
      number(session.total_requests), ' requests, ', tokens(session.total_tokens), ' tokens, ',
      h('strong', {}, usd(session.total_estimated_cost_usd))),
    h('ul', { class: 'tree' }, agentsOf(session.tree).map(nodeOf)));
}

export function sessionPanel(sessionId, signal) {
  const body = h('div', { class: 'body' });
  fill(body, signal, async () => {
    try {
      return await get(`/usage/sessions/${encodeURIComponent(sessionId)}`, undefined, signal);
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
  }, (session) => (session ? treeOf(session) : notice('warn', 'Nothing is known of this session.')), 90);
  return panel(h('span', {}, 'Session ', h('code', {}, sessionId)), null, body);
}
