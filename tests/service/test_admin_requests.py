"""The trace of one request: why it went where it went (OB-7)."""

import http.client
import json
import urllib.parse
import uuid

import pytest

from admin import Admin, refused
from http_client import PLAN_HEADERS, request_body
from programs import wait_for
from simulator import USAGE_LIMITED, events

WORDS = "a-secret-thought-of-the-user"


@pytest.fixture
def admin(proxy):
    found = Admin(proxy)
    found.sign_in()
    return found


def trace_by(admin, request_id):
    """The trace is kept once the request is over, just after its answer."""

    def found():
        answer = admin.call("GET", f"/requests/{request_id}")
        return answer.json if answer.status == 200 else None

    return wait_for(found, timeout=5, what="the trace of a request")


def trace_of(admin, answer):
    return trace_by(admin, answer.request_id)


def steps(trace):
    return [(one["step"], one["reason"]) for one in trace["decisions"]]


def test_a_request_that_went_well_tells_its_stages(admin, user):
    answer = user.ask(WORDS)
    trace = trace_of(admin, answer)
    assert trace["request_id"] == answer.request_id
    assert (trace["user_id"], trace["user_name"]) == (user.id, user.name)
    assert trace["key_prefix"] == user.key[:9]
    assert trace["routing_strategy"] == "plan_first"
    assert trace["circuit"] == "closed"
    assert trace["call"] == "messages"
    assert trace["budget"] is None
    assert trace["edits"] == []
    assert steps(trace)[0] == ("ask_plan", None)
    (attempt,) = trace["attempts"]
    assert attempt["provider"] == "plan"
    assert attempt["class"] is None
    assert attempt["http_status"] == 200
    assert (
        0
        <= trace["timeline"]["body_us"]
        <= attempt["start_us"]
        <= attempt["first_byte_us"]
        <= attempt["end_us"]
        <= trace["timeline"]["end_us"]
    )
    assert trace["answer"]["http_status"] == 200
    assert trace["answer"]["provider"] == "plan"
    assert WORDS not in json.dumps(trace)


@pytest.mark.parametrize("stream", [False, True])
def test_a_fallback_tells_both_attempts_and_the_reason(admin, simulator, user, stream):
    simulator.plan({"status": 500})
    answer = user.ask(WORDS, stream=stream)
    assert answer.provider == "bedrock"
    trace = trace_of(admin, answer)
    assert steps(trace)[:2] == [("ask_plan", None), ("ask_bedrock", "server_error")]
    plan, bedrock = trace["attempts"]
    assert (plan["provider"], plan["class"], plan["http_status"]) == (
        "plan",
        "server_error",
        500,
    )
    assert (bedrock["provider"], bedrock["class"]) == ("bedrock", None)
    assert plan["end_us"] <= bedrock["start_us"]
    assert trace["budget"] == "within"
    assert "anthropic." in trace["served_model"]
    assert trace["stream"] is stream
    assert trace["answer"]["fallback"] == "server_error"
    assert "Bedrock was asked: server_error." in trace["explanation"]
    assert WORDS not in json.dumps(trace)


def test_a_limit_and_the_cool_down_after_it_are_told(admin, simulator, user):
    simulator.plan(USAGE_LIMITED)
    first = trace_of(admin, user.ask())
    assert first["attempts"][0]["class"] == "usage_limit"
    second = trace_of(admin, user.ask())
    assert second["circuit"] == "cooling"
    assert steps(second)[0] == ("ask_bedrock", "usage_limit")
    assert [one["provider"] for one in second["attempts"]] == ["bedrock"]


def leave_in_the_middle(user):
    """Reads the first bytes of a stream, then goes; its request's id."""
    address = urllib.parse.urlsplit(user.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    connection.request(
        "POST",
        f"{address.path}/v1/messages",
        request_body("hello", stream=True),
        dict(PLAN_HEADERS),
    )
    response = connection.getresponse()
    response.read(1)
    response.close()
    connection.close()
    return response.getheader("x-ccproxy-request-id")


def test_a_client_that_leaves_is_told(admin, simulator, user):
    simulator.plan(events(400, delay_ms=20))
    request_id = leave_in_the_middle(user)
    found = trace_by(admin, request_id)
    assert found["answer"]["client_left"] is True
    assert found["attempts"][0]["ending"] == "client_left"
    assert found["explanation"][-1].startswith("The client left")


def test_what_bedrock_refused_shows_as_edits(start_proxy, simulator):
    proxy = start_proxy()  # one that has learned nothing yet
    admin = Admin(proxy)
    admin.sign_in()
    simulator.plan({"status": 500})
    message = "The model returned the following errors: output_config: "
    simulator.bedrock(
        {
            "status": 400,
            "error": {
                "type": "ValidationException",
                "message": message + "Extra inputs are not permitted",
            },
        }
    )
    answer = proxy.user().ask(WORDS, output_config={"effort": "low"})
    assert answer.status == 200
    trace = trace_of(admin, answer)
    _, refused_try, repaired = trace["attempts"]
    assert (refused_try["class"], refused_try["edits"]) == ("bedrock_validation", 0)
    assert (repaired["class"], repaired["edits"]) == (None, 1)
    assert trace["edits"] == [
        {"kind": "field", "name": "output_config", "because": "refused"}
    ]


def test_a_key_that_is_none_leaves_no_trace(admin, proxy, user):
    answer = type(user)(proxy, "nobody", None, "ak_" + "x" * 43).ask()
    assert answer.status == 403
    refused(admin.call("GET", f"/requests/{answer.request_id}"), 404, "NOT_FOUND")
    refused(admin.call("GET", f"/requests/{uuid.uuid4()}"), 404, "NOT_FOUND")


def test_a_count_of_tokens_has_a_trace_too(admin, user):
    answer = user.send(
        "POST",
        "/v1/messages/count_tokens",
        json.dumps(
            {"model": "claude-opus-4-8", "messages": [{"role": "user", "content": WORDS}]}
        ).encode(),
    )
    assert answer.status == 200
    trace = trace_of(admin, answer)
    assert trace["call"] == "count_tokens"
    assert [one["provider"] for one in trace["attempts"]] == ["plan"]
