// What numbers, times and names look like, and how sessions become trees.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as format from '../../app/pages/js/format.js';
import { agentsOf, bucketFor, rangeQuery } from '../../app/pages/js/usage.js';

const DAY = 86_400_000;

function same(call, cases) {
  for (const [given, expected] of cases) assert.equal(call(given), expected, `of ${given}`);
}

test('models are named by their ids, whatever their version', () => same(format.modelName, [
  ['claude-sonnet-4-5-20250929', 'Claude Sonnet 4.5'],
  ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'Claude Sonnet 4.5'],
  ['global.anthropic.claude-opus-5-5', 'Claude Opus 5.5'],
  ['anthropic.claude-haiku-9', 'Claude Haiku 9'],
  ['claude-sonnet-5-5[1m]', 'Claude Sonnet 5.5 (1M)'],
  ['claude-3-5-haiku-latest', 'Claude Haiku 3.5'],
  ['claude-opus-4-6-v1', 'Claude Opus 4.6'],
  ['claude-something-new-12-34', 'Claude Something New 12.34'],
  ['arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-20250514-v1:0', 'Claude Sonnet 4'],
  ['arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc123', 'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc123'],
  ['amazon.nova-pro-v1:0', 'amazon.nova-pro-v1:0'],
  ['', '–'], [null, '–'],
]));

test('counts are short, and never show a thousand of a unit', () => same(format.count, [
  [0, '0'], [7, '7'], [999, '999'], [1000, '1,000'], [1234, '1,234'], [9999, '9,999'], [12_345, '12.3k'], [999_499, '999k'], [999_600, '1.00M'],
  [1_234_567, '1.23M'], [45_600_000_000, '45.6B'], [-1500, '-1,500'], [-15_000, '-15.0k'], [null, '0'], ['1234', '1,234'],
]));

test('money has two places, more when it is little and fewer when it is much', () => same(format.money, [
  ['0.000000', '$0.00'], ['12.345678', '$12.35'], ['0.004200', '$0.0042'], ['0.000012', '$0.000012'], ['999.994', '$999.99'],
  ['1234.56', '$1,235'], ['1234567.00', '$1.23M'], [null, '$0.00'],
]));

test('exact money is what the proxy keeps', () => same(format.exactMoney, [
  ['1234.567890', '$1,234.567890'], ['0.000001', '$0.000001'], ['12', '$12.000000'], [null, '$0.000000'],
]));

test('prices keep all their places', () => same(format.price, [
  ['0.125000', '$0.125'], ['3.000000', '$3.00'], ['18.750000', '$18.75'], ['0.000000', '$0.00'],
]));

test('times are told from now on', () => {
  const now = Date.parse('2026-11-25T12:00:00Z');
  const at = (seconds) => new Date(now + seconds * 1000).toISOString();
  for (const [seconds, expected] of [[-3, 'just now'], [-59, '59 s ago'], [-60 * 5, '5 min ago'], [-3600 * 3 - 900, '3 h ago'],
    [-86_400 * 2, '2 days ago'], [86_400, 'in 1 day'], [1800, 'in 30 min'], [-86_400 * 20, 'Nov 5']]) {
    assert.equal(format.relative(at(seconds), now), expected);
  }
  assert.match(format.absolute('2026-11-25T12:00:00Z', 'Asia/Tokyo'), /25 Nov 2026.*21:00:00/);
});

test('ranges are shown in the buckets that fit them', () => same(bucketFor, [
  [DAY / 4, 'minute'], [DAY / 4 + 1, 'hour'], [2 * DAY, 'hour'], [2 * DAY + 1, 'day'], [45 * DAY, 'day'], [46 * DAY, 'week'],
]));

test('a range of days is asked for with both its ends', () => {
  assert.deepEqual(rangeQuery({ range: 'custom', start: '2026-01-01', end: '2026-02-14' }),
    { start_date: '2026-01-01', end_date: '2026-02-14', bucket_type: 'day' });
  assert.deepEqual(rangeQuery({ range: 'custom', start: '2026-01-01', end: '2026-01-01' }).bucket_type, 'hour');
  assert.deepEqual(rangeQuery({ range: 'week' }), { period: 'week', bucket_type: 'day' });
});

test('an agent of a session costs what it and those that it started have cost', () => {
  const used = (agent_id, depth, total_estimated_cost_usd) => ({ agent_id, depth, total_requests: 1, total_tokens: 10, total_estimated_cost_usd });
  const rows = agentsOf([used(null, 0, '0.000001'), used('a', 1, '0.100000'), used('b', 2, '0.200000'), used('c', 1, '0.000002'), used('stray', 0, '1.000000')]);
  assert.deepEqual(rows.map(({ id, requests, micro }) => [id, requests, micro]),
    [[null, 4, 300_003], ['a', 2, 300_000], ['b', 1, 200_000], ['c', 1, 2], ['stray', 1, 1_000_000]]);
});

test('marks on axes are as exact as they are far apart', () => {
  for (const [value, step, expected] of [[0, 0.025, '$0'], [0.025, 0.025, '$0.025'], [0.05, 0.05, '$0.05'], [0.2, 0.1, '$0.20'], [3, 1, '$3'], [20_000, 5000, '$20k']]) {
    assert.equal(format.moneyTick(value, step), expected);
  }
  same(format.countTick, [[0, '0'], [40_000, '40k'], [1500, '1,500'], [15_000, '15k'], [2_500_000, '2.5M'], [0.5, ''], [100, '100']]);
});
