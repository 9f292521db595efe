"""The proxy's own paths and the headers that every answer carries."""

import re

import pytest

from http_client import ask, send, talk


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_the_root_answers_a_probe(proxy, method):
    answer = send(proxy.url, method, "/")

    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("path", ["/api/hello", "/ak/{key}", "/ak/{key}/api/hello"])
def test_a_probe_needs_no_key_that_is_known(proxy, user, path):
    for key in (user.key, "ak_" + "A" * 43):
        answer = send(proxy.url, "HEAD", path.format(key=key))

        assert (answer.status, answer.body) == (200, b"")


def test_health_says_that_it_lives(proxy):
    answer = send(proxy.url, "GET", "/health")

    assert (answer.status, answer.json) == (200, {"status": "healthy"})


def test_readiness_says_what_it_stands_on(proxy):
    answer = send(proxy.url, "GET", "/ready")

    assert answer.status == 200
    assert (answer.json["status"], answer.json["database"]) == ("ready", "ok")
    for name in ("schema_version", "required_schema_version", "usage_queue_depth"):
        assert isinstance(answer.json[name], int), name
    assert answer.json["schema_version"] >= answer.json["required_schema_version"] > 0


def test_every_answer_has_its_own_id_and_says_whose_it_is(proxy, user):
    answers = [
        user.ask(),
        user.ask(stream=True),
        user.send("POST", "/v1/messages", b"{"),
        user.send("GET", "/v1/nothing"),
        ask(proxy.url),
        ask(f"{proxy.url}/ak/ak_{'A' * 43}"),
    ]

    ids = [answer.request_id for answer in answers]
    assert all(re.fullmatch("req_[0-9a-f]{24}", one) for one in ids), ids
    assert len(set(ids)) == len(ids)
    assert [answer.provider for answer in answers] == ["plan"] * 2 + ["none"] * 4


def test_an_error_of_the_proxy_has_anthropics_form(proxy, user):
    answer = user.send("POST", "/v1/messages", b"{")

    assert answer.header("content-type") == "application/json"
    assert answer.json == {
        "type": "error",
        "error": {"type": "invalid_request_error", "message": answer.error["message"]},
        "request_id": answer.request_id,
    }
    assert answer.error["message"]


def test_an_embedded_client_of_http_1_0_is_answered(proxy, user):
    received, ending = talk(proxy.url, b"GET /health HTTP/1.0\r\n\r\n")

    assert received.startswith(b"HTTP/1.") and b" 200 " in received
    assert ending == "closed"
