"""Fills a new SQLite database of the proxy with 1,000 users and so many usage rows, which
stand in the 90 days before now, with the sums that the proxy would have kept of them."""

import argparse
import contextlib
import sqlite3
import sys
import time

USERS = 1000
DAYS = 90
DAY_S = 86400
MINUTE_DAYS = 14

# Micro-dollars per million tokens: input, output, cache write, cache read.
MODELS = {
    "claude-opus-5-5": (4000000, 20000000, 5000000, 200000),
    "claude-sonnet-5-5": (2000000, 10000000, 2500000, 100000),
    "claude-haiku-5-5": (100000, 500000, 125000, 10000),
}
FIRST = "Ada Grace Barbara Edsger Ken Margaret Donald Frances Alan Radia".split()
LAST = "Lovelace Hopper Liskov Dijkstra Thompson Hamilton Knuth Allen Turing Perlman".split()

# Each user works eight hours a day, on a model of the day, and falls back now and then.
ROWS = """
WITH RECURSIVE
  models(m, id, input_price, output_price, write_price, read_price) AS (VALUES {models}),
  seq(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM seq WHERE i + 1 < :past),
  parts AS (SELECT i, i % {users} AS u, (i / {users}) % :each AS k, i / {users} / :each AS d FROM seq),
  asked AS (
    SELECT i, u, k, d, (u * 7 + d) % 5 / 2 AS m, (k * 31 + u * 17 + d * 5) % 97 AS noise,
      :start + (d * {day} + (8 + u % 5) * 3600 + k * 28800 / :each + (u * 13) % 180) * 1000000 AS at
    FROM parts),
  counted AS (
    SELECT asked.*, models.*, noise % 16 = 0 AS fell,
      200 + noise * 37 + k AS input, 80 + noise * 11 AS output,
      (10 - u % 9) * 900 + noise * 120 AS read, noise * 25 AS written
    FROM asked JOIN models USING (m))
INSERT INTO token_usage (request_id, created_at, user_id, access_key_id, provider, model,
  served_model, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens,
  cache_write_1h_tokens, total_tokens, is_fallback, fallback_reason, is_stream, status,
  http_status, estimated, latency_ms, ttft_ms, overhead_ms, session_id, input_cost_micro,
  output_cost_micro, cache_write_cost_micro, cache_read_cost_micro, total_cost_micro,
  price_estimated, pricing_region, pricing_model_id, price_input_micro, price_output_micro,
  price_cache_write_micro, price_cache_write_1h_micro, price_cache_read_micro)
SELECT printf('req_%024x', i), at, printf('00000000-0000-4000-8000-%012x', u),
  printf('00000000-0000-4000-9000-%012x', u), iif(fell, 'bedrock', 'plan'), id, id, input,
  output, read, written, 0, input + output, fell,
  CASE WHEN fell THEN CASE WHEN u % 3 = 0 THEN 'overloaded' ELSE 'usage_limit' END END, 1,
  'complete', 200, 0, 900 + noise * 40, 400 + noise * 9, 2, printf('session-%d-%d', u, d),
  input * input_price / 1000000, output * output_price / 1000000,
  written * write_price / 1000000, read * read_price / 1000000,
  input * input_price / 1000000 + output * output_price / 1000000
    + written * write_price / 1000000 + read * read_price / 1000000,
  0, 'global', id, input_price, output_price, write_price, write_price, read_price
FROM counted
"""

SUMS = """
INSERT INTO usage_aggregates (bucket_type, bucket_start, user_id, access_key_id, provider,
  model_id, requests, errors, fallbacks, input_tokens, output_tokens, total_tokens,
  cache_write_tokens, cache_read_tokens, input_cost_micro, output_cost_micro,
  cache_write_cost_micro, cache_read_cost_micro, total_cost_micro)
SELECT :type, {start} AS bucket, user_id, access_key_id, provider, {model}, sum({requests}),
  sum({errors}), sum({fallbacks}), sum(input_tokens), sum(output_tokens), sum(total_tokens),
  sum({written}), sum(cache_read_tokens), sum(input_cost_micro), sum(output_cost_micro),
  sum(cache_write_cost_micro), sum(cache_read_cost_micro), sum(total_cost_micro)
FROM {table} WHERE {where} GROUP BY bucket, user_id, provider, {model}
"""

TOTALS = """
INSERT INTO usage_totals SELECT bucket_type, bucket_start, provider, model_id, sum(requests),
  sum(errors), sum(fallbacks), sum(input_tokens), sum(output_tokens), sum(total_tokens),
  sum(cache_write_tokens), sum(cache_read_tokens), sum(input_cost_micro), sum(output_cost_micro),
  sum(cache_write_cost_micro), sum(cache_read_cost_micro), sum(total_cost_micro)
FROM usage_aggregates GROUP BY bucket_type, bucket_start, provider, model_id
"""

SESSION_DAYS = """
INSERT INTO usage_session_days (day, session_id, user_id, access_key_id, provider, first_use,
  last_use)
SELECT created_at / 86400000000 * 86400000000 AS day, session_id, user_id, access_key_id,
  provider, min(created_at), max(created_at)
FROM token_usage GROUP BY day, session_id, user_id, access_key_id, provider
"""

OF_ROWS = {
    "table": "token_usage", "model": "pricing_model_id", "requests": "1", "errors": "0",
    "fallbacks": "is_fallback", "written": "cache_write_5m_tokens",
}
OF_SUMS = {
    "table": "usage_aggregates", "model": "model_id", "requests": "requests",
    "errors": "errors", "fallbacks": "fallbacks", "written": "cache_write_tokens",
}


def write_users(database, now_us):
    for u in range(USERS):
        name = f"{FIRST[u % 10]} {LAST[u // 10 % 10]}" + (f" {u // 100 + 1}" if u >= 100 else "")
        database.execute(
            "INSERT INTO users (id, name, description, status, routing_strategy,"
            " monthly_budget_micro, created_at, updated_at) VALUES (?,?,?,?,?,?,?,?)",
            (f"00000000-0000-4000-8000-{u:012x}", name, f"Team {u % 12 + 1}", "active",
             "plan_first", 60000000 + u * 5000 if u % 2 else None, now_us + u, now_us + u),
        )


def write_rows(database, count, start_us):
    each = count // USERS // DAYS
    models = ",".join(f"({m}, '{id_}', {', '.join(map(str, prices))})"
                      for m, (id_, prices) in enumerate(MODELS.items()))
    sql = ROWS.format(models=models, users=USERS, day=DAY_S)
    count = each * USERS * DAYS
    for first in range(0, count, 500000):
        database.execute(sql, {"first": first, "past": min(first + 500000, count),
                               "each": each, "start": start_us})
        print(f"{min(first + 500000, count)} rows", file=sys.stderr)
    return count


def bucket(column, seconds, offset=0):
    size, shift = seconds * 1000000, offset * 1000000
    return f"({column} - {shift}) / {size} * {size} + {shift}"


def write_sums(database, now_us):
    recent = f"created_at >= {now_us - MINUTE_DAYS * DAY_S * 1000000}"
    month = ("unixepoch(bucket_start / 1000000, 'unixepoch', 'start of month') * 1000000")
    of_hours = {**OF_SUMS, "where": "bucket_type = 'hour'"}
    of_days = {**OF_SUMS, "where": "bucket_type = 'day'"}
    for type_, start, source in (
        ("minute", bucket("created_at", 60), {**OF_ROWS, "where": recent}),
        ("hour", bucket("created_at", 3600), {**OF_ROWS, "where": "true"}),
        ("day", bucket("bucket_start", DAY_S), of_hours),
        # 1970 began on a Thursday: three days before its first Sunday.
        ("week", bucket("bucket_start", 7 * DAY_S, 3 * DAY_S), of_days),
        ("month", month, of_days),
    ):
        database.execute(SUMS.format(start=start, **source), {"type": type_})
        print(f"sums of each {type_}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database")
    parser.add_argument("--rows", type=int, default=10000000)
    options = parser.parse_args()
    now_us = int(time.time()) * 1000000
    start_us = (now_us // (DAY_S * 1000000) - DAYS + 1) * DAY_S * 1000000
    with contextlib.closing(sqlite3.connect(options.database, isolation_level=None)) as database:
        for pragma in ("synchronous = OFF", "temp_store = MEMORY", "cache_size = -2000000"):
            database.execute(f"PRAGMA {pragma}")
        indexes = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL"
            " AND tbl_name IN ('token_usage', 'usage_aggregates')").fetchall()
        database.execute("BEGIN")
        for name, _ in indexes:
            database.execute(f"DROP INDEX {name}")
        write_users(database, now_us)
        count = write_rows(database, options.rows, start_us)
        write_sums(database, now_us)
        database.execute(TOTALS)
        database.execute(SESSION_DAYS)
        for name, sql in indexes:
            database.execute(sql)
        database.execute("COMMIT")
        print(f"{count} rows of {USERS} users", file=sys.stderr)


if __name__ == "__main__":
    main()
