"""The simulator as the Anthropic API, judged by the real clients."""

import anthropic
import pytest

from claude import DUMMY_KEY, Claude
from simulator import text

HELLO = [{"role": "user", "content": "hello"}]
ASK = {"model": "claude-opus-5-5", "max_tokens": 100, "messages": HELLO}


@pytest.fixture
def sdk(simulator):
    return anthropic.Anthropic(
        base_url=simulator.anthropic_url, api_key=DUMMY_KEY, max_retries=0
    )


def test_the_sdk_reads_a_whole_message(simulator, sdk):
    simulator.plan(text("Good day.", usage={"input_tokens": 7, "output_tokens": 3}))

    message = sdk.messages.create(**ASK)

    assert message.content[0].text == "Good day."
    assert message.stop_reason == "end_turn"
    assert (message.usage.input_tokens, message.usage.output_tokens) == (7, 3)


def test_the_sdk_assembles_every_kind_of_block_from_a_stream(simulator, sdk):
    simulator.plan(
        {
            "content": [
                {"type": "thinking", "thinking": "Let me see. " * 5, "signature": "c2ln"},
                {"type": "redacted_thinking", "data": "b3BhcXVl"},
                {"type": "text", "text": "Größe: 界 " * 20},
                {"type": "tool_use", "name": "Read", "input": {"file_path": "/tmp/ü"}},
            ],
            "pings": 2,
        }
    )

    with sdk.messages.stream(**ASK) as stream:
        message = stream.get_final_message()

    thinking, redacted, words, call = message.content
    assert (thinking.thinking, thinking.signature) == ("Let me see. " * 5, "c2ln")
    assert redacted.data == "b3BhcXVl"
    assert words.text == "Größe: 界 " * 20
    assert (call.name, call.input) == ("Read", {"file_path": "/tmp/ü"})
    assert message.stop_reason == "tool_use"


@pytest.mark.parametrize("manner", [{"gzip": True}, {"crlf": True}, {"trickle": True}])
def test_the_sdk_reads_a_stream_in_any_manner(simulator, sdk, manner):
    simulator.plan(text("The same words.", **manner))

    with sdk.messages.stream(**ASK) as stream:
        assert stream.get_final_text() == "The same words."


@pytest.mark.parametrize(
    "status, error",
    [
        (401, anthropic.AuthenticationError),
        (403, anthropic.PermissionDeniedError),
        (429, anthropic.RateLimitError),
        (500, anthropic.InternalServerError),
        (529, anthropic.APIStatusError),
    ],
)
def test_the_sdk_knows_each_scripted_error(simulator, sdk, status, error):
    simulator.plan({"status": status})

    with pytest.raises(error) as raised:
        sdk.messages.create(**ASK)

    assert raised.value.status_code == status
    assert raised.value.body["type"] == "error"


TOOL = {"name": "t", "input_schema": {"type": "object"}}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "t", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "done"}


def say(role, *content):
    return {"role": role, "content": list(content)}


@pytest.mark.parametrize(
    "change, words",
    [
        ({"messages": []}, "messages: at least one message is required"),
        ({"messages": [say("user", {"type": "text", "text": ""})]}, "must be non-empty"),
        (
            {"messages": [say("user", {"type": "text", "text": " \n"})]},
            "non-whitespace text",
        ),
        ({"messages": [say("assistant", CALL)]}, 'first message must use the "user" role'),
        (
            {"messages": HELLO + [say("assistant", CALL)] + HELLO, "tools": [TOOL]},
            "`tool_use` ids were found without `tool_result` blocks immediately after: toolu_1",
        ),
        ({"messages": [say("user", RESULT)]}, "unexpected `tool_use_id` found"),
        (
            {"messages": HELLO + [say("assistant", {"type": "text", "text": "so "})]},
            "trailing",
        ),
        ({"tools": [{**TOOL, "name": "a b"}]}, "String should match pattern"),
        ({"tools": [TOOL, TOOL]}, "Tool names must be unique"),
        ({"max_tokens": 0}, "max_tokens: Input should be greater than or equal to 1"),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 10}},
            "greater than or equal to 1024",
        ),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 2000}},
            "`max_tokens` must be greater",
        ),
        (
            {"extra_body": {"never_heard_of": 1}},
            "never_heard_of: Extra inputs are not permitted",
        ),
    ],
)
def test_an_illegal_request_is_refused_in_the_services_words(sdk, change, words):
    with pytest.raises(anthropic.BadRequestError) as refused:
        sdk.messages.create(**{**ASK, **change})

    assert words in refused.value.body["error"]["message"]


def test_what_was_sent_is_kept_with_its_true_token_counts(simulator, sdk):
    simulator.plan(text("one two", usage={"input_tokens": 11, "output_tokens": 22}))

    answer = sdk.messages.with_raw_response.create(**ASK)

    kept = simulator.only("anthropic")
    assert kept.request_id == answer.headers["request-id"]
    assert kept.json["messages"] == HELLO
    assert kept.header("authorization") == [f"Bearer {DUMMY_KEY}"]
    assert kept.outcome == "complete"
    assert (kept.usage["input_tokens"], kept.usage["output_tokens"]) == (11, 22)


def test_claude_code_works_on_it_and_calls_a_tool(simulator, tmp_path):
    simulator.plan(
        {
            "content": [
                {"type": "text", "text": "I look."},
                {
                    "type": "tool_use",
                    "name": "Bash",
                    "input": {"command": "echo $((40+2))"},
                },
            ]
        },
        text("It is forty-two.", when={"contains": "tool_result"}),
    )

    turn = Claude(tmp_path, simulator.anthropic_url).prompt(
        "look", "--allowedTools", "Bash"
    )

    assert (turn.exit_code, turn.out.strip()) == (0, "It is forty-two.")
    results = [
        block["content"]
        for message in simulator.plan_requests()[-1].json["messages"]
        for block in message["content"]
        if isinstance(block, dict) and block["type"] == "tool_result"
    ]
    assert results == ["42"]
