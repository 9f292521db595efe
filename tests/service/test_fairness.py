"""One access key that asks for too much, or an upload that eats memory, is not the others' affair."""

import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest

from http_client import PLAN_HEADERS, Connection, request_body
from programs import wait_for
from simulator import events, text

PER_KEY = 8
WAIT_S = 2
MIB = 1024 * 1024


@pytest.fixture
def limited(start_proxy):
    return start_proxy(max_streams_per_key=PER_KEY, key_wait_timeout=WAIT_S)


class Crowd:
    """Many streams of one key, begun at once and held until they are let go."""

    def __init__(self, user, count):
        self.connections = [Connection(user.url) for _ in range(count)]
        self.pool = ThreadPoolExecutor(count)
        self.answers = [self.pool.submit(self.ask, connection) for connection in self.connections]

    @staticmethod
    def ask(connection):
        return connection.send("POST", "/v1/messages", request_body(stream=True), PLAN_HEADERS)

    def results(self):
        found = [answer.result() for answer in self.answers]
        for connection in self.connections:
            connection.close()
        self.pool.shutdown()
        return found


def test_a_key_with_too_many_streams_does_not_starve_another(simulator, limited):
    greedy, other = limited.user(), limited.user()
    simulator.plan(events(15, delay_ms=100, times=0))
    crowd = Crowd(greedy, 150)
    wait_for(lambda: len(simulator.plan_requests(body=False)) >= PER_KEY, what="the first streams")

    for _ in range(3):
        answer = other.ask(stream=True)
        assert answer.status == 200
        # Its own second and a half, and nobody's wait.
        assert answer.seconds < 2 + WAIT_S / 2

    results = crowd.results()
    refused = [answer for answer in results if answer.status != 200]
    assert len(results) - len(refused) >= PER_KEY
    assert refused
    for answer in refused:
        assert answer.status == 429
        assert answer.error["type"] == "rate_limit_error"
        assert int(answer.header("retry-after")) > 0
    # As many wait as may run, each for so long at most; the others are told at once.
    waited = [answer.seconds for answer in refused if answer.seconds > WAIT_S * 0.9]
    assert len(waited) <= PER_KEY
    assert max(answer.seconds for answer in refused) < WAIT_S + 2


def test_who_waits_for_its_keys_turn_gets_it(simulator, limited):
    user = limited.user()
    simulator.plan(events(10, delay_ms=100, times=0))

    results = Crowd(user, 2 * PER_KEY).results()

    assert [answer.status for answer in results] == [200] * (2 * PER_KEY)


def send_slowly(user, size, first, done):
    """A body of which only the first part comes, until the end is wanted."""
    parts = urllib.parse.urlsplit(user.url)
    body = request_body("a" * size)
    head = f"POST {parts.path}/v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in PLAN_HEADERS) + "\r\n"
    connection = Connection(user.url)
    connection.connection.connect()
    peer = connection.socket()
    peer.sendall(head.encode() + body[:first])
    done.wait(30)
    peer.sendall(body[first:])
    received = peer.recv(65536)
    connection.close()
    return received


def test_slow_uploads_fill_the_memory_that_there_is_and_no_more(simulator, start_proxy):
    proxy = start_proxy(memory_budget_bytes="64MiB", max_body_bytes="32MiB")
    user = proxy.user()
    simulator.plan(text("Words.", times=0))
    memory_before = proxy.program.memory_kib()
    done = threading.Event()

    with ThreadPoolExecutor(4) as pool:
        slow = [pool.submit(send_slowly, user, 30 * MIB, 25 * MIB, done) for _ in range(2)]
        wait_for(lambda: proxy.program.memory_kib() > memory_before + 45 * 1024, what="the first parts")
        began = time.monotonic()
        # Others are served meanwhile,
        assert all(user.ask().status == 200 for _ in range(20))
        assert time.monotonic() - began < 3
        # but for those who want more than is left.
        refused = user.ask("a" * 20 * MIB)
        assert refused.status == 503
        assert refused.error["type"] == "overloaded_error"
        assert int(refused.header("retry-after")) > 0
        assert proxy.program.memory_kib() < memory_before + 80 * 1024
        done.set()
        assert all(b" 200 OK" in upload.result() for upload in slow)
    # And what was taken is given back.
    assert user.ask("a" * 20 * MIB).status == 200


def test_the_body_of_a_stream_that_flows_takes_no_memory_any_more(simulator, start_proxy):
    proxy = start_proxy(memory_budget_bytes="48MiB", max_body_bytes="32MiB")
    user = proxy.user()
    simulator.plan(events(60, delay_ms=50, times=0))
    body = request_body("a" * 20 * MIB, stream=True)
    memory_before = proxy.program.memory_kib()
    streams = []

    for _ in range(5):
        connection = Connection(user.url)
        response = connection.start("POST", "/v1/messages", body, PLAN_HEADERS)
        assert response.status == 200
        streams.append((connection, response, response.read1(65536)))
    assert proxy.program.memory_kib() < memory_before + 45 * 1024
    for connection, response, first in streams:
        assert b"message_stop" in first + response.read()
        connection.close()

    wait_for(lambda: len(proxy.rows()) == 5, what="a row for each")
    assert {row["status"] for row in proxy.rows()} == {"complete"}
    assert all(row["input_tokens"] > 0 and not row["estimated"] for row in proxy.rows())
