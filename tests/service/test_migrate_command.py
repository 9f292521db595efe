"""`ccproxy migrate`: its lists as JSON, and a sign of life on a terminal."""

import json
import pathlib
import sqlite3
import subprocess
from contextlib import closing

import pytest

from admin import Admin
from http_client import PLAN_HEADERS
from programs import wait_for
from terminal import read_until, terminal_of

MIGRATIONS = pathlib.Path(__file__).resolve().parents[2] / "migrations"
LAST = max(int(path.name[:4]) for path in MIGRATIONS.glob("[0-9]*.sql"))


@pytest.fixture
def proxy(start_proxy):
    """One of our own: who serves refuses requests while a step is missing (DM-2)."""
    proxy = start_proxy()
    proxy.stop()
    return proxy


def listed(proxy, option):
    return json.loads(proxy.command("migrate", option, "--output", "json"))


def undo_last_step(proxy):
    """The step makes an index of before anew."""
    with closing(sqlite3.connect(proxy.database)) as database, database:
        database.execute("DELETE FROM schema_migrations WHERE version = ?", (LAST,))
        database.execute("DROP TABLE usage_totals")


def undo_since_session_days(proxy):
    """As a program of schema 7 left it."""
    with closing(sqlite3.connect(proxy.database)) as database, database:
        database.execute("DELETE FROM schema_migrations WHERE version >= 8")
        database.execute("DROP TABLE usage_session_days")
        database.execute("DROP INDEX token_usage_fallbacks_by_user")
        database.execute("DROP TABLE usage_totals")


def test_steps_are_listed_as_json(proxy):
    steps = listed(proxy, "--status")
    assert [s["version"] for s in steps] == sorted(s["version"] for s in steps)
    assert steps[-1]["version"] == LAST and steps[0]["name"] == "initial"
    assert all(s["applied_at"].endswith("Z") for s in steps)
    assert listed(proxy, "--dry-run") == []

    undo_last_step(proxy)
    assert listed(proxy, "--status")[-1]["applied_at"] is None
    assert [s["version"] for s in listed(proxy, "--dry-run")] == [LAST]
    proxy.command("migrate")
    assert listed(proxy, "--dry-run") == []


def test_sessions_and_sums_of_before_are_found(start_proxy):
    proxy = start_proxy()
    user, admin = proxy.user(), Admin(proxy)
    admin.sign_in()
    for session in ("first", "second"):
        user.ask(headers=[*PLAN_HEADERS, ("x-claude-code-session-id", session)])
        wait_for(lambda: session in sessions(admin), what=f"the session {session}")
    before = sessions(admin), used(admin)
    proxy.stop()
    undo_since_session_days(proxy)
    proxy.command("migrate")
    proxy.start()

    assert (sessions(admin), used(admin)) == before
    assert before[0] == ["second", "first"] and before[1]["total_requests"] == 2


def sessions(admin):
    return [one["session_id"] for one in admin.get("/usage/sessions").json]


def used(admin):
    """Of this week: a day may end meanwhile."""
    usage = admin.get("/usage?period=week").json
    return {name: usage[name] for name in ("total_requests", "total_tokens", "active_users", "cost_breakdown")}


def test_a_terminal_sees_that_a_long_migration_goes_on(proxy):
    undo_last_step(proxy)
    with closing(sqlite3.connect(proxy.database)) as database:
        database.execute("BEGIN IMMEDIATE")  # the migration waits for this
        with terminal_of(
            lambda end: subprocess.Popen(
                [str(proxy.binary), "migrate"], stderr=end, env=proxy.environment(), cwd=proxy.folder
            )
        ) as (running, terminal):
            shown = read_until(terminal, b" 2 s")
            assert f"bringing the schema from {LAST - 1} to {LAST}: 1 s".encode() in shown
            database.rollback()
            rest = read_until(terminal, b"")
            assert running.wait(30) == 0
    assert b"\r\x1b[Kccproxy: the database has schema" in rest


def test_a_file_sees_none_of_it(proxy):
    undo_last_step(proxy)
    with closing(sqlite3.connect(proxy.database)) as database:
        database.execute("BEGIN IMMEDIATE")
        running = subprocess.Popen(
            [str(proxy.binary), "migrate"],
            stderr=subprocess.PIPE, text=True, env=proxy.environment(), cwd=proxy.folder,
        )
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(2.5)
        database.rollback()
    assert "bringing" not in running.communicate(timeout=30)[1]
    assert running.returncode == 0
