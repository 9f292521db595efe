"""Many streams on few workers: most of them are given back while their streams go on."""

import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from http_client import PLAN_HEADERS, Connection, request_body, send
from programs import wait_for
from simulator import events

# As many workers as app/serve.c makes for so many streams, and streams enough for half of them and more.
MAX_STREAMS = 400
WORKERS = 320
STREAMS = 250


@contextmanager
def streams(user, count):
    """So many of which the first bytes are there, each with its head."""
    connections = [Connection(user.url) for _ in range(count)]

    def begin(connection):
        response = connection.start("POST", "/v1/messages", request_body(stream=True), PLAN_HEADERS)
        return response, response.read1(65536)

    try:
        with ThreadPoolExecutor(50) as pool:
            started = list(pool.map(begin, connections))
        yield started
    finally:
        for connection in connections:
            connection.close()


def start(start_proxy):
    proxy = start_proxy(max_streams=MAX_STREAMS, max_streams_per_key=0)
    return proxy, proxy.user()


def test_streams_go_on_without_workers_to_their_end(simulator, start_proxy):
    proxy, user = start(start_proxy)
    simulator.plan(events(60, delay_ms=100, times=0))
    threads_before = proxy.program.threads()

    with streams(user, STREAMS) as started:
        closing = [response.getheader("connection") == "close" for response, _ in started]
        # Half of the workers stay with their streams, whose connections can be used again.
        assert abs(closing.count(False) - WORKERS // 2) <= 10, closing
        assert send(proxy.url, "GET", "/health").status == 200
        for response, first in started:
            assert (first + response.read()).count(b"message_stop") == 2, response.getheaders()

    wait_for(lambda: len(proxy.rows()) == STREAMS, what="a row for each")
    assert {row["status"] for row in proxy.rows()} == {"complete"}
    wait_for(lambda: proxy.program.threads() <= threads_before, timeout=20, what="the end of idle threads")


def test_a_client_that_leaves_takes_its_stream_along(simulator, start_proxy):
    proxy, user = start(start_proxy)
    simulator.plan(events(600, delay_ms=100, times=0))
    descriptors_before = proxy.program.descriptors()

    with streams(user, STREAMS):
        assert proxy.program.descriptors() > descriptors_before + STREAMS
    wait_for(lambda: proxy.program.descriptors() <= descriptors_before + 10, timeout=20,
             what="the end of all connections")


def test_sigterm_waits_for_streams_without_workers(simulator, start_proxy):
    proxy, user = start(start_proxy)
    simulator.plan(events(60, delay_ms=100, times=0))

    with streams(user, STREAMS) as started:
        proxy.program.signal(signal.SIGTERM)
        for response, first in started:
            assert b"message_stop" in first + response.read()
    assert proxy.program.wait(15) == 0
    proxy.program.assert_no_sanitizer_report()
