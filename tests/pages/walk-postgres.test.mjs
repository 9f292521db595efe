// The same on PostgreSQL, where there is one.
import { test } from 'node:test';

const server = process.env.CCPT_POSTGRES_URL;

if (server) {
  process.env.CCPROXY_PAGES_DATABASE = `${server}/postgres`;
  await import('./walk.mjs');
} else {
  test('an administrator’s days on PostgreSQL', { skip: 'there is no server: see tests/contract/with_postgres.sh' });
}
