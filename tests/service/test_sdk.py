"""The official Anthropic SDK, whole and streamed, through the Plan and through Bedrock."""

import anthropic
import pytest

from claude import DUMMY_KEY

ASK = {
    "model": "claude-opus-5-5",
    "max_tokens": 4000,
    "messages": [{"role": "user", "content": "hello"}],
    "tools": [
        {
            "name": "get_weather",
            "description": "Tells the weather.",
            "input_schema": {"type": "object", "properties": {"place": {"type": "string"}}},
        }
    ],
}

ANSWER = {
    "content": [
        {
            "type": "thinking",
            "thinking": "Where is that? " * 4,
            "signature": "c2lnbmF0dXJl",
        },
        {"type": "text", "text": 'Größe, 界, and "quotes". ' * 10},
        {"type": "tool_use", "name": "get_weather", "input": {"place": "Åbo"}},
    ],
    "usage": {
        "input_tokens": 101,
        "output_tokens": 202,
        "cache_read_tokens": 303,
        "cache_write_5m_tokens": 404,
    },
    "times": 0,
}


@pytest.fixture(params=["plan", "bedrock"])
def sdk(request, proxy, simulator):
    user = proxy.user(routing="bedrock_only" if request.param == "bedrock" else None)
    (simulator.plan if request.param == "plan" else simulator.bedrock)(ANSWER)
    return anthropic.Anthropic(base_url=user.url, api_key=DUMMY_KEY, max_retries=0)


def assert_is_the_answer(message):
    thinking, words, call = message.content
    assert (thinking.thinking, thinking.signature) == (
        "Where is that? " * 4,
        "c2lnbmF0dXJl",
    )
    assert words.text == 'Größe, 界, and "quotes". ' * 10
    assert (call.name, call.input) == ("get_weather", {"place": "Åbo"})
    assert message.model == "claude-opus-5-5"
    assert message.stop_reason == "tool_use"
    assert message.usage.input_tokens == 101
    assert message.usage.output_tokens == 202
    assert message.usage.cache_read_input_tokens == 303
    assert message.usage.cache_creation_input_tokens == 404


def test_a_whole_message(sdk):
    assert_is_the_answer(sdk.messages.create(**ASK))


def test_a_streamed_message(sdk):
    with sdk.messages.stream(**ASK) as stream:
        assert_is_the_answer(stream.get_final_message())


def test_a_conversation_with_a_tools_result_and_thinking(sdk):
    first = sdk.messages.create(**ASK)

    history = [
        *ASK["messages"],
        {"role": "assistant", "content": [block.to_dict() for block in first.content]},
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": first.content[-1].id,
                    "content": [{"type": "text", "text": "Rain."}],
                }
            ],
        },
    ]
    assert_is_the_answer(sdk.messages.create(**{**ASK, "messages": history}))


@pytest.mark.parametrize("provider", ["plan", "bedrock"])
@pytest.mark.parametrize(
    "status, error",
    [(400, anthropic.BadRequestError), (429, anthropic.RateLimitError)],
)
def test_an_upstreams_error_is_the_one_the_sdk_knows(
    simulator, proxy, provider, status, error
):
    user = proxy.user(
        bedrock_key=None if provider == "plan" else "ABSKdummy",
        routing="bedrock_only" if provider == "bedrock" else None,
    )
    (simulator.plan if provider == "plan" else simulator.bedrock)({"status": status})
    sdk = anthropic.Anthropic(base_url=user.url, api_key=DUMMY_KEY, max_retries=0)

    with pytest.raises(error) as raised:
        sdk.messages.create(**ASK)

    assert raised.value.body["type"] == "error"
