"""Three processes on one PostgreSQL behind nginx: what one of them is told all honour
within a second, what one of them suffers no other does."""

import concurrent.futures
import decimal
import http.client
import json
import signal
import threading
import time

import pytest

from admin import Admin
from cluster import Cluster, stop_all
from http_client import PLAN_HEADERS, Connection, ask, request_body, send
from database_server import Postgres
from programs import wait_for
from proxy import BEDROCK_KEY
from simulator import events, text

ONE_DOLLAR = {"input_tokens": 0, "output_tokens": 50000}
TEN_CENTS = {"input_tokens": 0, "output_tokens": 5000}


@pytest.fixture(scope="module")
def the_cluster(tmp_path_factory, the_simulator):
    postgres = Postgres()
    folder = tmp_path_factory.mktemp("cluster")
    prices = folder / "prices.json"
    prices.write_text("{}")
    cluster = Cluster(folder, the_simulator, postgres=postgres, pricing_file=prices)
    cluster.prices = prices
    yield cluster
    stop_all(cluster, postgres)


@pytest.fixture
def cluster(the_cluster, simulator):
    return the_cluster


def statuses(cluster, key, **more):
    return cluster.everywhere(lambda url: ask(f"{url}/ak/{key}", **more).status)


def test_a_revoked_key_is_refused_everywhere_within_a_second(cluster):
    user = cluster.user()
    assert statuses(cluster, user.key) == [200] * 3

    cluster.command("key", "revoke", user.key[:9])

    wait_for(lambda: statuses(cluster, user.key) == [403] * 3, timeout=1)


def test_a_rotated_key_and_its_successor_are_known_everywhere(cluster):
    user = cluster.user()
    assert statuses(cluster, user.key) == [200] * 3

    fresh = cluster.command("key", "rotate", user.key[:9], "--grace", "0")

    wait_for(lambda: statuses(cluster, user.key) == [403] * 3, timeout=1)
    assert statuses(cluster, fresh) == [200] * 3


def test_a_new_bedrock_credential_is_used_everywhere(cluster, simulator):
    user = cluster.user()
    cluster.command("user", "set", user.name, "--routing", "bedrock_only")
    wait_for(lambda: statuses(cluster, user.key) == [200] * 3, timeout=1)
    before = len(simulator.bedrock_requests())

    fresh = f"{BEDROCK_KEY}-renewed"
    simulator.accept("bedrock", fresh)
    cluster.command("key", "bedrock-key", "set", user.key[:9], given=fresh)

    def used():
        statuses(cluster, user.key)
        newest = simulator.bedrock_requests()[-3:]
        return all(fresh in r.header("authorization")[0] for r in newest)

    wait_for(used, timeout=1)
    assert len(simulator.bedrock_requests()) >= before + 3


def test_a_changed_budget_is_honoured_everywhere(cluster, simulator):
    user = cluster.user(routing="bedrock_only", budget="0.50")
    simulator.bedrock(text("x", usage=ONE_DOLLAR, times=0))
    assert ask(f"{cluster.url}/ak/{user.key}").status == 200
    wait_for(lambda: statuses(cluster, user.key) == [429] * 3, timeout=5)

    cluster.command("user", "set", user.name, "--budget", "100")

    wait_for(lambda: statuses(cluster, user.key) == [200] * 3, timeout=1)


def test_a_changed_mapping_is_used_everywhere(cluster, simulator):
    user = cluster.user(routing="bedrock_only")
    simulator.bedrock(text("x", times=0))
    model = "claude-of-the-cluster"
    cluster.command("model", "map", model, "global.anthropic.claude-opus-5")
    wait_for(lambda: statuses(cluster, user.key, model=model) == [200] * 3, timeout=1)

    cluster.command("model", "map", model, "global.anthropic.claude-haiku-5-5")

    def mapped():
        statuses(cluster, user.key, model=model)
        newest = simulator.bedrock_requests()[-3:]
        return all("claude-haiku-5-5" in r.target for r in newest)

    wait_for(mapped, timeout=1)


def test_new_prices_are_used_everywhere(cluster, simulator):
    user = cluster.user()
    simulator.plan(text("x", usage=TEN_CENTS, times=0))
    admin = Admin(cluster.members[0])
    admin.sign_in()
    dear = {"input_price": "0", "output_price": "1000"}
    cluster.prices.write_text(json.dumps({"plan": {"global": {"claude-opus-5-5": dear}}}))

    admin.post("/pricing/reload", expect=204)

    def priced():
        ids = cluster.everywhere(lambda url: ask(f"{url}/ak/{user.key}").request_id)
        listed = ",".join(f"'{i}'" for i in ids)
        sql = f"SELECT total_cost_micro FROM token_usage WHERE request_id IN ({listed})"
        rows = wait_for(
            lambda: len(cluster.rows(sql)) == 3 and cluster.rows(sql), timeout=5
        )
        return [row["total_cost_micro"] for row in rows] == [5_000_000] * 3

    time.sleep(1)  # so long they may take to hear of it, and no longer
    assert priced()
    cluster.prices.write_text("{}")
    admin.post("/pricing/reload", expect=204)


def test_fifty_at_once_never_overrun_a_budget_of_five(cluster, simulator):
    """BU-2: 0.10 USD each, as reserved and as spent."""
    user = cluster.user(routing="bedrock_only", budget="0.50")
    simulator.bedrock(text("x", usage=TEN_CENTS, delay_ms=1000, times=0))

    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(
            pool.map(
                lambda _: ask(f"{cluster.url}/ak/{user.key}", max_tokens=5000), range(50)
            )
        )

    served = [a for a in answers if a.status == 200]
    refused = [a.body for a in answers if a.status not in (200, 429)]
    assert (refused, len(served) < 50) == ([], True)
    # Bedrock's geographic profiles cost a tenth more, so four or five of them fit.
    assert 2 <= len(served) <= 6
    sql = (
        "SELECT coalesce(sum(total_cost_micro), 0) AS cost, count(*) FROM token_usage"
        f" WHERE user_id = '{user.id}' AND status = 'complete'"
    )
    rows = wait_for(
        lambda: cluster.rows(sql)[0]["count"] == len(served) and cluster.rows(sql)
    )
    spent = decimal.Decimal(rows[0]["cost"]) / 1_000_000
    assert spent < decimal.Decimal("0.50") + decimal.Decimal("0.12")


def test_no_connection_is_held_while_bedrock_or_the_plan_answers(the_simulator, tmp_path):
    """DM-3: thirty streams run, and the pool has one connection."""
    the_simulator.reset()
    postgres = Postgres()
    cluster = Cluster(tmp_path, the_simulator, count=1, postgres=postgres, db_pool_size=1)
    try:
        user, other = cluster.user(), cluster.user()
        the_simulator.plan(events(40, delay_ms=50, when={"contains": "slow"}, times=0))
        with concurrent.futures.ThreadPoolExecutor(30) as pool:
            running = [pool.submit(user.ask, "slow", stream=True) for _ in range(30)]
            wait_for(lambda: len(the_simulator.plan_requests(contains="slow")) == 30)
            assert other.ask().status == 200, "an identity that was not cached"
            assert send(cluster.url, "GET", "/ready").status == 200
            assert not any(stream.done() for stream in running)
            assert {stream.result().status for stream in running} == {200}
    finally:
        stop_all(cluster, postgres)


class Streams:
    """Streams that run through nginx until they are told to stop beginning new ones."""

    def __init__(self, cluster, key):
        self.cluster = cluster
        self.key = key
        self.whole, self.broken = {}, 0
        self.lock = threading.Lock()
        self.over = threading.Event()

    def run(self, _):
        while not self.over.is_set():
            try:
                answer = ask(f"{self.cluster.url}/ak/{self.key}", "slow", stream=True)
                names = answer.event_names
            except (OSError, http.client.HTTPException, ValueError):
                names = []
            with self.lock:
                if names and names[-1] == "message_stop":
                    self.whole[answer.request_id] = answer.usage
                else:
                    self.broken += 1


def test_one_that_is_killed_takes_its_own_streams_with_it_and_loses_no_row(
    cluster, simulator
):
    user = cluster.user()
    simulator.plan(events(20, delay_ms=30, when={"contains": "slow"}, times=0))
    streams = Streams(cluster, user.key)
    victim = cluster.members[1]
    survivors = [cluster.members[0], cluster.members[2]]
    direct = [Connection(f"{member.url}/ak/{user.key}") for member in survivors]
    body = request_body("slow", stream=True)

    with concurrent.futures.ThreadPoolExecutor(30) as pool:
        running = [pool.submit(streams.run, number) for number in range(30)]
        wait_for(lambda: len(streams.whole) > 40, timeout=30, what="the load")
        heads = [c.start("POST", "/v1/messages", body, PLAN_HEADERS) for c in direct]
        victim.program.signal(signal.SIGKILL)
        victim.program.wait()
        assert all(b"message_stop" in head.read() for head in heads)
        time.sleep(1)
        streams.over.set()
        for one in running:
            one.result()
    for connection in direct:
        connection.close()

    assert streams.broken <= 30, "of the one that was killed, and no others"
    victim.start()
    found = {}

    def all_stored():
        rows = cluster.rows(f"SELECT * FROM token_usage WHERE user_id = '{user.id}'")
        found.update({row["request_id"]: row for row in rows})
        assert len(rows) == len({row["request_id"] for row in rows})
        return streams.whole.keys() <= found.keys()

    wait_for(all_stored, timeout=20, what="a row for each whole answer")
    for request_id, usage in streams.whole.items():
        assert found[request_id]["output_tokens"] == usage["output_tokens"]
        assert found[request_id]["status"] == "complete"


def test_without_notifications_a_change_is_honoured_when_caches_end(
    the_simulator, tmp_path
):
    the_simulator.reset()
    postgres = Postgres()
    cluster = Cluster(
        tmp_path, the_simulator, count=2, postgres=postgres, access_key_cache_ttl=2
    )
    try:
        postgres.sql("DROP TRIGGER change_counter_told ON change_counter", cluster.database)
        user = cluster.user()
        assert statuses(cluster, user.key) == [200] * 2

        cluster.command("key", "revoke", user.key[:9])

        wait_for(lambda: statuses(cluster, user.key) == [403] * 2, timeout=4)
    finally:
        stop_all(cluster, postgres)
