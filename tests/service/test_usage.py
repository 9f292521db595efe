"""Whether each answer is counted exactly once, with the counts the upstream knows."""

import collections
import concurrent.futures
import contextlib
import http.client
import itertools
import signal
import sqlite3
import threading
import time

import pytest

from http_client import PLAN_HEADERS, Connection, ask, request_body
from programs import wait_for
from simulator import USAGE_LIMITED, events, text

COUNTED = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_tokens": "cache_read_tokens",
    "cache_write_5m_tokens": "cache_write_5m_tokens",
    "cache_write_1h_tokens": "cache_write_1h_tokens",
}

USAGE = {
    "input_tokens": 1234,
    "output_tokens": 567,
    "cache_read_tokens": 89000,
    "cache_write_5m_tokens": 321,
    "cache_write_1h_tokens": 45,
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("routing", ["plan_first", "bedrock_only"])
def test_a_row_holds_what_the_upstream_counted(simulator, proxy, routing, stream):
    user = proxy.user(routing=routing)
    (simulator.plan if routing == "plan_first" else simulator.bedrock)(
        text("x", usage=USAGE)
    )

    answer = user.ask(
        stream=stream,
        headers=[
            *PLAN_HEADERS,
            ("x-claude-code-session-id", "0b5d7a7e-7c5b-4f67-a5a1-3b8c2b6e2f11"),
            ("x-claude-code-agent-id", "agent-7"),
        ],
    )

    row = proxy.row(answer.request_id)
    assert {name: row[name] for name in COUNTED} == USAGE
    assert row["total_tokens"] == USAGE["input_tokens"] + USAGE["output_tokens"]
    assert row["user_id"] == user.id
    assert row["provider"] == ("plan" if routing == "plan_first" else "bedrock")
    assert row["model"] == "claude-opus-5-5"
    assert row["served_model"].endswith("claude-opus-5-5")
    assert (row["is_stream"], row["is_fallback"]) == (int(stream), 0)
    assert (row["status"], row["http_status"], row["estimated"]) == ("complete", 200, 0)
    assert row["session_id"] == "0b5d7a7e-7c5b-4f67-a5a1-3b8c2b6e2f11"
    assert row["agent_id"] == "agent-7"
    assert 0 <= row["ttft_ms"] <= row["latency_ms"] < 5000


@pytest.mark.parametrize("manner", [{"crlf": True}, {"trickle": True}, {"gzip": True}])
def test_counts_are_read_from_a_stream_in_any_manner(simulator, proxy, user, manner):
    simulator.plan(text("x", usage=USAGE, **manner))

    row = proxy.row(user.ask(stream=True).request_id)

    assert {name: row[name] for name in COUNTED} == USAGE


def test_a_failed_request_has_a_row_without_tokens(simulator, proxy, user):
    simulator.plan({"status": 400})

    row = proxy.row(user.ask().request_id)

    assert (row["status"], row["http_status"], row["total_tokens"]) == ("error", 400, 0)
    assert row["error_type"]


def test_count_tokens_and_refusals_have_no_row(simulator, proxy, user):
    before = len(proxy.rows())
    user.send(
        "POST",
        "/v1/messages/count_tokens",
        b'{"model":"claude-opus-5-5","messages":[{"role":"user","content":"x"}]}',
    )
    ask(f"{proxy.url}/ak/ak_{'B' * 43}")
    user.send("POST", "/v1/messages", b"{")
    user.send("GET", "/v1/models")

    marker = user.ask().request_id
    proxy.row(marker)
    assert len(proxy.rows()) == before + 1


def test_rows_older_than_the_retention_go_and_those_of_this_month_stay(
    simulator, start_proxy
):
    """US-7: two copies of a row, made older by hand; the job runs at the start too."""
    proxy = start_proxy(usage_retention_days=1)
    simulator.plan(text("x", usage=USAGE))
    proxy.row(proxy.user().ask().request_id)
    proxy.stop()
    with contextlib.closing(sqlite3.connect(proxy.database)) as database:
        names = [row[1] for row in database.execute("PRAGMA table_info(token_usage)")]
        kept = [name for name in names if name not in ("id", "request_id", "created_at")]
        for days in (3, 40):
            database.execute(
                f"INSERT INTO token_usage (request_id, created_at, {', '.join(kept)})"
                f" SELECT 'req_{days}', created_at - {days} * 86400000000, {', '.join(kept)}"
                " FROM token_usage WHERE request_id NOT IN ('req_3', 'req_40')"
            )
        database.commit()

    proxy.start()

    wait_for(lambda: not proxy.rows("req_40"), what="the removal of the old row")
    assert len(proxy.rows()) == 2


class Load:
    """Users, and the kinds of requests that a mixed load is made of."""

    def __init__(self, proxy, simulator):
        self.plan_user = proxy.user()
        self.limited_user = proxy.user()
        self.bedrock_user = proxy.user(routing="bedrock_only")
        usage = {"usage": USAGE}
        simulator.plan(
            {**USAGE_LIMITED, "when": {"contains": "limited"}, "times": 0},
            {"status": 500, "when": {"contains": "failing"}, "times": 0},
            text(
                "x",
                fault={"at": "start", "do": "error"},
                when={"contains": "early"},
                times=0,
            ),
            events(500, delay_ms=20, when={"contains": "leaving"}, times=0),
            events(5, delay_ms=5, when={"contains": "slow"}, times=0),
            text("Counted.", **usage, when={"contains": "cached"}, times=0),
        )
        simulator.bedrock(
            events(500, delay_ms=20, when={"contains": "leaving"}, times=0),
            events(5, delay_ms=5, when={"contains": "slow"}, times=0),
            text("Counted.", **usage, when={"contains": "cached"}, times=0),
        )
        self.kinds = itertools.cycle(
            [
                (self.plan_user, "plain", False),
                (self.plan_user, "plain", True),
                (self.plan_user, "slow", True),
                (self.plan_user, "cached", True),
                (self.limited_user, "limited", True),
                (self.limited_user, "limited slow", True),
                (self.limited_user, "limited cached", False),
                (self.bedrock_user, "plain", False),
                (self.bedrock_user, "cached", True),
                (self.plan_user, "leaving", True),
                (self.bedrock_user, "leaving", True),
                (self.plan_user, "early", True),
            ]
        )

    def take(self, count):
        return list(itertools.islice(self.kinds, count))


def leave(user):
    """Asks for a stream and goes away behind its first content."""
    connection = Connection(user.url)
    response = connection.start(
        "POST", "/v1/messages", request_body("leaving", stream=True), PLAN_HEADERS
    )
    request_id = response.getheader("x-ccproxy-request-id")
    seen = b""
    while b"content_block_delta" not in seen:
        seen += response.read1(4096)
    response.close()
    connection.close()
    return request_id


def counts_of(row):
    return collections.Counter({name: row[name] for name in COUNTED})


def test_a_thousand_mixed_requests_are_counted_to_the_token(simulator, start_proxy):
    proxy = start_proxy()
    load = Load(proxy, simulator)
    completed, aborted = set(), set()

    def run(kind):
        user, words, stream = kind
        if words == "leaving":
            aborted.add(leave(user))
            return
        answer = user.ask(words, stream=stream, timeout=60)
        assert answer.status == 200, (words, answer.body)
        assert answer.ending == "whole", words
        completed.add(answer.request_id)

    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        list(pool.map(run, load.take(1000)))

    assert len(completed) + len(aborted) == 1000, "request ids are unique"
    wait_for(lambda: len(proxy.rows()) >= 1000, timeout=15, what="all rows")
    rows = proxy.rows()
    assert len(rows) == 1000
    by_status = collections.defaultdict(set)
    for row in rows:
        by_status[row["status"]].add(row["request_id"])
    assert by_status == {"complete": completed, "aborted": aborted}

    status = simulator.status()
    for provider, service in (("plan", "anthropic"), ("bedrock", "bedrock")):
        counted = collections.Counter()
        for row in rows:
            if row["status"] == "complete" and row["provider"] == provider:
                counted.update(counts_of(row))
        assert counted == collections.Counter(status[service]["usage"]), provider


def saw_the_end(answer, stream):
    if answer.ending != "whole" or answer.status != 200:
        return False
    return answer.event_names[-1] == "message_stop" if stream else bool(answer.json)


@pytest.mark.parametrize("moment", [0.4, 1.3])
def test_a_kill_under_load_loses_and_doubles_nothing(simulator, start_proxy, moment):
    """US-5: what a client saw completed is in the store after the next start."""
    proxy = start_proxy()
    load = Load(proxy, simulator)
    seen = {}
    lock = threading.Lock()
    over = threading.Event()
    kinds = [kind for kind in load.take(1200) if kind[1] not in ("leaving", "early")]

    def run(kind):
        user, words, stream = kind
        if over.is_set():
            return
        try:
            answer = user.ask(words, stream=stream)
        except (OSError, http.client.HTTPException):
            return
        if saw_the_end(answer, stream):
            with lock:
                seen[answer.request_id] = answer.usage

    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        done = [pool.submit(run, kind) for kind in kinds]
        time.sleep(moment)
        proxy.program.signal(signal.SIGKILL)
        over.set()
        for future in done:
            future.result()
    proxy.program.wait()
    assert len(seen) > 20, "the load was too slow to prove anything"

    proxy.start()
    rows = wait_for(
        lambda: seen.keys() <= {row["request_id"] for row in proxy.rows()} and proxy.rows(),
        timeout=15,
        what="a row for each completed response",
    )
    assert len(rows) == len({row["request_id"] for row in rows})
    for row in rows:
        if row["request_id"] in seen:
            usage = seen[row["request_id"]]
            assert row["input_tokens"] == usage["input_tokens"]
            assert row["output_tokens"] == usage["output_tokens"]
            assert row["status"] == "complete"


def test_rows_are_written_before_the_last_byte_is_seen(simulator, start_proxy):
    """A kill right behind one answer: the tightest case of the former test."""
    proxy = start_proxy()
    user = proxy.user()

    ids = [user.ask(stream=stream).request_id for stream in (False, True)]
    proxy.program.signal(signal.SIGKILL)
    proxy.program.wait()
    proxy.start()

    for request_id in ids:
        assert proxy.row(request_id)["status"] == "complete"
