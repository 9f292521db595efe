// The cost of one session of Claude Code, as the tree of its agents.
import { list } from './api.js';
import { h } from './dom.js';
import { empty, fill, number, panel, tokens, usd } from './widgets.js';

const LIMIT = 500;
const MOST = 5000;

async function rowsOf(sessionId, signal) {
  const rows = [];
  for (let all = 1; rows.length < all && rows.length < MOST;) {
    const { items, total } = await list('/usage/requests', { session_id: sessionId, period: 'month', limit: LIMIT, offset: rows.length }, signal);
    if (!items.length) break;
    rows.push(...items);
    all = total;
  }
  return rows;
}

function emptyNode(id) {
  return { id, parent: '', requests: 0, tokens: 0, micro: 0, children: [] };
}

/** Agents by id; what the session itself asked stands under "". */
export function treeOf(rows) {
  const nodes = new Map([['', emptyNode('')]]);
  const node = (id) => nodes.get(id) ?? nodes.set(id, emptyNode(id)).get(id);
  for (const row of rows) {
    const own = node(row.agent_id ?? '');
    if (own.id) own.parent = row.parent_agent_id || own.parent;
    own.requests += 1;
    own.tokens += row.total_tokens;
    own.micro += Math.round(Number(row.total_cost_usd) * 1e6);
  }
  const root = nodes.get('');
  for (const one of [...nodes.values()]) {
    if (one === root) continue;
    const parent = one.parent && one.parent !== one.id ? node(one.parent) : root;
    parent.children.push(one);
  }
  // A parent that asked nothing itself, or one of a circle, still belongs to the session.
  const seen = new Set();
  const walk = (one) => {
    seen.add(one);
    one.children = one.children.filter((child) => !seen.has(child) && walk(child));
    return true;
  };
  walk(root);
  for (const one of nodes.values()) if (!seen.has(one)) walk(one) && root.children.push(one);
  return root;
}

function sumOf(node, name) {
  return node.children.reduce((so_far, child) => so_far + sumOf(child, name), node[name]);
}

function nodeOf(node, name) {
  const children = [...node.children].sort((a, b) => sumOf(b, 'micro') - sumOf(a, 'micro'));
  return h('li', {},
    h('div', { class: 'node' }, h('span', { class: node.id ? '' : 'strong', title: node.id }, name),
      h('span', { class: 'num' }, number(sumOf(node, 'requests')), h('span', { class: 'muted small' }, ' requests')),
      h('span', { class: 'num' }, tokens(sumOf(node, 'tokens')), h('span', { class: 'muted small' }, ' tokens')),
      h('span', { class: 'num strong' }, usd((sumOf(node, 'micro') / 1e6).toFixed(6)))),
    children.length > 0 && h('ul', {}, children.map((child) => nodeOf(child, child.id.length > 24 ? `Agent ${child.id.slice(0, 20)}…` : `Agent ${child.id}`))));
}

export function sessionPanel(sessionId, signal) {
  const body = h('div', { class: 'body' });
  fill(body, signal, () => rowsOf(sessionId, signal), (rows) => (rows.length
    ? h('ul', { class: 'tree' }, nodeOf(treeOf(rows), 'The session'))
    : empty('Nothing of this session', 'It asked nothing this month.')), 90);
  return panel(h('span', {}, 'Session ', h('code', {}, sessionId)), null, body);
}
