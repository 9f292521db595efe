"""What passes between the client and the Plan unchanged, and what does not pass."""

import json
import re

import pytest

from http_client import PLAN_HEADERS, Connection, request_body, send
from simulator import text

# Spaces, order, escapes, numbers and fields that no parser would give back so.
ODD_BODY = (
    b'{ "stream" :false,"future_field":{"b":1,"a":[1.10,-0.0,1e400,123456789012345678901]},\r\n'
    b'  "model":"claude-opus-5-5", "max_tokens": 1000 ,"caf\\u00e9":"\\u0000\\/",\t'
    b'"messages":[{"role":"user","content":"gr\xc3\xbc\xc3\x9fe \\ud83d\\ude00 \xf0\x9f\x98\x80"}]}\n'
)


def test_a_request_body_reaches_the_plan_byte_for_byte(simulator, user):
    simulator.let_unknown_fields()

    user.send("POST", "/v1/messages?beta=true", ODD_BODY)

    sent = simulator.only("anthropic")
    assert sent.body == ODD_BODY
    assert sent.target == "/v1/messages?beta=true"


@pytest.mark.parametrize(
    "query", ["?beta=true", "?a=%2F..%20&b", "??", "?beta=true&beta=false"]
)
def test_a_query_is_not_touched(simulator, user, query):
    user.send("POST", f"/v1/messages{query}", request_body())

    assert simulator.only("anthropic").target == f"/v1/messages{query}"


def test_a_large_body_reaches_the_plan_whole(simulator, user):
    body = request_body("x" * 8_000_000)

    assert user.send("POST", "/v1/messages", body).status == 200

    assert simulator.only("anthropic").body == body


FORWARDED = [
    ("Anthropic-Beta", "a-2026-01-01,b-2027-02-02"),
    ("anthropic-never-heard-of", "Some Thing"),
    ("x-claude-code-session-id", "0b5d7a7e-7c5b-4f67-a5a1-3b8c2b6e2f11"),
    ("X-Claude-Code-Never-Heard-Of", "x"),
    ("x-stainless-timeout", "600"),
    ("user-agent", "claude-cli/2.1.330 (external, sdk-cli)"),
    ("x-app", "cli"),
    ("accept", "application/json"),
    ("idempotency-key", "k1"),
]

KEPT_BACK = [
    ("cookie", "session=1"),
    ("x-forwarded-for", "10.1.2.3"),
    ("forwarded", "for=10.1.2.3"),
    ("x-real-ip", "10.1.2.3"),
    ("via", "1.1 someone"),
    ("x-ccproxy-anything", "x"),
    ("x-something-else", "x"),
    ("proxy-authorization", "Basic eA=="),
    ("te", "trailers"),
    ("origin", "https://example.com"),
    ("referer", "https://example.com"),
]


def test_headers_pass_to_the_plan_by_open_lists(simulator, user):
    user.send(
        "POST", "/v1/messages", request_body(), [*PLAN_HEADERS, *FORWARDED, *KEPT_BACK]
    )

    sent = simulator.only("anthropic")
    for name, value in [*FORWARDED, *PLAN_HEADERS]:
        assert sent.header(name) == [value], name
    for name, _ in KEPT_BACK:
        assert sent.header(name) == [], name
    assert sent.header("accept-encoding") == ["identity"]


def test_what_connection_names_ends_at_the_proxy(simulator, user):
    kept_back = [
        ("anthropic-of-this-hop", "x"),
        ("x-claude-code-of-this-hop", "x"),
    ]
    named = [
        ("connection", "keep-alive, Anthropic-Of-This-Hop ,x-api-key"),
        ("connection", "x-claude-code-of-this-hop"),
    ]

    user.send(
        "POST",
        "/v1/messages",
        request_body(),
        [*named, *kept_back, ("anthropic-of", "y"), *PLAN_HEADERS],
    )

    sent = simulator.only("anthropic")
    for name, _ in kept_back:
        assert sent.header(name) == [], name
    for name, value in [*PLAN_HEADERS, ("anthropic-of", "y")]:
        assert sent.header(name) == [value], name


def test_a_missing_version_and_content_type_are_added(simulator, user):
    user.send("POST", "/v1/messages", request_body(), [("x-api-key", "sk-ant-dummy")])

    sent = simulator.only("anthropic")
    assert sent.header("anthropic-version") == ["2023-06-01"]
    assert sent.header("content-type") == ["application/json"]


def test_both_credentials_are_forwarded_when_both_are_sent(simulator, user):
    headers = [("x-api-key", "sk-ant-one"), ("authorization", "Bearer sk-ant-two")]

    user.send("POST", "/v1/messages", request_body(), headers)

    sent = simulator.only("anthropic")
    assert sent.header("x-api-key") == ["sk-ant-one"]
    assert sent.header("authorization") == ["Bearer sk-ant-two"]


ODD_ERROR = '{ "type":"error","error":{"type":"invalid_request_error","message":"1.10 \\u00e9 é"},\r\n "x":1 }\n'


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422])
def test_an_error_of_the_plan_is_passed_on_byte_for_byte(simulator, user, status):
    simulator.plan({"status": status, "body": ODD_ERROR})

    answer = user.ask()

    assert (answer.status, answer.body.decode()) == (status, ODD_ERROR)
    assert answer.provider == "plan"
    assert answer.header("request-id") == simulator.only("anthropic").request_id
    assert simulator.bedrock_requests() == []


@pytest.mark.parametrize("status", [429, 500, 503, 529])
def test_a_failure_without_a_way_to_bedrock_is_passed_on_byte_for_byte(
    simulator, proxy, status
):
    user = proxy.user(bedrock_key=None)
    simulator.plan(
        {
            "status": status,
            "body": ODD_ERROR,
            "headers": {"retry-after": "7", "x-should-retry": "true"},
        }
    )

    answer = user.ask()

    assert (answer.status, answer.body.decode()) == (status, ODD_ERROR)
    assert answer.header("retry-after") == "7"
    assert answer.header("x-should-retry") == "true"
    assert answer.fallback == "not-configured"


def test_an_html_error_page_is_passed_on_as_it_is(simulator, proxy):
    user = proxy.user(bedrock_key=None)
    page = "<html><h1>502 Bad Gateway</h1></html>"
    simulator.plan({"status": 502, "body": page, "content_type": "text/html"})

    answer = user.ask()

    assert (answer.status, answer.body.decode()) == (502, page)
    assert answer.header("content-type") == "text/html"


@pytest.mark.parametrize("stream", [False, True])
def test_a_success_of_another_type_is_passed_on_where_nobody_else_can_answer(
    simulator, user, stream
):
    page = "<html><h1>Sign in to the network</h1></html>"
    simulator.plan({"status": 200, "body": page, "content_type": "text/html"})
    simulator.bedrock({"status": 500})

    answer = user.ask(stream=stream)

    assert (answer.status, answer.body.decode()) == (200, page)
    assert answer.header("content-type") == "text/html"
    assert answer.header("x-ccproxy-fallback-error") == "bedrock_unavailable"


PASSED_BACK = {
    "retry-after": "3",
    "x-should-retry": "false",
    "anthropic-ratelimit-unified-status": "allowed_warning",
    "anthropic-never-heard-of": "Some Thing",
    "x-envoy-upstream-service-time": "12",
}

NOT_PASSED_BACK = {
    "alt-svc": 'h3=":443"',
    "strict-transport-security": "max-age=1",
    "access-control-allow-origin": "https://example.com",
    "x-ccproxy-request-id": "forged",
    "x-ccproxy-anything": "forged",
    "connection": "x-hop",
    "x-hop": "1",
    "keep-alive": "timeout=1",
    "proxy-authenticate": "Basic",
    "upgrade": "h2c",
}


@pytest.mark.parametrize("stream", [False, True])
def test_response_headers_pass_back_but_for_the_listed_ones(simulator, user, stream):
    simulator.plan(text("x", headers={**PASSED_BACK, **NOT_PASSED_BACK}))

    answer = user.ask(stream=stream)

    for name, value in PASSED_BACK.items():
        assert answer.header(name) == value, name
    for name, value in NOT_PASSED_BACK.items():
        assert answer.header(name) != value, name
    assert answer.header("set-cookie") is None
    assert answer.header("server") != "simulator"
    assert answer.header("request-id") == simulator.only("anthropic").request_id


def test_an_encoded_answer_is_decoded(simulator, user):
    simulator.plan(text("Said in gzip.", gzip=True), text("Said in gzip.", gzip=True))

    whole = user.ask()
    streamed = user.ask(stream=True)

    assert whole.text == streamed.text == "Said in gzip."
    assert whole.header("content-encoding") is None
    assert streamed.header("content-encoding") is None


@pytest.mark.parametrize("manner", [{}, {"crlf": True}, {"trickle": True}, {"pings": 3}])
def test_a_stream_of_the_plan_is_passed_on_byte_for_byte(simulator, user, manner):
    answer_of_upstream = text("The very same bytes. " * 20, **manner, times=0)
    simulator.plan(answer_of_upstream)
    direct = send(
        simulator.anthropic_url,
        "POST",
        "/v1/messages",
        request_body(stream=True),
        PLAN_HEADERS,
    )

    answer = user.ask(stream=True)

    def without_number(body):
        """The simulator counts its requests, and names messages by the count."""
        return re.sub(rb"msg_sim\d+", b"msg_sim", body)

    assert without_number(answer.body) == without_number(direct.body)
    assert answer.header("content-type").startswith("text/event-stream")
    assert answer.header("cache-control") == "no-cache"
    assert answer.header("x-accel-buffering") == "no"
    assert answer.header("transfer-encoding") == "chunked"


def test_count_tokens_goes_to_the_plan_unchanged(simulator, user):
    body = json.dumps(
        {"model": "claude-opus-5-5", "messages": [{"role": "user", "content": "x"}]}
    )

    answer = user.send("POST", "/v1/messages/count_tokens?beta=true", body.encode())

    sent = simulator.only("anthropic")
    assert sent.target == "/v1/messages/count_tokens?beta=true"
    assert sent.body == body.encode()
    assert answer.json == {"input_tokens": len(body) // 4 + 1}
    assert answer.header("x-ccproxy-token-count") == "plan"


@pytest.mark.parametrize("path", ["/v1/models?limit=1000", "/v1/models/claude-opus-5-5"])
def test_models_are_asked_of_the_plan(simulator, user, path):
    answer = user.send("GET", path)

    assert answer.status == 200
    assert simulator.only("anthropic").target == path


def test_connections_to_the_plan_are_used_again(simulator, user):
    for _ in range(5):
        user.ask()

    assert len({sent.connection for sent in simulator.plan_requests()}) == 1


def test_a_kept_connection_of_a_client_serves_request_after_request(simulator, user):
    connection = Connection(user.url)
    simulator.plan(text("one"), text("two", when={"stream": True}), {"status": 400})

    first = connection.send("POST", "/v1/messages", request_body(), PLAN_HEADERS)
    port = connection.socket().getsockname()
    second = connection.send(
        "POST", "/v1/messages", request_body(stream=True), PLAN_HEADERS
    )
    third = connection.send("POST", "/v1/messages", request_body(), PLAN_HEADERS)

    assert (first.text, second.text, third.status) == ("one", "two", 400)
    assert connection.socket().getsockname() == port
    connection.close()
