"""The real Claude Code command line, working through the proxy."""

import pytest

from claude import DUMMY_LOGIN, Claude
from simulator import USAGE_LIMITED, text

REFUSAL = "This access key is not valid. Ask your administrator for a new one."


@pytest.fixture
def claude(user, tmp_path):
    """Signed in with a plan, as most users are."""
    return Claude(tmp_path, user.url, CLAUDE_CODE_OAUTH_TOKEN=DUMMY_LOGIN)


def call_bash(command):
    return {
        "content": [
            {"type": "text", "text": "I look."},
            {"type": "tool_use", "name": "Bash", "input": {"command": command}},
        ],
        "when": {"lacks": "tool_use_id", "stream": True},
        "times": 0,
    }


def tool_results(requests):
    return [
        block["content"]
        for message in requests[-1].json["messages"]
        for block in message["content"]
        if isinstance(block, dict) and block.get("type") == "tool_result"
    ]


def newest_row(proxy, user):
    rows = [row for row in proxy.rows() if row["user_id"] == user.id]
    return rows[-1] if rows else None


def test_a_prompt_is_answered_by_the_plan(simulator, proxy, user, claude):
    simulator.plan(text("From the plan."))

    turn = claude.prompt("say something")

    assert (turn.exit_code, turn.out.strip()) == (0, "From the plan.")
    sent = simulator.only("anthropic")
    assert sent.target == "/v1/messages?beta=true"
    assert sent.header("authorization") == [f"Bearer {DUMMY_LOGIN}"]
    assert simulator.bedrock_requests() == []


def test_an_api_key_is_as_good_as_a_login(simulator, user, tmp_path):
    simulator.plan(text("From the plan."))

    turn = Claude(tmp_path, user.url).prompt("say something")

    assert (turn.exit_code, turn.out.strip()) == (0, "From the plan.")


def test_a_tool_is_called_and_its_result_comes_back_on_the_plan(simulator, claude):
    simulator.plan(call_bash("echo $((40+2))"), text("It is forty-two.", times=0))

    turn = claude.prompt("look", "--allowedTools", "Bash")

    assert (turn.exit_code, turn.out.strip()) == (0, "It is forty-two.")
    assert tool_results(simulator.plan_requests()) == ["42"]


def test_a_used_up_plan_is_answered_by_bedrock_in_the_same_turn(
    simulator, proxy, user, claude
):
    simulator.plan({**USAGE_LIMITED, "times": 0})
    simulator.bedrock(text("From Bedrock.", times=0))

    turn = claude.prompt("say something")

    assert (turn.exit_code, turn.out.strip()) == (0, "From Bedrock.")
    assert len(simulator.plan_requests()) == 1
    simulator.only("bedrock")
    row = proxy.row(
        next(e["request_id"] for e in proxy.log() if e.get("user_id") == user.id)
    )
    assert (row["provider"], row["is_fallback"], row["fallback_reason"]) == (
        "bedrock",
        1,
        "usage_limit",
    )


def test_a_tool_is_called_and_its_result_comes_back_on_bedrock(simulator, claude):
    simulator.plan({**USAGE_LIMITED, "times": 0})
    simulator.bedrock(
        {**call_bash("echo $((40+2))"), "when": {"lacks": "toolResult"}},
        text("It is forty-two.", times=0),
    )

    turn = claude.prompt("look", "--allowedTools", "Bash")

    assert (turn.exit_code, turn.out.strip()) == (0, "It is forty-two.")
    results = [
        block["toolResult"]["content"]
        for message in simulator.bedrock_requests()[-1].json["messages"]
        for block in message["content"]
        if "toolResult" in block
    ]
    assert results == [[{"text": "42"}]]


def test_an_error_before_any_content_is_not_seen(simulator, claude):
    simulator.plan(text("Never seen.", fault={"at": "start", "do": "error"}, times=0))
    simulator.bedrock(text("From Bedrock.", times=0))

    turn = claude.prompt("say something", "--output-format", "stream-json", "--verbose")

    assert turn.exit_code == 0
    assert "From Bedrock." in turn.out
    assert "api_retry" not in turn.out and "Overloaded" not in turn.text
    assert len(simulator.plan_requests()) == 1


def test_an_error_after_content_is_made_good_by_the_clients_second_request(
    simulator, claude
):
    simulator.plan(
        text("Half of an", fault={"at": "content", "do": "error"}),
        text("The second answer."),
    )

    turn = claude.prompt("say something")

    assert (turn.exit_code, turn.out.strip()) == (0, "The second answer.")
    assert [sent.stream for sent in simulator.plan_requests()] == [True, False]


def test_a_bad_key_ends_it_at_once_with_our_sentence(simulator, proxy, tmp_path):
    claude = Claude(tmp_path, f"{proxy.url}/ak/ak_{'A' * 43}")

    turn = claude.prompt("say something")

    assert turn.exit_code == 1
    assert REFUSAL in turn.text
    assert turn.seconds < 60  # its retries would take minutes
    assert simulator.requests() == []


def test_when_both_fail_the_plans_own_limit_text_is_shown(simulator, claude):
    simulator.plan({**USAGE_LIMITED, "times": 0})
    simulator.bedrock({"status": 503, "times": 0})

    turn = claude.prompt("say something")

    assert turn.exit_code == 1
    assert "hit your 5-hour limit" in turn.text
    assert turn.seconds < 60  # its retries would take minutes


def test_a_bedrock_only_user_needs_no_anthropic_account(simulator, proxy, tmp_path):
    user = proxy.user(routing="bedrock_only")
    simulator.bedrock(text("From Bedrock.", times=0))

    turn = Claude(tmp_path, user.url, ANTHROPIC_AUTH_TOKEN="anything").prompt("hello")

    assert (turn.exit_code, turn.out.strip()) == (0, "From Bedrock.")
    assert simulator.plan_requests() == []


def test_a_plan_used_up_in_the_middle_of_a_turn_goes_on_with_bedrock(simulator, claude):
    simulator.plan(
        {
            "content": [
                {"type": "thinking", "thinking": "I should look.", "signature": "c2ln"},
                {"type": "tool_use", "name": "Bash", "input": {"command": "echo 42"}},
            ]
        },
        {**USAGE_LIMITED, "times": 0},
    )
    simulator.bedrock(text("It is forty-two.", times=0))

    turn = claude.prompt("look", "--allowedTools", "Bash")

    assert (turn.exit_code, turn.out.strip()) == (0, "It is forty-two.")
    history = simulator.only("bedrock").json["messages"]
    thought = {"text": "I should look.", "signature": "c2ln"}
    assert {"reasoningContent": {"reasoningText": thought}} in [
        block for message in history for block in message["content"]
    ]


def test_an_exception_in_bedrocks_stream_is_made_good_by_the_clients_second_request(
    simulator, proxy, tmp_path
):
    user = proxy.user(routing="bedrock_only")
    simulator.bedrock(
        text("Half of an", fault={"at": "content", "do": "error", "type": "api_error"}),
        text("The second answer."),
    )

    turn = Claude(tmp_path, user.url, ANTHROPIC_AUTH_TOKEN="anything").prompt("hello")

    assert (turn.exit_code, turn.out.strip()) == (0, "The second answer.")
    assert [sent.operation for sent in simulator.bedrock_requests()] == [
        "converse_stream",
        "converse",
    ]


def test_its_burst_of_token_counts_is_served(simulator, claude):
    turn = claude.prompt("/context")

    assert turn.exit_code == 0
    counts = simulator.plan_requests()
    assert len(counts) > 10
    assert {(sent.operation, sent.outcome) for sent in counts} == {
        ("count_tokens", "complete")
    }
