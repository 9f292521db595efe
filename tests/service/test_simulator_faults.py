"""Whether the simulator's faults are what their names say, on the wire."""

import asyncio
import urllib.parse

import pytest

from http_client import PLAN_HEADERS, Connection, ask, request_body
from programs import wait_for
from simulator import events, text

ALL_EVENTS = [
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
]
WORDS = "Simulated words, in two deltas."


def stream(simulator, **fault):
    simulator.plan(text(WORDS, fault=fault))
    return ask(simulator.anthropic_url, stream=True)


def test_without_a_fault_a_stream_is_whole(simulator):
    simulator.plan(text(WORDS))

    answer = ask(simulator.anthropic_url, stream=True)

    assert (answer.event_names, answer.ending) == (ALL_EVENTS, "whole")
    assert simulator.only("anthropic").outcome == "complete"


@pytest.mark.parametrize(
    "deed, ending", [("cut", "cut"), ("reset", "reset"), ("end", "whole")]
)
@pytest.mark.parametrize(
    "place, count",
    [("head", 0), ("start", 1), ("block_start", 2), ("content", 3), (4, 4), ("finish", 6)],
)
def test_a_stream_ends_at_the_named_place(simulator, place, count, deed, ending):
    answer = stream(simulator, at=place, do=deed)

    assert (answer.event_names, answer.ending) == (ALL_EVENTS[:count], ending)
    assert simulator.only("anthropic").outcome == "broken"


@pytest.mark.parametrize("count", [0, 1, 100, 500])
def test_a_body_is_cut_behind_that_byte(simulator, count):
    answer = stream(simulator, at_byte=count, do="cut")

    assert (len(answer.body), answer.ending) == (count, "cut")


def test_an_event_is_cut_in_its_middle(simulator):
    answer = stream(simulator, at="start", do="cut", half=True)

    _, _, rest = answer.body.partition(b"\n\n")
    assert answer.event_names == ["message_start"]
    assert rest.startswith(b"event: content_block_start") and not rest.endswith(b"\n\n")


@pytest.mark.parametrize("place, count", [("head", 0), ("start", 1), ("content", 3)])
def test_an_error_event_ends_a_stream(simulator, place, count):
    answer = stream(simulator, at=place, do="error", type="api_error", message="broke")

    assert answer.event_names == [*ALL_EVENTS[:count], "error"]
    assert answer.events[-1][1]["error"] == {"type": "api_error", "message": "broke"}
    assert simulator.only("anthropic").outcome == "failed"


def test_no_answer_comes_at_all(simulator):
    simulator.plan(text(WORDS, fault={"at": "request", "do": "reset"}))

    with pytest.raises(ConnectionResetError):
        ask(simulator.anthropic_url)


def test_a_stall_is_silence_and_then_goes_on(simulator):
    answer = stream(simulator, at="content", do="stall", ms=400)

    assert (answer.event_names, answer.ending) == (ALL_EVENTS, "whole")
    assert answer.seconds >= 0.4


def test_a_response_stays_open_behind_its_last_event_until_the_peer_leaves(simulator):
    simulator.plan(text(WORDS, fault={"at": "stop", "do": "stall"}))
    connection = Connection(simulator.anthropic_url, timeout=0.3)

    with pytest.raises(TimeoutError):
        connection.send("POST", "/v1/messages", request_body(stream=True), PLAN_HEADERS)
    connection.close()

    wait_for(lambda: simulator.only("anthropic").outcome == "gone", timeout=2)


async def _one_stream(url, ready, go):
    parts = urllib.parse.urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    body = request_body(stream=True)
    head = "".join(f"{name}: {value}\r\n" for name, value in PLAN_HEADERS)
    writer.write(
        f"POST /v1/messages HTTP/1.1\r\n{head}content-length: {len(body)}\r\n"
        f"connection: close\r\n\r\n".encode()
        + body
    )
    await reader.readuntil(b"message_start")
    ready()
    await go.wait()
    rest = await reader.read()
    writer.close()
    return rest.count(b"event: content_block_delta")


def test_a_thousand_streams_run_at_once(simulator):
    simulator.plan(events(5, delay_ms=200, times=0))

    async def run():
        begun = 0
        go = asyncio.Event()

        def ready():
            nonlocal begun
            begun += 1
            if begun == 1000:
                go.set()

        streams = [_one_stream(simulator.anthropic_url, ready, go) for _ in range(1000)]
        return await asyncio.wait_for(asyncio.gather(*streams), 30)

    assert set(asyncio.run(run())) == {5}
    assert simulator.status()["anthropic"]["complete"] == 1000
