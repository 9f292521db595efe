"""Input by those who wish us ill, or whose tools are broken: each gets a clear
refusal or is cut off, the process lives, and its memory comes back."""

import concurrent.futures
import contextlib
import gzip
import json
import socket
import time
import urllib.parse

import pytest

from http_client import PLAN_HEADERS, request_body, send, talk
from programs import wait_for

MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def lives(proxy, user):
    """Behind each of these the server still serves."""
    yield
    assert user.ask().status == 200


def head(user, *lines, method="POST", path="/v1/messages", version="HTTP/1.1"):
    prefix = urllib.parse.urlsplit(user.url).path
    fields = "".join(f"{line}\r\n" for line in ("host: x", *lines))
    return f"{method} {prefix}{path} {version}\r\n{fields}\r\n".encode("latin-1")


def status_of(received):
    return int(received.split(b" ", 2)[1]) if received.startswith(b"HTTP/1.1 ") else None


def error_of(received):
    return json.loads(received.partition(b"\r\n\r\n")[2])["error"]


def message(**members):
    whole = {
        "model": "claude-opus-5-5",
        "max_tokens": 10,
        "messages": [{"role": "user", "content": "x"}],
        **members,
    }
    return json.dumps({k: v for k, v in whole.items() if v is not ...}).encode()


ILLEGAL_BODIES = {
    "nothing": b"",
    "white space": b"  \r\n",
    "no JSON": b"hello",
    "half of it": b'{"model":"claude-opus-5-5","messages":[',
    "something behind it": message() + b"{}",
    "a list": b"[]",
    "a string": b'"x"',
    "NUL bytes": b"\x00" * 100,
    "a NUL inside": message().replace(b"claude", b"cla\x00ude"),
    "bad UTF-8": message().replace(b'"x"', b'"\xff\xfe"'),
    "an overlong slash": message().replace(b'"x"', b'"\xc0\xaf"'),
    "a UTF-8 surrogate": message().replace(b'"x"', b'"\xed\xa0\x80"'),
    "UTF-16": message().decode().encode("utf-16"),
    "no model": message(model=...),
    "no messages": message(messages=...),
    "a model that is a number": message(model=1),
    "messages that are text": message(messages="x"),
    "a stream that is text": message(stream="true"),
    "max_tokens that is text": message(max_tokens="10"),
    "the model twice": message().replace(b"{", b'{"model":"claude-other",', 1),
    "the messages twice": message().replace(b"{", b'{"messages":[],', 1),
    "stream twice": message(stream=True).replace(b"{", b'{"stream":false,', 1),
    "max_tokens twice": message().replace(b"{", b'{"max_tokens":1,', 1),
    "the model twice, once escaped": message().replace(b"{", b'{"mod\\u0065l":"y",', 1),
    "deep lists": b'{"model":"claude-x","messages":'
    + b"[" * 100_000
    + b"]" * 100_000
    + b"}",
    "deep objects": b'{"model":"claude-x","messages":[],"x":'
    + b'{"a":' * 100_000
    + b"1"
    + b"}" * 100_000
    + b"}",
    "deep and never closed": b"[" * 1_000_000,
}


@pytest.mark.parametrize("body", ILLEGAL_BODIES.values(), ids=ILLEGAL_BODIES)
def test_an_illegal_body_is_refused(simulator, user, body):
    answer = user.send("POST", "/v1/messages", body)

    assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")
    assert answer.json["request_id"] == answer.request_id
    assert answer.provider == "none"
    assert simulator.requests() == []


def test_a_body_over_the_limit_is_refused(simulator, user):
    received, _ = talk(user.url, head(user, f"content-length: {33 * MIB}"))

    assert status_of(received) == 413
    assert error_of(received)["type"] == "request_too_large"
    assert simulator.requests() == []


def test_a_chunked_body_over_the_limit_is_refused(simulator, user):
    parts = urllib.parse.urlsplit(user.url)
    chunk = b"100000\r\n" + b"x" * MIB + b"\r\n"
    received = b""
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as peer:
        peer.sendall(head(user, "transfer-encoding: chunked"))
        with contextlib.suppress(ConnectionError):
            for _ in range(40):
                peer.sendall(chunk)
        with contextlib.suppress(ConnectionError):
            received = peer.recv(65536)

    assert status_of(received) in (413, None)
    assert simulator.requests() == []


def test_a_body_of_just_the_limit_is_served(simulator, user):
    body = request_body("x" * (32 * MIB - len(request_body(""))))
    assert len(body) == 32 * MIB

    assert user.send("POST", "/v1/messages", body).status == 200


def test_a_chunked_body_is_served(simulator, user):
    body = request_body()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    fields = [f"{name}: {value}" for name, value in PLAN_HEADERS]

    received, _ = talk(
        user.url,
        head(user, *fields, "transfer-encoding: chunked", "connection: close") + chunks,
    )

    assert status_of(received) == 200
    assert simulator.only("anthropic").body == body


BROKEN_CHUNKS = {
    "no number": b"xyz\r\n",
    "a negative number": b"-5\r\nhello\r\n",
    "a prefix": b"0x5\r\nhello\r\n",
    "a number beyond all": b"f" * 40 + b"\r\nhello\r\n",
    "a blank before it": b" 5\r\nhello\r\n",
    "an extension": b"5;a=b\r\nhello\r\n",
    "more than was said": b"5\r\nhello, world\r\n",
    "no number for a long time": b"1" * 100,
    "a bare line feed": b"5\nhello\r\n",
}


@pytest.mark.parametrize("chunk", BROKEN_CHUNKS.values(), ids=BROKEN_CHUNKS)
def test_chunks_that_can_not_be_read_are_refused_at_once(simulator, user, chunk):
    for first in (b"", b"2\r\n{}\r\n"):
        received, ending = talk(
            user.url, head(user, "transfer-encoding: chunked") + first + chunk, timeout=8
        )

        assert status_of(received) == 400
        assert error_of(received)["type"] == "invalid_request_error"
        assert "chunk" in error_of(received)["message"]
        assert ending in ("closed", "reset")
    assert simulator.requests() == []


def test_a_compressed_body_is_refused_by_the_name_of_its_header(simulator, user):
    body = gzip.compress(request_body())

    answer = user.send("POST", "/v1/messages", body, [("content-encoding", "gzip")])

    assert answer.status == 400
    assert "content-encoding" in answer.error["message"]
    assert simulator.requests() == []


SMUGGLED = {
    "length beside chunks": ["content-length: 5", "transfer-encoding: chunked"],
    "chunks beside length": ["transfer-encoding: chunked", "content-length: 5"],
    "two lengths": ["content-length: 5", "content-length: 6"],
    "two equal lengths": ["content-length: 5", "content-length: 5"],
    "a list of lengths": ["content-length: 5, 5"],
    "a signed length": ["content-length: +5"],
    "a negative length": ["content-length: -1"],
    "a hexadecimal length": ["content-length: 0x5"],
    "a length with a tail": ["content-length: 5x"],
    "a length beyond numbers": ["content-length: 99999999999999999999999"],
    "another coding": ["transfer-encoding: gzip, chunked"],
    "chunked twice": ["transfer-encoding: chunked", "transfer-encoding: chunked"],
    "a coding that hides": ["transfer-encoding: xchunked"],
    "a blank before the colon": ["transfer-encoding : chunked"],
    "a folded line": ["x: 1\r\n transfer-encoding: chunked"],
    "a bare carriage return": ["x: 1\rtransfer-encoding: chunked"],
}


@pytest.mark.parametrize("lines", SMUGGLED.values(), ids=SMUGGLED)
def test_what_two_servers_may_read_differently_is_refused_and_closed(
    simulator, user, lines
):
    hidden = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n"

    received, ending = talk(user.url, head(user, *lines) + hidden, timeout=5)

    assert status_of(received) in (400, 411, 501, None)
    assert received.count(b"HTTP/1.1 ") <= 1, received
    assert ending in ("closed", "reset")
    assert simulator.requests() == []


def test_many_header_lines_are_refused(simulator, user):
    lines = [f"x-{i}: y" for i in range(200)]

    received, ending = talk(user.url, head(user, *lines, "content-length: 0"), timeout=5)

    assert status_of(received) in (400, 431)
    assert ending in ("closed", "reset")


def test_a_header_of_a_megabyte_is_refused(user):
    received, ending = talk(user.url, head(user, "x: " + "y" * MIB), timeout=10)

    assert status_of(received) in (400, 413, 431, None)
    assert ending in ("closed", "reset")


GARBAGE = [
    b"\x00" * 1000,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,  # a TLS hello
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET\r\n\r\n",
    b"POST /v1/messages HTTP/9.9\r\nhost: x\r\n\r\n",
    b"\r\n\r\n\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost: x\r\n: empty\r\n\r\n",
    b"GET / HTTP/1.1\r\nhost\r\n\r\n",
    b"GET http://[::1 HTTP/1.1\r\nhost: x\r\n\r\n",
    b"CONNECT example.com:443 HTTP/1.1\r\nhost: example.com\r\n\r\n",
    b"TRACE / HTTP/1.1\r\nhost: x\r\n\r\n",
]


@pytest.mark.parametrize("raw", GARBAGE, ids=lambda raw: repr(raw[:20]))
def test_what_is_no_request_is_refused_or_cut(simulator, proxy, raw):
    received, _ = talk(proxy.url, raw + b"\r\n\r\n", timeout=2)

    assert status_of(received) in (400, 403, 404, 405, 411, 413, 501, 505, None)
    assert simulator.requests() == []


PATHS = [
    "/ak/%61k_" + "A" * 43 + "/v1/messages",
    "/ak/ak_" + "A" * 43 + "/v1/../v1/messages",
    "/ak/ak_" + "A" * 43 + "//v1/messages",
    "/ak/" + "A" * 6_000 + "/v1/messages",
    "/ak//v1/messages",
    "/ak/",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/../../etc/passwd",
    "//evil.example/v1/messages",
    "/v1/messages/",
    "/v1/messages%00",
    "/V1/MESSAGES",
    "/v1/models/..",
    "/v1/models/a/b",
    "/ui/../v1/messages",
]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:30])
def test_a_path_that_means_something_else_to_others_is_refused(simulator, proxy, path):
    answer = send(proxy.url, "POST", path, request_body(), PLAN_HEADERS)

    assert answer.status in (400, 401, 403, 404, 405, 414)
    assert simulator.requests() == []


def test_a_path_of_sixty_thousand_letters_is_refused_or_cut(simulator, proxy):
    received, ending = talk(
        proxy.url, b"POST /" + b"A" * 60_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n"
    )

    assert status_of(received) in (400, 404, 413, 414, 431, None)
    assert ending in ("closed", "reset")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_wrong_method_is_refused_with_the_right_one(user, method):
    answer = user.send(method, "/v1/messages")

    assert (answer.status, answer.error["type"]) == (405, "invalid_request_error")
    assert "POST" in answer.header("allow")


@pytest.mark.parametrize("path", ["/nonexistent", "/ak/nobody/v1/messages", "/admin/users"])
def test_an_error_for_head_has_no_body_before_the_next_answer(proxy, path):
    """Else whoever shares the connection takes the one's body for the other's answer."""
    both = (
        f"HEAD {path} HTTP/1.1\r\nhost: x\r\n\r\n"
        "GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    )
    received, _ = talk(proxy.url, both.encode())
    first, _, second = received.partition(b"\r\n\r\n")
    assert status_of(first) in (401, 404, 405)
    assert b"content-length: 0" not in first.lower()
    assert status_of(second) == 200, second


def test_an_unknown_path_is_not_found(user):
    answer = user.send("POST", "/v1/complete", request_body())

    assert (answer.status, answer.error["type"]) == (404, "not_found_error")


def test_a_preflight_is_answered_without_a_key_and_allows_no_credentials(simulator, proxy):
    answer = send(
        proxy.url,
        "OPTIONS",
        "/v1/messages",
        headers=[
            ("origin", "https://example.com"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "x-api-key"),
        ],
    )

    assert answer.status in (200, 204)
    assert answer.header("access-control-allow-origin") == "*"
    assert answer.header("access-control-allow-credentials") is None
    assert simulator.requests() == []


def test_the_admin_paths_answer_no_preflight(proxy):
    answer = send(
        proxy.url,
        "OPTIONS",
        "/admin/users",
        headers=[
            ("origin", "https://example.com"),
            ("access-control-request-method", "POST"),
        ],
    )

    assert answer.header("access-control-allow-origin") is None


@pytest.mark.long
def test_who_sends_a_head_or_a_body_slowly_is_cut_and_blocks_nobody(simulator, proxy, user):
    parts = urllib.parse.urlsplit(user.url)
    fields = [f"{name}: {value}" for name, value in PLAN_HEADERS]
    starts = [
        b"POST /v1/messages HTTP/1.1\r\nx: ",
        head(user, *fields, "content-length: 1000") + b'{"model":',
        b"",
    ]
    peers = []
    for i in range(60):
        peer = socket.create_connection((parts.hostname, parts.port), timeout=5)
        peer.sendall(starts[i % 3])
        peers.append(peer)

    deadline = time.monotonic() + 45
    open_peers = peers[:]
    while any(peer for i, peer in enumerate(open_peers) if i % 3 != 2 and peer):
        assert time.monotonic() < deadline, "a slow sender was not cut off"
        began = time.monotonic()
        assert user.ask().status == 200
        assert time.monotonic() - began < 1
        for i, peer in enumerate(open_peers):
            if not peer or i % 3 == 2:
                continue
            try:
                peer.sendall(b"a")
                peer.settimeout(0.001)
                if not peer.recv(4096):
                    open_peers[i] = None
            except TimeoutError:
                pass
            except OSError:
                open_peers[i] = None
        time.sleep(0.5)
    for peer in peers:
        peer.close()


def test_who_connects_and_leaves_at_once_leaves_nothing(proxy):
    parts = urllib.parse.urlsplit(proxy.url)
    threads = proxy.program.threads()

    for _ in range(500):
        socket.create_connection((parts.hostname, parts.port)).close()

    assert proxy.program.threads() <= threads + 4


def test_memory_comes_back_after_the_worst(simulator, proxy, user):
    large = request_body("x" * (4 * MIB))
    deep = ILLEGAL_BODIES["deep objects"]

    def assault(i):
        with contextlib.suppress(OSError):
            user.send("POST", "/v1/messages", (large, deep, b"{" * MIB)[i % 3])

    def storm():
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            list(pool.map(assault, range(24)))

    storm()  # the first one grows what stays warm
    after_first = proxy.program.memory_kib()
    for _ in range(3):
        storm()

    if not proxy.is_sanitized:  # sanitizers keep freed memory on purpose
        wait_for(
            lambda: proxy.program.memory_kib() < after_first + 32 * 1024,
            timeout=10,
            what="the memory's return",
        )
