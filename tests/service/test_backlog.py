"""A terminal sees how many usage rows wait for the database, and that they become less."""

import concurrent.futures
import re
import sqlite3
import subprocess
from contextlib import closing

from http_client import PLAN_HEADERS, Connection, request_body
from simulator import text
from programs import wait_for
from terminal import read_until, terminal_of

ROWS = 1200  # so many wait before it is told
WAITING = re.compile(rb"\r\x1b\[Kccproxy: usage rows that wait for the database: (\d+)")


def ask_often(url, times):
    connection = Connection(url)
    for _ in range(times):
        assert connection.send("POST", "/v1/messages", request_body(), PLAN_HEADERS).status == 200
    connection.close()


def fill(user):
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: ask_often(user.url, ROWS // 4), range(4)))


def test_a_terminal_sees_the_rows_that_wait(start_proxy, simulator):
    simulator.plan(text("x", times=0))
    proxy = start_proxy(max_streams_per_key=64)
    user = proxy.user()
    proxy.stop()
    log = open(proxy.folder / "backlog.log", "wb")

    def start(end):
        return subprocess.Popen(
            [str(proxy.binary), "serve"], stdout=log, stderr=end, env=proxy.environment(), cwd=proxy.folder
        )

    with log, terminal_of(start) as (program, terminal):
        assert b"listening" in read_until(terminal, b"listening on")
        user.ask()
        with closing(sqlite3.connect(proxy.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            fill(user)
            shown = read_until(terminal, b"wait for the database: 1")
            shown += read_until(terminal, b"\r")
            assert int(WAITING.findall(shown)[-1]) > 1000, shown
            other.execute("ROLLBACK")
        wait_for(lambda: len(proxy.rows()) == ROWS + 1, timeout=60, what="all rows")
        program.terminate()
        rest = read_until(terminal, b"")
        assert program.wait(30) == 0
    assert rest.endswith(b"\r\x1b[K"), rest  # nothing is left of the line
