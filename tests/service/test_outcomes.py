"""The outcome table RT-15, seen from outside: what each combination of upstream
answers, credentials and breaker states gives the client."""

import time

import pytest

from http_client import PLAN_HEADERS, Connection, ask, request_body
from programs import wait_for
from simulator import RATE_LIMITED, USAGE_LIMITED, events, text

both_ways = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])

PLAN_WORDS = "From the plan."
BEDROCK_WORDS = "From Bedrock."

HTML = {"body": "<html>busy</html>", "content_type": "text/html"}
BILLING = {"status": 400, "error": {"type": "billing_error", "message": "x"}}
LOW_CREDIT = {
    "status": 400,
    "error": {
        "type": "invalid_request_error",
        "message": "Your CREDIT balance is too low to access the Anthropic API.",
    },
}
LIMIT_TEXT = {
    "status": 429,
    "error": {"type": "rate_limit_error", "message": "You have reached your usage limit."},
}


def error_event(kind):
    return text("x", fault={"at": "start", "do": "error", "type": kind})


# Every failure of RT-3, with its class of RT-4.
FAILURES = {
    "429": (RATE_LIMITED, "rate_limit"),
    "429 with retry-after": (
        {**RATE_LIMITED, "headers": {"retry-after": "2"}},
        "rate_limit",
    ),
    "429 unified rejected": (USAGE_LIMITED, "usage_limit"),
    "429 with a limit's text": (LIMIT_TEXT, "usage_limit"),
    "billing_error": (BILLING, "usage_limit"),
    "402 billing_error": ({**BILLING, "status": 402}, "usage_limit"),
    "403 low credit": ({**LOW_CREDIT, "status": 403}, "usage_limit"),
    "400 low credit": (LOW_CREDIT, "usage_limit"),
    "500": ({"status": 500}, "server_error"),
    "502 html": ({"status": 502, **HTML}, "server_error"),
    "503": ({"status": 503}, "server_error"),
    "504": ({"status": 504}, "server_error"),
    "529": ({"status": 529}, "server_error"),
    "599": ({"status": 599}, "server_error"),
    "200 html": (HTML, "server_error"),
    # Twice, since a kept connection that proves dead is replaced once.
    "reset": (text("x", fault={"at": "request", "do": "reset"}, times=2), "network_error"),
    "closed": (text("x", fault={"at": "request", "do": "cut"}, times=2), "network_error"),
}

STREAM_FAILURES = {
    "overloaded event": (error_event("overloaded_error"), "server_error"),
    "api_error event": (error_event("api_error"), "server_error"),
    "rate_limit event": (error_event("rate_limit_error"), "rate_limit"),
    "cut at the head": (text("x", fault={"at": "head", "do": "cut"}), "network_error"),
    "ended at the head": (text("x", fault={"at": "head", "do": "end"}), "network_error"),
    "cut after the start": (text("x", fault={"at": "start", "do": "cut"}), "network_error"),
    "reset after the start": (
        text("x", fault={"at": "start", "do": "reset"}),
        "network_error",
    ),
    "ended after the start": (
        text("x", fault={"at": "start", "do": "end"}),
        "network_error",
    ),
    "cut in the first block's start": (
        text("x", fault={"at": "start", "do": "cut", "half": True}),
        "network_error",
    ),
    "error event at once": (
        text("x", fault={"at": "head", "do": "error", "type": "overloaded_error"}),
        "server_error",
    ),
}

WHOLE_FAILURES = {
    "200 that is no JSON": (
        {"body": "busy", "content_type": "application/json"},
        "server_error",
    ),
    "cut in the body": (
        text("x" * 500, fault={"at_byte": 100, "do": "cut"}),
        "network_error",
    ),
}

ALL_FAILURES = [
    *((name, False, *case) for name, case in FAILURES.items()),
    *((name, True, *case) for name, case in FAILURES.items()),
    *((name, True, *case) for name, case in STREAM_FAILURES.items()),
    *((name, False, *case) for name, case in WHOLE_FAILURES.items()),
]
every_failure = pytest.mark.parametrize(
    "stream, failure, reason",
    [case[1:] for case in ALL_FAILURES],
    ids=[f"{name}, {'stream' if stream else 'whole'}" for name, stream, *_ in ALL_FAILURES],
)


@both_ways
def test_row_1_a_success_of_the_plan(simulator, user, stream):
    simulator.plan(text(PLAN_WORDS))

    answer = user.ask(stream=stream)

    assert (answer.status, answer.text, answer.provider) == (200, PLAN_WORDS, "plan")
    assert answer.fallback is None
    assert simulator.bedrock_requests() == []


CLIENT_ERRORS = [400, 401, 403, 404, 413, 422]


@both_ways
@pytest.mark.parametrize("status", CLIENT_ERRORS)
def test_row_2_the_clients_own_mistakes_stay_with_the_plan(simulator, user, status, stream):
    simulator.plan({"status": status})

    answer = user.ask(stream=stream)

    assert (answer.status, answer.provider) == (status, "plan")
    assert simulator.bedrock_requests() == []


def test_row_2_mistakes_are_not_counted_by_the_breaker(simulator, user):
    simulator.plan(*[{"status": 400}] * 5, text(PLAN_WORDS))

    answers = [user.ask() for _ in range(6)]

    assert [answer.provider for answer in answers] == ["plan"] * 6


@both_ways
@pytest.mark.parametrize("status", [429, 500, 529])
def test_row_3_a_failure_without_a_bedrock_credential(simulator, proxy, status, stream):
    user = proxy.user(bedrock_key=None)
    simulator.plan({"status": status})

    answer = user.ask(stream=stream)

    assert (answer.status, answer.provider) == (status, "plan")
    assert answer.fallback == "not-configured"


@every_failure
def test_rows_4_and_8_a_failure_is_answered_by_bedrock(
    simulator, proxy, user, stream, failure, reason
):
    simulator.plan(failure)
    simulator.bedrock(text(BEDROCK_WORDS))

    answer = user.ask(stream=stream)

    assert (answer.status, answer.text) == (200, BEDROCK_WORDS)
    assert (answer.provider, answer.fallback) == ("bedrock", reason)
    row = proxy.row(answer.request_id)
    assert (row["provider"], row["is_fallback"], row["fallback_reason"], row["status"]) == (
        "bedrock",
        1,
        reason,
        "complete",
    )


@every_failure
def test_rows_6_and_8_when_bedrock_fails_too_the_plans_answer_stands(
    simulator, user, stream, failure, reason
):
    simulator.plan(failure)
    simulator.bedrock({"status": 500})

    answer = user.ask(stream=stream)

    if reason == "network_error":  # nothing of the plan is left to say
        assert (answer.status, answer.error["type"]) == (503, "overloaded_error")
        assert answer.provider == "bedrock"
    else:
        assert (answer.status, answer.provider) == (failure.get("status", 200), "plan")
        assert answer.header("x-ccproxy-fallback-error") == "bedrock_unavailable"


# BR-12: what Bedrock's errors become when the Plan said nothing.
BEDROCK_ERRORS = [
    (400, None, 400, "invalid_request_error"),
    (403, None, 503, "api_error"),
    (404, None, 404, "not_found_error"),
    (424, None, 502, "api_error"),
    (429, None, 429, "rate_limit_error"),
    (400, "ServiceQuotaExceededException", 429, "rate_limit_error"),
    (500, None, 503, "overloaded_error"),
    (503, None, 503, "overloaded_error"),
]


@both_ways
@pytest.mark.parametrize("status, exception, expected, kind", BEDROCK_ERRORS)
def test_row_14_an_error_of_bedrock_gets_its_own_form(
    simulator, proxy, status, exception, expected, kind, stream
):
    user = proxy.user(routing="bedrock_only")
    words = "Input is too long for requested model. canary words"
    error = {"message": words, **({"type": exception} if exception else {})}
    simulator.bedrock({"status": status, "error": error})

    answer = user.ask(stream=stream)

    assert (answer.status, answer.error["type"]) == (expected, kind)
    assert answer.json["type"] == "error" and answer.json["request_id"] == answer.request_id
    if status != 403:
        assert words in answer.error["message"]
    assert answer.header("x-should-retry") == ("false" if status == 403 else None)


@both_ways
def test_row_14_bedrocks_answer_to_a_bedrock_only_user(simulator, proxy, stream):
    user = proxy.user(routing="bedrock_only")
    simulator.bedrock(text(BEDROCK_WORDS))

    answer = user.ask(stream=stream)

    assert (answer.text, answer.provider, answer.fallback) == (
        BEDROCK_WORDS,
        "bedrock",
        None,
    )
    assert simulator.plan_requests() == []
    assert proxy.row(answer.request_id)["is_fallback"] == 0


def test_row_14_needs_no_credential_of_the_client(simulator, proxy):
    user = proxy.user(routing="bedrock_only")

    assert user.ask(headers=[]).provider == "bedrock"


@both_ways
def test_row_12_a_bedrock_only_user_without_a_credential(simulator, proxy, stream):
    user = proxy.user(routing="bedrock_only")
    proxy.command("key", "bedrock-key", "remove", user.key[:9])

    answer = user.ask(stream=stream)

    assert (answer.status, answer.error["type"]) == (503, "api_error")
    assert (
        "Bedrock credential is not registered for this access key"
        in answer.error["message"]
    )
    assert answer.header("x-should-retry") == "false"
    assert answer.provider == "none"
    assert simulator.requests() == []


@both_ways
def test_row_7_no_answer_of_the_plan_and_no_way_to_bedrock(simulator, proxy, stream):
    user = proxy.user(bedrock_key=None)
    simulator.plan(text("x", fault={"at": "request", "do": "reset"}, times=2))

    answer = user.ask(stream=stream)

    assert (answer.status, answer.error["type"]) == (503, "api_error")
    assert "Bedrock fallback is not configured" in answer.error["message"]


@pytest.fixture
def impatient(start_proxy):
    """A proxy whose waits end while a test can watch."""
    return start_proxy(
        first_byte_timeout=1,
        read_timeout=1.5,
        connect_timeout=1,
        circuit_reset_timeout=2,
    )


@both_ways
def test_rows_7_and_8_a_plan_that_does_not_answer_in_time(simulator, impatient, stream):
    simulator.plan({"delay_ms": 10000, "times": 0})
    simulator.bedrock(text(BEDROCK_WORDS))

    helped = impatient.user().ask(stream=stream)
    alone = impatient.user(bedrock_key=None).ask(stream=stream)

    assert (helped.text, helped.fallback) == (BEDROCK_WORDS, "timeout")
    assert (alone.status, alone.error["type"]) == (504, "timeout_error")


@pytest.mark.parametrize(
    "fault", [{"do": "cut"}, {"do": "cut", "half": True}, {"do": "reset"}, {"do": "error"}]
)
def test_row_15_a_break_after_content_ends_in_an_error_event(simulator, proxy, user, fault):
    simulator.plan(events(4, fault={"at": "content", **fault}))

    answer = user.ask(stream=True)

    assert answer.ending == "whole"
    assert answer.event_names[:3] == [
        "message_start",
        "content_block_start",
        "content_block_delta",
    ]
    assert answer.event_names[-1] == "error"
    assert answer.event_names.count("error") == 1
    assert answer.events[-1][1]["error"]["type"] in ("api_error", "overloaded_error")
    assert answer.body.endswith(b"\n\n")
    assert simulator.bedrock_requests() == []
    assert proxy.row(answer.request_id)["status"] == "incomplete"


def test_row_15_what_breaks_after_content_is_not_counted(simulator, user):
    simulator.plan(
        events(4, fault={"at": "content", "do": "cut"}, times=4), text(PLAN_WORDS)
    )

    for _ in range(4):
        user.ask(stream=True)

    assert user.ask().provider == "plan"


@pytest.mark.parametrize("routing", ["plan_first", "bedrock_only"])
def test_row_16_who_leaves_is_not_served_on(simulator, proxy, routing):
    user = proxy.user(routing=routing)
    service = "anthropic" if routing == "plan_first" else "bedrock"
    (simulator.plan if routing == "plan_first" else simulator.bedrock)(
        events(1000, delay_ms=20)
    )
    left, request_id = leave_in_the_middle(user)

    gone = wait_for(
        lambda: [r for r in simulator.requests(service) if r.outcome == "gone"],
        timeout=5,
        what="the upstream's cancellation",
    )
    assert gone[0].closed_ms / 1000 - left < 1.0
    row = proxy.row(request_id)
    assert (row["status"], row["estimated"]) == ("aborted", 1)
    assert row["input_tokens"] > 0 and row["output_tokens"] > 0


def leave_in_the_middle(user):
    """When a client left behind some events, and which request it was."""
    connection = Connection(user.url)
    response = connection.start(
        "POST", "/v1/messages", request_body(stream=True), PLAN_HEADERS
    )
    seen = b""
    while seen.count(b"content_block_delta") < 4:
        seen += response.read1(4096)
    request_id = response.getheader("x-ccproxy-request-id")
    response.close()
    connection.close()
    return time.monotonic(), request_id


def test_row_16_who_leaves_while_waiting_is_not_served_on(simulator, proxy, user):
    simulator.plan({"delay_ms": 20000})

    with pytest.raises(TimeoutError):
        ask(user.url, timeout=0.5)
    left = time.monotonic()

    gone = wait_for(
        lambda: [r for r in simulator.plan_requests() if r.outcome == "gone"], timeout=5
    )
    assert gone[0].closed_ms / 1000 - left < 1.0
    assert simulator.bedrock_requests() == []


def test_row_18_a_cool_down_never_blocks_who_has_no_way_to_bedrock(simulator, proxy):
    user = proxy.user(bedrock_key=None)
    simulator.plan({**USAGE_LIMITED, "times": 2}, text(PLAN_WORDS))

    answers = [user.ask() for _ in range(3)]

    assert [answer.status for answer in answers] == [429, 429, 200]
    assert (
        answers[1].header("anthropic-ratelimit-unified-reset")
        == USAGE_LIMITED["headers"]["anthropic-ratelimit-unified-reset"]
    )


def test_one_attempt_is_made_per_upstream(simulator, user):
    simulator.plan({"status": 529, "times": 0})
    simulator.bedrock({"status": 503, "times": 0})

    user.ask()

    simulator.only("anthropic")
    simulator.only("bedrock")


def test_a_kept_connection_that_proves_dead_is_replaced_once(simulator, user):
    simulator.plan(text(PLAN_WORDS, fault={"at": "stop", "do": "cut"}), text(PLAN_WORDS))

    user.ask()
    answer = user.ask()

    assert (answer.status, answer.provider) == (200, "plan")


def test_count_tokens_falls_back_too_but_never_touches_the_breaker(simulator, user):
    simulator.plan({"status": 500, "times": 5, "when": {"operation": "count_tokens"}})
    body = b'{"model":"claude-opus-4-8","messages":[{"role":"user","content":"hello"}]}'

    counts = [user.send("POST", "/v1/messages/count_tokens", body) for _ in range(4)]

    assert {answer.header("x-ccproxy-token-count") for answer in counts} == {"bedrock"}
    assert all(answer.json["input_tokens"] > 0 for answer in counts)
    assert user.ask().provider == "plan"


def test_count_tokens_is_estimated_when_nobody_counts(simulator, user):
    for lay in (simulator.plan, simulator.bedrock):
        lay({"status": 500, "when": {"operation": "count_tokens"}})
    body = b'{"model":"claude-opus-4-8","messages":[{"role":"user","content":"hello"}]}'

    answer = user.send("POST", "/v1/messages/count_tokens", body)

    assert answer.status == 200
    assert answer.header("x-ccproxy-token-count") == "estimate"
    assert answer.json["input_tokens"] >= 1
