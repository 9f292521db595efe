"""The conversion to Converse and back, over random conversations."""

import json
import os
import struct
import subprocess
import zlib
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations import answer_blocks, requests
from converse_rules import check_request, validate
from programs import find_program

CONVERT = find_program(
    "CCPT_CONVERT", "build/asan/bin/example-convert", "build/debug/bin/example-convert"
)
MODELS = [
    "global.anthropic.claude-opus-5-5",
    "global.anthropic.claude-opus-4-6-v1",
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "us.anthropic.claude-sonnet-4-20250514-v1:0",
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc",
    "us.amazon.nova-pro-v1:0",
]
# So many, at random; without a number a few, the same ones each time.
EXAMPLES = int(os.environ.get("CCPT_EXAMPLES", "0"))
usual = settings(
    max_examples=EXAMPLES or 50,
    derandomize=EXAMPLES == 0,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def convert(what, model, data, *more):
    if not isinstance(data, bytes):
        # Lone surrogates are written as the escapes that JSON has for them.
        data = json.dumps(data).encode()
    done = subprocess.run(
        [CONVERT, what, model, *more], input=data, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def said(request):
    """The texts that a model shall read."""
    texts = Counter()

    def add(text):
        if isinstance(text, str) and text.strip():
            texts[text] += 1

    def walk(content):
        if isinstance(content, str):
            add(content)
        for block in content if isinstance(content, list) else []:
            if block.get("type") in ("text", "search_result", "tool_result"):
                add(block.get("text"))
                walk(block.get("content"))

    for message in request["messages"]:
        walk(message["content"])
    walk(request.get("system"))
    return texts


def heard(converse):
    texts = Counter()

    def walk(value):
        if isinstance(value, dict):
            for name, member in value.items():
                if name == "text" and isinstance(member, str):
                    texts[member] += 1
                elif name not in ("input", "json"):
                    walk(member)
        for member in value if isinstance(value, list) else []:
            walk(member)

    walk(converse["messages"])
    walk(converse.get("system", []))
    return texts


def without_prefill(request):
    """Texts at the end of an assistant's last turn may lose white space."""
    messages = [m for m in request["messages"] if m["role"] != "system"]
    while messages and messages[-1]["role"] == "assistant":
        messages.pop()
    system = [m for m in request["messages"] if m["role"] == "system"]
    return {**request, "messages": messages + system}


@usual
@given(requests(), st.sampled_from(MODELS))
def test_any_conversation_becomes_a_request_that_bedrock_takes(request, model):
    converse = json.loads(convert("request", model, request))

    check_request(converse)
    assert not said(without_prefill(request)) - heard(converse), "something was lost"


@usual
@given(requests())
def test_any_conversation_can_be_counted(request):
    body = json.loads(convert("count", MODELS[0], request))

    validate("CountTokens", {"modelId": "anthropic.claude", **body})


@usual
@given(requests(), st.sampled_from(MODELS))
def test_a_conversation_that_goes_on_keeps_its_prefix(request, model):
    """Otherwise nothing would ever be read from a cache."""
    more = {
        **request,
        "messages": request["messages"]
        + [{"role": "assistant", "content": "said"}, {"role": "user", "content": "asked"}],
    }
    before = json.loads(convert("request", model, request))["messages"]
    after = json.loads(convert("request", model, more))["messages"]

    def plain(messages):
        return [
            [block for block in message["content"] if "cachePoint" not in block]
            for message in messages
        ]

    # The last turn of each role may still grow by what is merged into it.
    kept = [turn for turn in plain(before)][:-2]
    assert plain(after)[: len(kept)] == kept


def answer_of(blocks):
    return {
        "output": {"message": {"role": "assistant", "content": blocks}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
        "metrics": {"latencyMs": 1},
    }


@usual
@given(answer_blocks())
def test_an_answer_goes_there_and_back_without_loss(blocks):
    message = json.loads(convert("response", MODELS[0], answer_of(blocks)))
    history = [
        {"role": "user", "content": "q"},
        {"role": message["role"], "content": message["content"]},
        {"role": "user", "content": "next"},
    ]
    request = {"model": "claude-opus-5-5", "max_tokens": 100, "messages": history}
    converse = json.loads(convert("request", MODELS[0], request))
    again = converse["messages"][1]["content"]

    if "reasoningContent" in blocks[-1]:
        assert again.pop() == {"text": "(no content)"}
    assert again == blocks


def frame(event, payload):
    """One message of application/vnd.amazon.eventstream, by its specification."""
    headers = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for name, value in ((":message-type", "event"), (":event-type", event))
    )
    body = json.dumps(payload).encode()
    prelude = struct.pack(">II", len(headers) + len(body) + 16, len(headers))
    prelude += struct.pack(">I", zlib.crc32(prelude))
    message = prelude + headers + body
    return message + struct.pack(">I", zlib.crc32(message))


def pieces(draw, text):
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=3)))
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)])]


@st.composite
def streamed(draw):
    """An answer, and the frames that say it bit by bit."""
    blocks = [block for block in draw(answer_blocks()) if "citationsContent" not in block]
    frames = [frame("messageStart", {"role": "assistant"})]
    for index, block in enumerate(blocks):
        deltas = []
        if "toolUse" in block:
            use = block["toolUse"]
            start = {"toolUse": {"toolUseId": use["toolUseId"], "name": use["name"]}}
            frames.append(frame("contentBlockStart", {"contentBlockIndex": index, "start": start}))
            deltas = [{"toolUse": {"input": p}} for p in pieces(draw, json.dumps(use["input"]))]
        elif "text" in block:
            deltas = [{"text": piece} for piece in pieces(draw, block["text"])]
        elif "redactedContent" in block["reasoningContent"]:
            deltas = [block]
        else:
            reasoning = block["reasoningContent"]["reasoningText"]
            deltas = [{"reasoningContent": {"text": p}} for p in pieces(draw, reasoning["text"])]
            deltas.append({"reasoningContent": {"signature": reasoning["signature"]}})
        frames += [
            frame("contentBlockDelta", {"contentBlockIndex": index, "delta": delta, "p": "abc"})
            for delta in deltas
        ]
        if draw(st.booleans()):
            frames.append(frame("contentBlockStop", {"contentBlockIndex": index}))
    frames.append(frame("messageStop", {"stopReason": "end_turn"}))
    frames.append(frame("metadata", {"usage": answer_of([])["usage"], "metrics": {}}))
    return answer_of(blocks), b"".join(frames)


def message_of(sse):
    """Puts the events together as clients do."""
    events = [
        json.loads(event.split("\ndata: ", 1)[1]) for event in sse.split("\n\n") if event
    ]
    message = events[0]["message"]
    inputs = {}
    for event in events[1:]:
        if event["type"] == "content_block_start":
            assert event["index"] == len(message["content"])
            message["content"].append(event["content_block"])
        elif event["type"] == "content_block_delta":
            block, delta = message["content"][event["index"]], event["delta"]
            if delta["type"] == "input_json_delta":
                inputs[event["index"]] = inputs.get(event["index"], "") + delta["partial_json"]
            else:
                name = delta["type"].removesuffix("_delta")
                block[name] = block[name] + delta[name]
        elif event["type"] == "content_block_stop" and inputs.get(event["index"]):
            message["content"][event["index"]]["input"] = json.loads(inputs[event["index"]])
        elif event["type"] == "message_delta":
            message.update(event["delta"])
            message["usage"] = event["usage"]
    assert events[-1]["type"] == "message_stop"
    return message


@usual
@given(streamed())
def test_a_streamed_answer_says_what_the_whole_one_says(case):
    answer, frames = case

    assert message_of(convert("stream", MODELS[0], frames)) == json.loads(
        convert("response", MODELS[0], answer)
    )
