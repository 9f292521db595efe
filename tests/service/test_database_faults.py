"""What the proxy does while its database is away, frozen, full, locked or broken:
requests with a cached identity go on, others are told to come again, nobody is told
that the key is wrong, and no row is lost."""

import concurrent.futures
import contextlib
import os
import pathlib
import sqlite3
import subprocess
import tempfile
import threading
import time

import pytest

from cluster import Cluster, stop_all
from http_client import ask, send
from database_server import Postgres
from programs import wait_for
from simulator import text

USAGE = {"input_tokens": 10, "output_tokens": 20}


@pytest.fixture
def postgres():
    server = Postgres()
    yield server
    server.remove()


@pytest.fixture
def cluster(tmp_path, simulator, postgres):
    cluster = Cluster(tmp_path, simulator, count=1, postgres=postgres)
    simulator.plan(text("x", usage=USAGE, times=0))
    yield cluster
    cluster.stop()


def uncached(cluster):
    """A key that no process has seen."""
    return f"{cluster.url}/ak/ak_{os.urandom(32).hex()[:43]}"


def assert_told_to_come_again(answer):
    assert (answer.status, answer.error["type"]) == (503, "api_error"), answer.body
    assert answer.header("retry-after") == "5"


def assert_lives_through(cluster, known, fault, end, seconds=1.0):
    """The fault, and requests while it lasts and after its end."""
    cluster.settle(known.key)
    assert known.ask().status == 200
    ids = []
    fault()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        started = time.monotonic()
        answer = known.ask()
        assert answer.status == 200, answer.body
        assert time.monotonic() - started < 2, "a cached identity waits for nobody"
        ids.append(answer.request_id)
    assert_told_to_come_again(ask(uncached(cluster), timeout=60))
    end()
    wait_for(lambda: ask(uncached(cluster)).status == 403, timeout=30, what="the recovery")
    listed = ",".join(f"'{i}'" for i in ids)
    sql = f"SELECT count(*) FROM token_usage WHERE request_id IN ({listed})"
    wait_for(
        lambda: cluster.rows(sql)[0]["count"] == len(ids), timeout=40, what="all rows"
    )


def test_postgresql_is_killed_and_comes_back(cluster, postgres):
    assert_lives_through(cluster, cluster.user(), postgres.kill, postgres.start)


def test_postgresql_is_restarted(cluster, postgres):
    assert_lives_through(cluster, cluster.user(), postgres.stop, postgres.start)


def test_postgresql_is_frozen(cluster, postgres):
    assert_lives_through(cluster, cluster.user(), postgres.freeze, postgres.thaw)


def test_postgresql_has_no_connection_left(cluster, postgres):
    """Its own connections are ended too; a superuser would still find one."""
    database = cluster.database
    postgres.sql("CREATE ROLE proxy LOGIN")
    for kind in ("TABLES", "SEQUENCES"):
        postgres.sql(f"GRANT ALL ON ALL {kind} IN SCHEMA public TO proxy", database)
    user = cluster.user()
    user.ask()  # the month has its partition
    wait_for(lambda: cluster.usage(), what="the first row")
    member = cluster.members[0]
    member.stop()
    member.settings["database_url"] = member.settings["database_url"].replace(
        "ccproxy@", "proxy@"
    )
    member.settings["auto_migrate"] = "false"
    member.start()

    def close():
        postgres.sql(f'ALTER DATABASE "{database}" CONNECTION LIMIT 0')
        postgres.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'proxy'"
        )

    def open_again():
        postgres.sql(f'ALTER DATABASE "{database}" CONNECTION LIMIT -1')

    assert_lives_through(cluster, user, close, open_again)


@contextlib.contextmanager
def small_file_system(place, size):
    place.mkdir(exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this user may not mount a file system")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)


def fill(place):
    """A file that leaves no room; remove it to make some."""
    filler = place / "filler"
    with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    return filler


def test_the_disk_of_postgresql_is_full(tmp_path, simulator):
    simulator.plan(text("x", usage=USAGE, times=0))
    # The server is another user, who may not pass through the test's own folder.
    place = pathlib.Path(tempfile.mkdtemp(prefix="ccproxy-small-"))
    place.chmod(0o755)
    with small_file_system(place, "128m"):
        postgres = Postgres(room=place)
        cluster = Cluster(tmp_path, simulator, count=1, postgres=postgres)
        try:
            user = cluster.user()
            filler = fill(place)
            ids = [user.ask().request_id for _ in range(200)]
            wait_for(
                lambda: any(
                    line["event"] == "usage_write_failed" for line in cluster.members[0].log()
                ),
                timeout=30,
                what="a word in the log",
            )
            assert user.ask().status == 200
            filler.unlink()
            listed = ",".join(f"'{i}'" for i in ids)
            sql = f"SELECT count(*) FROM token_usage WHERE request_id IN ({listed})"
            wait_for(lambda: cluster.rows(sql)[0]["count"] == 200, timeout=60)
        finally:
            stop_all(cluster, postgres)
    place.rmdir()


def test_postgresql_fails_over_to_another_address(tmp_path, simulator):
    simulator.plan(text("x", usage=USAGE, times=0))
    first = Postgres(settings={"wal_level": "replica"})
    second = Postgres(clone_of=first)
    addresses = f"127.0.0.1:{first.port},127.0.0.1:{second.port}"
    cluster = Cluster(tmp_path, simulator, count=0, postgres=first)
    try:
        cluster.settings["database_url"] = (
            f"postgresql://ccproxy@{addresses}/{cluster.database}"
            "?target_session_attrs=read-write"
        )
        cluster.add_member(simulator)
        cluster.start_nginx()
        user = cluster.user()
        cluster.settle(user.key)
        assert user.ask().status == 200

        first.kill()
        assert user.ask().status == 200
        second.run("pg_ctl", "promote", "-w", "-D", second.data)

        wait_for(lambda: ask(uncached(cluster)).status == 403, timeout=30)
        answer = user.ask()
        cluster.postgres = second
        sql = f"SELECT * FROM token_usage WHERE request_id = '{answer.request_id}'"
        wait_for(lambda: cluster.rows(sql), timeout=40, what="a row in the new place")
    finally:
        stop_all(cluster, second)
        first.remove()


# ---- SQLite ----


@pytest.fixture
def alone(start_proxy, simulator):
    simulator.plan(text("x", usage=USAGE, times=0))
    return start_proxy()


def test_sqlite_is_locked_by_somebody(alone):
    user = alone.user()
    assert user.ask().status == 200
    with contextlib.closing(sqlite3.connect(alone.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        ids = [user.ask().request_id for _ in range(5)]
        assert ask(f"{alone.url}/ak/ak_{'D' * 43}").status in (403, 503)
        other.execute("ROLLBACK")
    for request_id in ids:
        wait_for(lambda: alone.rows(request_id), timeout=20, what="the row")


def test_a_broken_sqlite_file_is_said_and_served_by_nobody(alone):
    user = alone.user()
    assert user.ask().status == 200
    alone.stop()
    with open(alone.database, "r+b") as file:
        file.seek(4096)
        file.write(os.urandom(alone.database.stat().st_size - 4096))

    finished = alone.run("serve")

    assert finished.returncode == 1
    assert "sqlite" in finished.stderr
    assert "malformed" in finished.stderr or "not a database" in finished.stderr


@contextlib.contextmanager
def without_a_root(database, table):
    """A schema in which a table begins behind the file's end."""
    def point(to):
        with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
            version = other.execute("PRAGMA schema_version").fetchone()[0]
            other.execute("PRAGMA writable_schema = ON")
            other.execute("UPDATE sqlite_master SET rootpage = ? WHERE name = ?", (to, table))
            other.execute(f"PRAGMA schema_version = {version + 1}")

    with contextlib.closing(sqlite3.connect(database)) as other:
        sql = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        root = other.execute(sql, (table,)).fetchone()[0]
    point(99_999_999)
    try:
        yield
    finally:
        # What can't be read can't be repaired by its own means.
        with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("PRAGMA writable_schema = ON")
            other.execute("UPDATE sqlite_master SET rootpage = ? WHERE name = ?", (root, table))
            other.execute("PRAGMA schema_version = 9999")


def test_a_sqlite_file_that_breaks_meanwhile_loses_no_row_and_refuses_no_key(alone):
    user = alone.user()
    alone.settle(user.key)
    assert user.ask().status == 200
    with without_a_root(alone.database, "token_usage"):
        answers = [user.ask() for _ in range(20)]
        assert {answer.status for answer in answers} == {200}
        assert_told_to_come_again(ask(f"{alone.url}/ak/ak_{'D' * 43}"))
        wait_for(
            lambda: any(line["event"] == "usage_write_failed" and "malformed" in str(line) for line in alone.log()),
            what="a loud word in the log",
        )
    for answer in answers:
        wait_for(lambda: alone.rows(answer.request_id), timeout=40, what="the row")


def test_a_read_only_sqlite_file_is_said(start_proxy, tmp_path):
    place = tmp_path / "small"
    with small_file_system(place, "8m"):
        proxy = start_proxy(database_url=f"sqlite:{place}/ccproxy.db")
        proxy.stop()
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)

        finished = proxy.run("serve")

        assert finished.returncode == 1
        assert f"{place}/ccproxy.db" in finished.stderr and "it is read-only" in finished.stderr
        subprocess.run(["mount", "-o", "remount,rw", str(place)], check=True)
        proxy.start()
        proxy.stop()


def test_a_spool_without_room_lets_requests_go_on_and_says_what_is_lost(
    start_proxy, simulator
):
    """US-5: the spool is bounded; here by its own setting, with the database locked."""
    simulator.plan(text("x", usage=USAGE, times=0))
    proxy = start_proxy(usage_spool_bytes=65536)
    user = proxy.user()
    assert user.ask().status == 200
    with contextlib.closing(sqlite3.connect(proxy.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: user.ask(), range(300)))
        assert {answer.status for answer in answers} == {200}
        dropped = [line for line in proxy.log() if line["event"] == "usage_dropped"]
        assert dropped and dropped[0]["level"] == "ERROR"
        other.execute("ROLLBACK")
    known = {answer.request_id for answer in answers}

    def stored():
        return len({row["request_id"] for row in proxy.rows()} & known)

    wait_for(lambda: send(proxy.url, "GET", "/ready").json["usage_queue_depth"] == 0, 30)
    assert 50 < stored() < 300


def test_a_disk_without_room_lets_requests_go_on(start_proxy, simulator, tmp_path):
    """The data folder lies on a small file system of its own."""
    place = tmp_path / "small"
    with small_file_system(place, "4m"):
        simulator.plan(text("x", usage=USAGE, times=0))
        proxy = start_proxy(data_dir=place / "data")
        proxy.data = place / "data"
        proxy.database = proxy.data / "ccproxy.db"
        user = proxy.user()
        assert user.ask().status == 200
        filler = fill(place)
        for _ in range(60):
            assert user.ask().status == 200
        wait_for(
            lambda: any(
                line["level"] == "ERROR"
                for line in proxy.log()
                if line["event"] in ("usage_dropped", "usage_write_failed")
            ),
            what="a loud word in the log",
        )
        filler.unlink()

        last = user.ask().request_id
        wait_for(lambda: proxy.rows(last), timeout=40, what="rows again")
        proxy.stop()


class Load:
    """Requests without an end, and what their clients saw."""

    def __init__(self, user):
        self.user = user
        self.ids = set()
        self.over = threading.Event()
        self.lock = threading.Lock()

    def run(self, _):
        while not self.over.is_set():
            answer = self.user.ask()
            assert answer.status == 200, answer.body
            with self.lock:
                self.ids.add(answer.request_id)
            time.sleep(0.01)


@pytest.mark.parametrize(
    "seconds", [8, pytest.param(600, marks=pytest.mark.long)], ids=lambda s: f"{s} s"
)
def test_nothing_is_lost_or_doubled_while_postgresql_is_down_under_load(
    cluster, postgres, seconds
):
    user = cluster.user()
    cluster.settle(user.key)
    load = Load(user)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        running = [pool.submit(load.run, number) for number in range(8)]
        wait_for(lambda: len(load.ids) > 50, timeout=30, what="the load")
        postgres.kill()
        # The time is the case: stale_auth_seconds lets cached identities go on so long.
        time.sleep(seconds)
        before = len(load.ids)
        postgres.start()
        wait_for(lambda: len(load.ids) > before + 50, timeout=30)
        load.over.set()
        for one in running:
            one.result()

    count = f"SELECT count(*), count(DISTINCT request_id) AS ids FROM token_usage WHERE user_id = '{user.id}'"
    # Ten minutes leave hundreds of thousands of rows: they may take long, but not stand still.
    stored, wanted = -1, len(load.ids)
    while stored < wanted:
        stored = wait_for(
            lambda former=stored: (now := cluster.rows(count)[0]["count"]) > former and now,
            timeout=60,
            what=f"more than {stored} of {wanted} rows in the store",
        )
        time.sleep(0.2)  # a count reads them all: not all the time
    rows = cluster.rows(count)[0]
    assert rows["count"] == rows["ids"] == len(load.ids)
    sums = cluster.rows(
        "SELECT sum(requests) AS requests FROM usage_aggregates"
        f" WHERE bucket_type = 'month' AND user_id = '{user.id}'"
    )
    assert sums[0]["requests"] == len(load.ids)
