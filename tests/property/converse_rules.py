"""What Bedrock checks of a Converse request, apart from our own code.

The shapes are those of botocore's model of the service; the rules beyond them
are the service's own refusals, as its users have reported them.
"""

import base64
import copy
import re

import botocore.session
from botocore.validate import ParamValidator

_SERVICE = botocore.session.get_session().get_service_model("bedrock-runtime")
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")
DOCUMENT_NAME = re.compile(r"(?!.*\s\s)[a-zA-Z0-9\s()\[\]-]{1,200}\Z")
MOST_CACHE_POINTS = 4


def _decode(value, shape):
    """A JSON value as botocore wants it: blobs are bytes. Unions have one member."""
    if shape.type_name == "structure" and not shape.is_document_type:
        if getattr(shape, "is_tagged_union", False):
            assert len(value) == 1, f"{shape.name} has {sorted(value)}"
        return {
            name: _decode(member, shape.members[name]) if name in shape.members else member
            for name, member in value.items()
        }
    if shape.type_name == "list":
        return [_decode(item, shape.member) for item in value]
    if shape.type_name == "blob":
        return base64.b64decode(value, validate=True)
    return value


def validate(operation, params):
    shape = _SERVICE.operation_model(operation).input_shape
    report = ParamValidator().validate(_decode(copy.deepcopy(params), shape), shape)
    assert not report.has_errors(), report.generate_report()


def _kind(block):
    return next(iter(block))


def _is_blank(text):
    return not text.strip()


def _check_document(block, names):
    name = block["document"]["name"]
    assert DOCUMENT_NAME.match(name), f"document name {name!r}"
    assert name not in names, f"document name {name!r} twice"
    names.add(name)


def _check_result(result, names):
    assert NAME.match(result["toolUseId"])
    assert result["content"], "empty tool result"
    for block in result["content"]:
        assert _kind(block) != "cachePoint"
        if "text" in block:
            assert not _is_blank(block["text"]), "blank text in a result"
        if "document" in block:
            _check_document(block, names)


def _check_block(block, role, names):
    kind = _kind(block)
    if kind == "text":
        assert not _is_blank(block["text"]), "blank text"
    elif kind in ("image", "document", "toolResult", "searchResult"):
        assert role == "user", f"{kind} of the assistant"
    elif kind in ("toolUse", "reasoningContent", "citationsContent"):
        assert role == "assistant", f"{kind} of the user"
    if kind == "document":
        _check_document(block, names)
    if kind == "toolResult":
        _check_result(block["toolResult"], names)
    if kind == "toolUse":
        assert NAME.match(block["toolUse"]["toolUseId"])
        assert NAME.match(block["toolUse"]["name"])
        assert isinstance(block["toolUse"]["input"], dict)
    if kind == "reasoningContent" and "reasoningText" in block[kind]:
        assert block[kind]["reasoningText"]["signature"], "unsigned thinking"


def _check_cache_points(blocks):
    for before, block in zip([None, *blocks], blocks):
        if "cachePoint" not in block:
            continue
        assert before is not None, "nothing to cache"
        assert _kind(before) not in ("cachePoint", "reasoningContent")
        assert _kind(before) != "document" or before["document"]["format"] == "pdf"


def _check_message(message, names):
    content = message["content"]
    kinds = [_kind(block) for block in content]
    assert any(kind != "cachePoint" for kind in kinds), "empty message"
    for block in content:
        _check_block(block, message["role"], names)
    if "document" in kinds:
        assert "text" in kinds, "a document without a text"
    _check_cache_points(content)


def _ids(message, kind):
    return [block[kind]["toolUseId"] for block in message["content"] if kind in block]


def _check_turns(messages):
    assert messages[0]["role"] == "user", "must start with a user message"
    for before, message in zip(messages, messages[1:]):
        assert before["role"] != message["role"], "roles must alternate"
    calls = []
    for before, message in zip([{"content": []}, *messages], messages):
        assert sorted(_ids(message, "toolResult")) == sorted(_ids(before, "toolUse"))
        calls += _ids(message, "toolUse")
    assert not _ids(messages[-1], "toolUse"), "a call without its result"
    assert len(calls) == len(set(calls)), "an id twice"
    last = messages[-1]
    if last["role"] == "assistant":
        final = [b for b in last["content"] if "cachePoint" not in b][-1]
        assert "text" in final and final["text"] == final["text"].rstrip(), "prefill"


def _check_tools(request):
    tools = request.get("toolConfig", {}).get("tools", [])
    names = [tool["toolSpec"]["name"] for tool in tools if "toolSpec" in tool]
    has_blocks = any(
        kind in block
        for message in request["messages"]
        for block in message["content"]
        for kind in ("toolUse", "toolResult")
    )
    assert len(names) == len(set(names)), "a tool is defined twice"
    assert names or not has_blocks, "toolConfig must be defined"
    assert "toolConfig" not in request or names
    for tool in tools:
        if "toolSpec" in tool:
            assert NAME.match(tool["toolSpec"]["name"])
            assert tool["toolSpec"]["inputSchema"]["json"]["type"] == "object"
    choice = request.get("toolConfig", {}).get("toolChoice", {})
    if "tool" in choice:
        assert choice["tool"]["name"] in names


def _check_thinking(request):
    more = request.get("additionalModelRequestFields", {})
    thinking = more.get("thinking", {}).get("type", "disabled")
    if thinking == "disabled":
        return
    inference = request.get("inferenceConfig", {})
    assert "top_k" not in more
    assert "temperature" not in inference
    assert _kind(request.get("toolConfig", {}).get("toolChoice", {"auto": {}})) == "auto"
    if thinking == "enabled":
        assert 1024 <= more["thinking"]["budget_tokens"] < inference["maxTokens"]


def _lifetimes(request):
    lists = [
        request.get("toolConfig", {}).get("tools", []),
        request.get("system", []),
        *(message["content"] for message in request["messages"]),
    ]
    for blocks in lists:
        _check_cache_points(blocks)
    return [b["cachePoint"].get("ttl", "5m") for bs in lists for b in bs if "cachePoint" in b]


def check_request(request):
    """Raises for whatever the service would refuse."""
    validate("Converse", {"modelId": "anthropic.claude", **request})
    names = set()
    for message in request["messages"]:
        _check_message(message, names)
    _check_turns(request["messages"])
    _check_tools(request)
    _check_thinking(request)
    lifetimes = _lifetimes(request)
    assert len(lifetimes) <= MOST_CACHE_POINTS
    assert lifetimes == sorted(lifetimes), "an hour after five minutes"
    for block in request.get("system", []):
        assert "cachePoint" in block or not _is_blank(block["text"])
