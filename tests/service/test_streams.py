"""Streams in time: what is held back, what flows, and how they end."""

import socket
import threading
import time
import urllib.parse

import pytest

from http_client import PLAN_HEADERS, Connection, request_body
from programs import wait_for
from simulator import events, text


def read_events(response, count):
    """The seconds at which so many events were complete."""
    began = time.monotonic()
    times = []
    seen = b""
    while len(times) < count:
        got = response.read1(65536)
        assert got, seen
        seen += got
        times += [time.monotonic() - began] * (seen.count(b"\n\n") - len(times))
    return times


def test_each_event_reaches_the_client_when_it_comes(simulator, user):
    simulator.plan(events(10, delay_ms=100))
    connection = Connection(user.url)

    response = connection.start(
        "POST", "/v1/messages", request_body(stream=True), PLAN_HEADERS
    )
    times = read_events(response, 10)
    connection.close()

    gaps = [later - sooner for sooner, later in zip(times[2:], times[3:])]
    assert all(0.05 < gap < 0.2 for gap in gaps), times


def test_early_events_are_held_back_until_the_first_block(simulator, user):
    """RT-5: until then another provider may still answer."""
    simulator.plan(text("Words.", fault={"at": "start", "do": "stall", "ms": 700}))

    answer = user.ask(stream=True)

    assert answer.text == "Words."
    assert 0.65 < answer.first_byte_seconds < 3


@pytest.mark.long
def test_early_events_are_let_go_after_ten_seconds(simulator, user):
    simulator.plan(text("Words.", fault={"at": "start", "do": "stall", "ms": 13000}))

    answer = user.ask(stream=True)

    assert answer.text == "Words."
    assert 9 < answer.first_byte_seconds < 12


def test_a_stream_ends_with_message_stop_whatever_the_upstream_does(simulator, user):
    """RT-6b: the real client would wait 300 s for the end of an open response."""
    simulator.plan(text("Words.", fault={"at": "stop", "do": "stall"}))

    answer = user.ask(stream=True)

    assert (answer.text, answer.ending) == ("Words.", "whole")
    assert answer.event_names[-1] == "message_stop"
    assert answer.seconds < 1
    wait_for(lambda: simulator.only("anthropic").outcome == "gone", timeout=4)


def test_a_missing_message_stop_is_no_complete_answer(simulator, proxy, user):
    simulator.plan(text("Words.", fault={"at": "finish", "do": "end"}))

    answer = user.ask(stream=True)

    assert answer.text == "Words."
    assert proxy.row(answer.request_id)["status"] in ("complete", "incomplete")
    assert proxy.row(answer.request_id)["output_tokens"] > 0


def test_a_silent_bedrock_is_bridged_by_nothing_but_its_own_events(simulator, proxy):
    user = proxy.user(routing="bedrock_only")
    simulator.bedrock(text("Words.", fault={"at": "content", "do": "stall", "ms": 500}))

    answer = user.ask(stream=True)

    assert (answer.text, answer.event_names[-1]) == ("Words.", "message_stop")


BROKEN_FRAMES = [
    {"at": "content", "do": "cut"},
    {"at": "content", "do": "cut", "half": True},
    {"at": "content", "do": "end"},
    {"at": "content", "do": "end", "half": True},
    {"at": "content", "do": "reset"},
    {"at": "block_stop", "do": "end"},
    {"at": "content", "do": "error", "type": "throttlingException"},
    {"at": "content", "do": "error", "type": "modelStreamErrorException"},
]


@pytest.mark.parametrize("fault", BROKEN_FRAMES, ids=str)
def test_a_broken_stream_of_bedrock_never_looks_finished(simulator, proxy, fault):
    user = proxy.user(routing="bedrock_only")
    simulator.bedrock(events(3, fault=fault))

    answer = user.ask(stream=True)

    assert answer.event_names[-1] == "error"
    assert "message_stop" not in answer.event_names
    assert proxy.row(answer.request_id)["status"] == "incomplete"


@pytest.mark.parametrize("kind", ["throttlingException", "validationException"])
def test_an_exception_as_the_first_frame_is_a_plain_error(simulator, proxy, kind):
    user = proxy.user(routing="bedrock_only")
    simulator.bedrock(text("x", fault={"at": "head", "do": "error", "type": kind}))

    answer = user.ask(stream=True)

    assert answer.status == (429 if kind == "throttlingException" else 400)
    assert answer.header("content-type").startswith("application/json")


@pytest.mark.parametrize("manner", [{"trickle": True}, {"gzip": True}])
def test_a_stream_of_bedrock_may_come_in_any_manner(simulator, proxy, manner):
    user = proxy.user(routing="bedrock_only")
    simulator.bedrock(text("Größe: 界 " * 9, **manner))

    assert user.ask(stream=True).text == "Größe: 界 " * 9


def open_slow_reader(user):
    """A client with a small window that asks for a stream and reads nothing."""
    parts = urllib.parse.urlsplit(user.url)
    body = request_body(stream=True)
    head = "".join(f"{name}: {value}\r\n" for name, value in PLAN_HEADERS)
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    peer.connect((parts.hostname, parts.port))
    peer.sendall(
        f"POST {parts.path}/v1/messages HTTP/1.1\r\nhost: x\r\n{head}"
        f"content-length: {len(body)}\r\n\r\n".encode()
        + body
    )
    return peer


@pytest.mark.parametrize("routing", ["plan_first", "bedrock_only"])
def test_a_reader_that_stops_also_stops_the_upstream(simulator, proxy, routing):
    """PX-9: the rest waits at the upstream, not in our memory."""
    user = proxy.user(routing=routing)
    big = events(2000, size=30_000)
    (simulator.plan if routing == "plan_first" else simulator.bedrock)(big)
    before = proxy.program.memory_kib()
    peer = open_slow_reader(user)

    wait_for(lambda: simulator.requests(body=False), what="the upstream request")
    time.sleep(1.5)

    assert simulator.requests(body=False)[0].outcome == "running"
    if not proxy.is_sanitized:
        assert proxy.program.memory_kib() - before < 8 * 1024
    peer.close()
    wait_for(lambda: simulator.requests(body=False)[0].outcome == "gone", timeout=3)


def test_a_reader_that_stops_and_goes_on_gets_every_byte(simulator, user):
    simulator.plan(events(300, size=20_000))
    peer = open_slow_reader(user)
    time.sleep(1)

    received = b""
    peer.settimeout(10)
    while not received.endswith(b"0\r\n\r\n"):
        received += peer.recv(1 << 20)
    peer.close()

    assert received.count(b"event: content_block_delta") == 300
    assert b"event: message_stop" in received


def test_a_reader_that_stops_does_not_slow_others(simulator, proxy, user):
    other = proxy.user()
    simulator.plan(
        {**events(2000, size=30_000), "when": {"contains": "the stopped one"}},
        events(20, delay_ms=20, times=0),
    )
    peer = open_slow_reader(user)
    time.sleep(0.3)

    answer = other.ask(stream=True)

    assert answer.seconds < 2
    peer.close()


def test_many_streams_run_at_the_same_time(simulator, proxy):
    users = [proxy.user() for _ in range(4)]
    simulator.plan(events(10, delay_ms=100, times=0))
    texts = []

    def run(user):
        texts.append(user.ask(stream=True).text)

    threads = [threading.Thread(target=run, args=(users[i % 4],)) for i in range(100)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(texts) == 100 and len(set(texts)) == 1 and len(texts[0]) == 200
    assert time.monotonic() - began < 8
