"""Random conversations that the Messages API takes, through the whole proxy: Bedrock
takes them too, each way it is asked, and the inputs of tool calls arrive as they were."""

import json
import os
import pathlib
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from http_client import PLAN_HEADERS

sys.path.append(str(pathlib.Path(__file__).parents[1] / "property"))
from conversations import BYTES, OBJECTS, SAID, image_block  # noqa: E402

EXAMPLES = int(os.environ.get("CCPT_EXAMPLES", "25"))
MODES = ["converse", "invoke", "messages"]
NAMES = st.text("abcXYZ019_-", min_size=1, max_size=128)
MODELS = ["claude-opus-5-5", "claude-sonnet-4-6", "claude-haiku-4-5", "claude-opus-4-1"]
BETAS = [
    "claude-code-20250219",
    "interleaved-thinking-2025-05-14",
    "context-management-2025-06-27",
    "advanced-tool-use-2025-11-20",
    "effort-2025-11-24",
    "thinking-token-count-2026-05-13",
    "fine-grained-tool-streaming-2025-05-14",
]

texts = SAID.map(lambda text: {"type": "text", "text": text})
pdfs = BYTES.map(
    lambda data: {
        "type": "document",
        "source": {"type": "base64", "media_type": "application/pdf", "data": data},
    }
)
images = image_block().map(lambda block: {k: block[k] for k in ("type", "source")})
thoughts = st.one_of(
    SAID.map(lambda text: {"type": "thinking", "thinking": text, "signature": "c2ln"}),
    st.just({"type": "thinking", "thinking": "", "signature": "c2ln"}),
    st.just({"type": "redacted_thinking", "data": "c2VjcmV0"}),
)


@st.composite
def turns(draw, names):
    messages = [{"role": "user", "content": draw(SAID)}]
    count = 0
    for _ in range(draw(st.integers(0, 3))):
        calls = [
            {
                "type": "tool_use",
                "id": f"toolu_{count + i}",
                "name": draw(st.sampled_from(names)),
                "input": draw(OBJECTS),
            }
            for i in range(draw(st.integers(0, 2)) if names else 0)
        ]
        count += len(calls)
        said = [*draw(st.lists(thoughts, max_size=1)), *draw(st.lists(texts, max_size=1)), *calls]
        results = [
            {
                "type": "tool_result",
                "tool_use_id": call["id"],
                "content": draw(
                    st.one_of(SAID, st.lists(st.one_of(texts, images, pdfs), min_size=1, max_size=2))
                ),
                "is_error": draw(st.booleans()),
            }
            for call in calls
        ]
        heard = draw(st.lists(st.one_of(texts, images, pdfs), min_size=not results, max_size=2))
        messages += [
            {"role": "assistant", "content": said or [{"type": "text", "text": "Yes."}]},
            {"role": "user", "content": [*results, *heard]},
        ]
    return messages


@st.composite
def requests(draw):
    names = draw(st.lists(NAMES, max_size=3, unique=True))
    request = {
        "model": draw(st.sampled_from(MODELS)),
        "max_tokens": 4096,
        "messages": draw(turns(names)),
        "stream": draw(st.booleans()),
    }
    if names:
        request["tools"] = [
            {"name": name, "description": draw(SAID), "input_schema": {"type": "object"}}
            for name in names
        ]
    request |= draw(
        st.sampled_from(
            [
                {},
                {"thinking": {"type": "enabled", "budget_tokens": 1024}},
                {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}},
                {"temperature": 0.5, "stop_sequences": ["END"]},
                {"context_management": {"edits": [{"type": "clear_thinking_20251015"}]}},
                {"metadata": {"user_id": '{"device":"{}"}'}, "top_k": 5},
            ]
        )
    )
    if draw(st.booleans()):
        request["system"] = [
            {"type": "text", "text": draw(SAID), "cache_control": {"type": "ephemeral"}}
        ]
    return request, draw(st.lists(st.sampled_from(BETAS), unique=True))


def inputs_of(value):
    """The inputs of all tool calls, in either form."""
    if isinstance(value, list):
        return [found for item in value for found in inputs_of(item)]
    if not isinstance(value, dict):
        return []
    if value.get("type") == "tool_use":
        return [value["input"]]
    if "toolUse" in value:
        return [value["toolUse"]["input"]]
    return [found for name in ("messages", "content") for found in inputs_of(value.get(name))]


@pytest.fixture(scope="module")
def users(the_proxy):
    found = {}
    for mode in MODES:
        user = the_proxy.user(routing="bedrock_only")
        user.key = the_proxy.command("key", "issue", user.name, "--bedrock-api", mode)
        the_proxy.command("key", "bedrock-key", "set", user.key[:9], given="ABSKrandom")
        found[mode] = user
    return found


@pytest.mark.parametrize("mode", MODES)
def test_what_the_messages_api_takes_bedrock_takes_too(the_simulator, users, mode):
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests())
    def check(made):
        request, betas = made
        body = json.dumps(request).encode()
        headers = [*PLAN_HEADERS, ("anthropic-beta", ",".join(betas))]
        the_simulator.reset()

        answer = users[mode].send("POST", "/v1/messages", body, headers)

        assert answer.status == 200, answer.json
        assert answer.text.startswith("Simulated answer")
        sent = the_simulator.bedrock_requests()[-1]
        assert inputs_of(sent.json) == inputs_of(request)

    check()
