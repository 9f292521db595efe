"""Whichever way Bedrock is asked, the client and the books get the same."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from http_client import PLAN_HEADERS
from simulator import text

MODES = ["converse", "invoke", "messages"]


@pytest.fixture(scope="module")
def the_users(the_proxy):
    found = {}
    for mode in MODES:
        user = the_proxy.user(routing="bedrock_only")
        user.key = the_proxy.command("key", "issue", user.name, "--bedrock-api", mode)
        the_proxy.command("key", "bedrock-key", "set", user.key[:9], given="ABSKways")
        found[mode] = user
    return found


@pytest.fixture(params=MODES)
def user(request, the_users, simulator):
    return the_users[request.param]


streamed = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])

USAGE = {
    "input_tokens": 5,
    "output_tokens": 6,
    "cache_read_tokens": 7,
    "cache_write_5m_tokens": 8,
    "cache_write_1h_tokens": 9,
}


COUNTS = {
    "input_tokens": 5,
    "output_tokens": 6,
    "cache_read_input_tokens": 7,
    "cache_creation_input_tokens": 17,
}


@streamed
def test_all_counts_reach_client_and_books(simulator, proxy, user, stream):
    simulator.bedrock(text("Good day.", usage=USAGE))

    answer = user.ask(stream=stream)

    assert answer.text == "Good day."
    assert {name: answer.usage[name] for name in COUNTS} == COUNTS
    row = proxy.row(answer.request_id)
    assert {name: row[name] for name in USAGE} == USAGE


def test_counts_that_come_with_the_last_chunk_alone_are_not_lost(simulator, proxy, the_users):
    simulator.bedrock(text("Good day.", usage=USAGE, late_usage=True))

    answer = the_users["invoke"].ask(stream=True)

    assert {name: answer.usage[name] for name in COUNTS} == COUNTS
    assert "invocationMetrics" not in answer.body.decode()
    row = proxy.row(answer.request_id)
    assert (row["input_tokens"], row["output_tokens"], row["cache_read_tokens"]) == (5, 6, 7)


@streamed
def test_the_model_is_the_one_that_was_asked_for(simulator, user, stream):
    answer = user.ask(stream=stream, model="claude-sonnet-4-5")

    message = answer.events[0][1]["message"] if stream else answer.json
    assert message["model"] == "claude-sonnet-4-5"
    assert "sonnet-4-5-20250929-v1:0" in simulator.only("bedrock").model


# Status and words of Bedrock, and what the client gets.
FAILURES = [
    (400, "Input is too long for requested model.", 400, "invalid_request_error"),
    (403, "The security token included in the request is expired", 503, "api_error"),
    (404, "The model could not be found.", 404, "not_found_error"),
    (408, "Model has timed out.", 504, "timeout_error"),
    (424, "The model had an error.", 502, "api_error"),
    (429, "Too many requests.", 429, "rate_limit_error"),
    (500, "Unexpected.", 503, "overloaded_error"),
    (503, "Busy.", 503, "overloaded_error"),
]


@streamed
@pytest.mark.parametrize("status, words, told, kind", FAILURES, ids=[str(f[0]) for f in FAILURES])
def test_a_failure_is_told_in_bedrocks_words(
    simulator, user, stream, status, words, told, kind
):
    simulator.bedrock({"status": status, "error": {"message": words}})

    answer = user.ask(stream=stream)

    assert (answer.status, answer.error["type"]) == (told, kind)
    assert answer.error["message"].endswith(words)
    assert (answer.error["message"] == words) == (status == 400)
    assert answer.header("x-should-retry") == ("false" if status == 403 else None)


def test_what_breaks_in_the_middle_ends_with_an_error_event(simulator, user):
    for deed in ("cut", "error"):
        simulator.bedrock(text("x" * 100, fault={"at": "content", "do": deed}))

        answer = user.ask(stream=True)

        assert answer.event_names[-1] == "error" and "message_stop" not in answer.event_names


def test_what_fails_first_of_all_is_an_answer_with_a_status(simulator, user):
    simulator.bedrock(text("x", fault={"at": "head", "do": "cut"}))

    assert user.ask(stream=True).status == 503


def test_what_is_refused_by_its_name_is_left_out_from_then_on(simulator, user):
    headers = [*PLAN_HEADERS, ("anthropic-beta", "brand-new-2027-01-01")]

    for _ in range(2):
        assert user.ask(headers=headers, brand_new_field=1, model="claude-opus-4-8").status == 200

    assert [sent.status for sent in simulator.bedrock_requests()][-1] == 200
    assert 2 <= len(simulator.bedrock_requests()) <= 5
    body = simulator.bedrock_requests()[-1].body
    assert b"brand" not in body


def test_values_that_json_trees_would_change_come_through(simulator, user):
    given = '{"a":12345678901234567890,"b":1.10,"c":"\\ud800\\u0000"}'
    tools = [{"name": "t", "input_schema": {"type": "object", "maximum": 1.10}}]
    simulator.bedrock({"content": [{"type": "tool_use", "name": "t", "input": given}]})

    answer = user.ask(tools=tools)

    assert given.encode() in answer.body.replace(b": ", b":").replace(b", ", b",")


def test_a_burst_of_token_counts_is_normal(simulator, user):
    """BR-14: Claude Code counts each tool and each file at its start."""
    def count(words):
        body = f'{{"model":"claude-opus-4-8","messages":[{{"role":"user","content":"{"word " * words}"}}]}}'
        return user.send("POST", "/v1/messages/count_tokens", body.encode())

    with ThreadPoolExecutor(25) as pool:
        counts = list(pool.map(count, range(1, 26)))

    assert [answer.status for answer in counts] == [200] * 25
    assert {answer.header("x-ccproxy-token-count") for answer in counts} == {"bedrock"}
    # Each got its own.
    numbers = [answer.json["input_tokens"] for answer in counts]
    assert numbers == sorted(numbers) and numbers[0] < numbers[-1]
    assert max(answer.seconds for answer in counts) < 3
