"""How long an administrator waits for usage, with two years of it in the database.

    python3 tests/bench/reports.py [--database sqlite|postgres] [--rows 10000000] [--times 20]
        [--folder FOLDER]

Fills a new database by SQL (minutes), starts the built server on it, and asks the admin API
what the pages ask it. Prints a line for each question, in milliseconds: the processor's time
that one answer takes of the server and its database, and as a client sees it the median, the
95th percentile and the longest. The target is 200 ms at the 95th percentile.
"""

import argparse
import datetime
import os
import pathlib
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

# pylint: disable=wrong-import-position
from admin import Admin
from cluster import Cluster
from database_server import Postgres
from proxy import Proxy
from simulator import Simulator

USERS = 200
DAYS = 730
HOURS = 3  # in which a user works, each day
DAY_US = 86_400_000_000

# A user's requests of a day lie in three of its hours; one in ten goes to Bedrock, one in
# thirty fails; a model an hour, a session a day. $i is the number of the row.
ROWS = """
INSERT INTO token_usage (request_id, created_at, user_id, access_key_id, provider, model,
    served_model, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens,
    cache_write_1h_tokens, total_tokens, is_fallback, fallback_reason, is_stream, status,
    http_status, estimated, latency_ms, ttft_ms, session_id, input_cost_micro, output_cost_micro,
    cache_write_cost_micro, cache_read_cost_micro, total_cost_micro, price_estimated,
    pricing_region, pricing_model_id, price_input_micro, price_output_micro,
    price_cache_write_micro, price_cache_write_1h_micro, price_cache_read_micro)
SELECT 'req_' || i, {time}, u.id, u.key_id, provider, model, model,
    1000, 500, 20000, 300, 0, 1500, provider = 'bedrock', reason, {true}, status, 200, {false}, 9000,
    800, 'session-' || who || '-' || day, 5000, 12500, 1875, 10000, 29375, {false},
    'global', model, 5000000, 25000000, 6250000, 10000000, 500000
FROM (SELECT i, i / {per_day} AS day, (i % {per_day}) % {users} AS who,
        {start} + (i / {per_day}) * {day_us} + (8 + (i % {hours}) * 3) * 3600000000
          + ((i * 7919) % 3600) * 1000000 AS at_us,
        CASE WHEN i % 10 = 0 THEN 'bedrock' ELSE 'plan' END AS provider,
        CASE i % 100 WHEN 0 THEN 'server_error' WHEN 50 THEN 'rate_limit'
          ELSE CASE i % 10 WHEN 0 THEN 'usage_limit' END END AS reason,
        CASE i % {hours} WHEN 0 THEN 'claude-opus-5-5' WHEN 1 THEN 'claude-sonnet-5-5'
          ELSE 'claude-haiku-5-5' END AS model,
        CASE WHEN i % 30 = 0 THEN 'error' ELSE 'complete' END AS status
      FROM ({numbers}) AS numbers) AS made
JOIN bench_users u ON u.number = made.who
"""

AGGREGATES = """
INSERT INTO usage_aggregates (bucket_type, bucket_start, user_id, access_key_id, provider,
    model_id, requests, errors, fallbacks, input_tokens, output_tokens, total_tokens,
    cache_write_tokens, cache_read_tokens, input_cost_micro, output_cost_micro,
    cache_write_cost_micro, cache_read_cost_micro, total_cost_micro)
SELECT '{bucket}', {start} AS bucket, user_id, access_key_id, provider, pricing_model_id,
    sum(CASE WHEN status <> 'error' THEN 1 ELSE 0 END),
    sum(CASE WHEN status = 'error' THEN 1 ELSE 0 END),
    sum(CASE WHEN is_fallback AND status <> 'error' THEN 1 ELSE 0 END), sum(input_tokens),
    sum(output_tokens), sum(total_tokens), sum(cache_write_5m_tokens),
    sum(cache_read_tokens), sum(input_cost_micro), sum(output_cost_micro),
    sum(cache_write_cost_micro), sum(cache_read_cost_micro), sum(total_cost_micro)
FROM token_usage {condition}
GROUP BY bucket, user_id, access_key_id, provider, pricing_model_id
"""

TOTALS = """
INSERT INTO usage_totals SELECT bucket_type, bucket_start, provider, model_id, sum(requests),
    sum(errors), sum(fallbacks), sum(input_tokens), sum(output_tokens), sum(total_tokens),
    sum(cache_write_tokens), sum(cache_read_tokens), sum(input_cost_micro),
    sum(output_cost_micro), sum(cache_write_cost_micro), sum(cache_read_cost_micro),
    sum(total_cost_micro)
FROM usage_aggregates GROUP BY bucket_type, bucket_start, provider, model_id
"""

SESSION_DAYS = """
INSERT INTO usage_session_days (day, session_id, user_id, access_key_id, provider, first_use,
    last_use)
SELECT {start} AS day, session_id, user_id, access_key_id, provider, min(created_at),
    max(created_at)
FROM token_usage GROUP BY day, session_id, user_id, access_key_id, provider
"""

SQLITE_STARTS = {
    "minute": "created_at - created_at % 60000000",
    "hour": "created_at - created_at % 3600000000",
    "day": "created_at - created_at % 86400000000",
    # 1970-01-04 was a Sunday.
    "week": "created_at - (created_at - 259200000000) % 604800000000",
    "month": "CAST(strftime('%s', created_at / 1000000, 'unixepoch', 'start of month')"
    " AS INTEGER) * 1000000",
}

POSTGRES_STARTS = {
    "minute": "date_trunc('minute', created_at, 'UTC')",
    "hour": "date_trunc('hour', created_at, 'UTC')",
    "day": "date_trunc('day', created_at, 'UTC')",
    "week": "date_trunc('week', created_at + interval '1 day', 'UTC') - interval '1 day'",
    "month": "date_trunc('month', created_at, 'UTC')",
}


def midnight_us():
    now = datetime.datetime.now(datetime.timezone.utc)
    return int(now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()) * 1_000_000


def statements(rows, starts, words):
    start = midnight_us() - (DAYS - 1) * DAY_US
    per_day = -(-rows // DAYS)
    yield ROWS.format(
        start=start, per_day=per_day, users=USERS, hours=HOURS, day_us=DAY_US, **words
    )
    recent = words["recent"].format(at=start + (DAYS - 14) * DAY_US)
    for bucket, begin in starts.items():
        condition = recent if bucket == "minute" else ""
        yield AGGREGATES.format(bucket=bucket, start=begin, condition=condition)
    yield TOTALS
    yield SESSION_DAYS.format(start=starts["day"])


def users():
    made = [(n, str(uuid.uuid4()), str(uuid.uuid4())) for n in range(USERS)]
    listed = ", ".join(f"({n}, '{u}', '{k}')" for n, u, k in made)
    return f"INSERT INTO bench_users (number, id, key_id) VALUES {listed}"


def fill_sqlite(path, rows):
    with sqlite3.connect(path, isolation_level=None) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA cache_size = -500000")
        database.execute("CREATE TABLE bench_users (number INTEGER PRIMARY KEY, id, key_id)")
        database.execute(users())
        database.execute(
            "INSERT INTO users SELECT id, 'user ' || number, NULL, 'active', 'plan_first',"
            " 100000000, 1, 1, NULL FROM bench_users"
        )
        words = {
            "time": "at_us",
            "true": "1",
            "false": "0",
            "recent": "WHERE created_at >= {at}",
            "numbers": "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
            f" WHERE i + 1 < {rows}) SELECT i FROM n",
        }
        for statement in statements(rows, SQLITE_STARTS, words):
            database.execute(statement)
        database.execute("DROP TABLE bench_users")
        database.execute("PRAGMA journal_mode = WAL")
    database.close()


def fill_postgres(cluster, rows):
    server, database = cluster.postgres, cluster.database
    server.sql("CREATE TABLE bench_users (number int PRIMARY KEY, id uuid, key_id uuid)", database)
    server.sql(users(), database)
    server.sql(
        "INSERT INTO users SELECT id, 'user ' || number, NULL, 'active', 'plan_first',"
        " 100000000, now(), now(), NULL FROM bench_users",
        database,
    )
    server.sql(
        "SELECT ccproxy_make_usage_month(now() - n * interval '1 month')"
        f" FROM generate_series(0, {DAYS // 28}) n",
        database,
    )
    words = {
        "time": "to_timestamp(at_us / 1000000.0)",
        "true": "true",
        "false": "false",
        "recent": "WHERE created_at >= to_timestamp({at} / 1000000.0)",
        "numbers": f"SELECT generate_series(0::bigint, {rows - 1}) AS i",
    }
    for statement in statements(rows, POSTGRES_STARTS, words):
        server.sql(statement, database)
    server.sql("DROP TABLE bench_users", database)
    server.sql("VACUUM ANALYZE", database)


def questions(admin):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    two_years = f"start_date={today - datetime.timedelta(days=DAYS - 1)}&end_date={today}"
    month = f"start_date={today - datetime.timedelta(days=30)}&end_date={today}"
    user = admin.get("/usage/top-users?" + two_years).json[0]["user_id"]
    last = admin.get(f"/usage/requests?limit=1&{month}").json[0]["request_id"]
    return {
        "users": "/users?limit=100",
        "day": "/usage?period=day&bucket_type=hour",
        "week": "/usage?period=week&bucket_type=day",
        "month": "/usage?period=month&bucket_type=day",
        "two years by week": f"/usage?bucket_type=week&{two_years}",
        "two years by month, bedrock": f"/usage?bucket_type=month&provider=bedrock&{two_years}",
        "a user's two years": f"/usage?bucket_type=week&user_id={user}&{two_years}",
        "top users of two years": f"/usage/top-users?limit=10&{two_years}",
        "their weeks": f"/usage/top-users/series?limit=5&bucket_type=week&{two_years}",
        "newest requests": f"/usage/requests?limit=100&{two_years}",
        "failed requests": f"/usage/requests?limit=100&status=error&{two_years}",
        "a user's requests": f"/usage/requests?limit=100&user_id={user}&{two_years}",
        "one request": f"/usage/requests?request_id={last}&{two_years}",
        "sessions of a day": "/usage/sessions?limit=100",
        "sessions of a week": "/usage/sessions?limit=100&period=week",
        "sessions of two years": f"/usage/sessions?limit=100&{two_years}",
    }


def cpu_ms(pids):
    """What these processes have used of the processor so far."""
    ticks = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def measure(proxy, times, others=lambda: []):
    admin = Admin(proxy)
    admin.sign_in()
    print(f"{'question':30} {'cpu':>8} {'median':>8} {'p95':>8} {'longest':>8}")
    for name, path in questions(admin).items():
        taken = []
        admin.get(path)
        before = cpu_ms([proxy.program.pid, *others()])
        for _ in range(times):
            began = time.monotonic()
            admin.get(path)
            taken.append((time.monotonic() - began) * 1000)
        cpu = (cpu_ms([proxy.program.pid, *others()]) - before) / times
        taken.sort()
        p95 = taken[min(len(taken) - 1, int(len(taken) * 0.95))]
        seen = f"{statistics.median(taken):8.1f} {p95:8.1f} {taken[-1]:8.1f}"
        print(f"{name:30} {cpu:8.1f} {seen}", flush=True)


def start_again(proxy, data):
    """With a new password, as the first start's output may be gone with its folder."""
    proxy.stop()
    (data / "admin_password_hash").unlink()
    proxy.start()


def run_sqlite(options, folder, simulator):
    data = options.folder.resolve() / "data" if options.folder else folder / "data"
    filled = data / "filled"
    proxy = Proxy(folder, simulator, data_dir=data)
    if not filled.exists():
        began = time.monotonic()
        proxy.stop()
        fill_sqlite(data / "ccproxy.db", options.rows)
        filled.touch()
        proxy.start()
        print(f"filled in {time.monotonic() - began:.0f} s", flush=True)
    start_again(proxy, data)
    measure(proxy, options.times)
    proxy.stop()


def run(options, folder):
    simulator = Simulator(folder)
    began = time.monotonic()
    if options.database == "sqlite":
        run_sqlite(options, folder, simulator)
    else:
        postgres = Postgres(settings={"shared_buffers": "512MB", "max_wal_size": "8GB"}, room=folder)
        cluster = Cluster(folder, simulator, count=1, postgres=postgres)
        try:
            fill_postgres(cluster, options.rows)
            print(f"filled in {time.monotonic() - began:.0f} s", flush=True)
            measure(cluster.members[0], options.times, postgres.members)
        finally:
            cluster.stop()
            postgres.remove()
    simulator.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--folder", type=pathlib.Path, help="keeps SQLite's file here, and uses it again")
    options = parser.parse_args()
    if options.folder:
        options.folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ccproxy-reports-") as folder:
        os.chmod(folder, 0o711)  # as root, PostgreSQL runs as another user
        run(options, pathlib.Path(folder))


if __name__ == "__main__":
    main()
