"""The simulator as Amazon Bedrock, judged by AWS's own client and its decoder."""

import base64
import json

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from http_client import send
from simulator import text

MODEL = "global.anthropic.claude-opus-5-5"
HELLO = [{"role": "user", "content": [{"text": "hello"}]}]


def open_client(url, bearer):
    """boto3 signs, or wants TLS for a bearer token: so the token is put in late."""
    client = boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=url,
        config=Config(
            signature_version=UNSIGNED,
            retries={"total_max_attempts": 1},
            parameter_validation=False,
        ),
    )

    def put_in(request, **_):
        request.headers["Authorization"] = f"Bearer {bearer}"

    client.meta.events.register("before-send.bedrock-runtime", put_in)
    return client


@pytest.fixture
def boto(simulator):
    return open_client(simulator.bedrock_url, "ABSKdummy")


BLOCKS = {
    "content": [
        {"type": "thinking", "thinking": "Let me see.", "signature": "c2ln"},
        {"type": "text", "text": "Größe: 界 " * 30},
        {
            "type": "tool_use",
            "name": "Read",
            "input": {"file_path": "/tmp/ü"},
            "id": "tooluse_1",
        },
    ],
    "usage": {
        "input_tokens": 5,
        "output_tokens": 6,
        "cache_read_tokens": 7,
        "cache_write_5m_tokens": 8,
        "cache_write_1h_tokens": 9,
    },
}


def test_boto_reads_a_whole_message(simulator, boto):
    simulator.bedrock(BLOCKS)

    answer = boto.converse(modelId=MODEL, messages=HELLO)

    thinking, words, call = answer["output"]["message"]["content"]
    assert thinking["reasoningContent"]["reasoningText"] == {
        "text": "Let me see.",
        "signature": "c2ln",
    }
    assert words["text"] == "Größe: 界 " * 30
    assert call["toolUse"]["input"] == {"file_path": "/tmp/ü"}
    assert answer["stopReason"] == "tool_use"
    assert answer["usage"]["cacheReadInputTokens"] == 7
    assert answer["usage"]["cacheWriteInputTokens"] == 17


def test_boto_decodes_every_frame_of_a_stream(simulator, boto):
    simulator.bedrock(BLOCKS)

    events = list(boto.converse_stream(modelId=MODEL, messages=HELLO)["stream"])

    deltas = [e["contentBlockDelta"]["delta"] for e in events if "contentBlockDelta" in e]
    assert "".join(d["text"] for d in deltas if "text" in d) == "Größe: 界 " * 30
    assert json.loads("".join(d["toolUse"]["input"] for d in deltas if "toolUse" in d)) == {
        "file_path": "/tmp/ü"
    }
    assert list(events[0]) == ["messageStart"]
    assert [list(event)[0] for event in events[-2:]] == ["messageStop", "metadata"]
    assert events[-1]["metadata"]["usage"]["outputTokens"] == 6


def test_boto_decodes_the_chunks_of_an_invoked_stream(simulator, boto):
    simulator.bedrock(text("Good day."))
    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 10,
        "messages": [{"role": "user", "content": "hello"}],
    }

    answer = boto.invoke_model_with_response_stream(modelId=MODEL, body=json.dumps(body))
    events = [json.loads(event["chunk"]["bytes"]) for event in answer["body"]]

    assert events[0]["type"] == "message_start"
    assert "".join(
        e["delta"]["text"] for e in events if e["type"] == "content_block_delta"
    ) == ("Good day.")
    assert events[-1]["type"] == "message_stop"


@pytest.mark.parametrize("place", ["head", "content"])
def test_boto_raises_the_exception_of_a_frame(simulator, boto, place):
    simulator.bedrock(
        text("x", fault={"at": place, "do": "error", "type": "throttlingException"})
    )

    with pytest.raises(EventStreamError) as raised:
        list(boto.converse_stream(modelId=MODEL, messages=HELLO)["stream"])

    assert raised.value.response["Error"]["Code"] == "throttlingException"


@pytest.mark.parametrize(
    "status, code",
    [
        (400, "ValidationException"),
        (403, "AccessDeniedException"),
        (404, "ResourceNotFoundException"),
        (424, "ModelErrorException"),
        (429, "ThrottlingException"),
        (500, "InternalServerException"),
        (503, "ServiceUnavailableException"),
    ],
)
def test_boto_knows_each_scripted_error(simulator, boto, status, code):
    simulator.bedrock({"status": status})

    with pytest.raises(ClientError) as raised:
        boto.converse(modelId=MODEL, messages=HELLO)

    assert raised.value.response["Error"]["Code"] == code
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize("bearer", ["ak_something", "ABSKrevoked"])
def test_a_wrong_key_gets_a_403(simulator, bearer):
    simulator.accept("bedrock", "ABSKdummy")

    with pytest.raises(ClientError) as raised:
        open_client(simulator.bedrock_url, bearer).converse(modelId=MODEL, messages=HELLO)

    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def say(role, *content):
    return {"role": role, "content": list(content)}


def tool(name, **more):
    return {"toolSpec": {"name": name, "inputSchema": {"json": {"type": "object"}}, **more}}


CALL = say("assistant", {"toolUse": {"toolUseId": "t1", "name": "t", "input": {}}})
RESULT = {"toolResult": {"toolUseId": "t1", "content": [{"text": "done"}]}}
TOOLS = {"tools": [tool("t")]}
POINT = {"cachePoint": {"type": "default"}}
THINKING = {"reasoningContent": {"reasoningText": {"text": "so", "signature": "c2ln"}}}
PDF = {
    "document": {
        "format": "pdf",
        "name": "a",
        "source": {"bytes": base64.b64encode(b"%PDF")},
    }
}


def fields(**named):
    return {"additionalModelRequestFields": named}


# Wordings as users of the service have reported them in public.
ILLEGAL = [
    ({"messages": [say("assistant", {"text": "x"})]}, "must start with a user message"),
    ({"messages": HELLO + HELLO}, "must alternate between user and assistant roles"),
    ({"messages": [say("user")]}, "messages.0 is empty"),
    ({"messages": [say("user", {"text": " "})]}, "messages.0.content.0 is blank"),
    ({"messages": HELLO + [say("assistant", {"text": "x "})]}, "trailing whitespace"),
    ({"messages": HELLO + [CALL, say("user", RESULT)]}, "toolConfig field must be defined"),
    (
        {"messages": HELLO + [CALL] + HELLO, "toolConfig": TOOLS},
        "Expected toolResult blocks",
    ),
    (
        {"messages": [say("user", RESULT)], "toolConfig": TOOLS},
        "exceeds the number of toolUse",
    ),
    ({"toolConfig": {"tools": [tool("t" * 65)]}}, "length less than or equal to 64"),
    ({"toolConfig": {"tools": [tool("t"), tool("t")]}}, "already defined"),
    ({"toolConfig": {"tools": [tool("t", strict=True)]}}, "Extra inputs are not permitted"),
    ({"messages": [say("user", POINT, {"text": "x"})]}, "nothing available to cache"),
    (
        {"messages": HELLO + [say("assistant", THINKING, POINT)]},
        "Cache point cannot be inserted after reasoning block",
    ),
    ({"messages": [say("user", *[{"text": "x"}, POINT] * 5)]}, "maximum of 4 cache points"),
    ({"messages": [say("user", PDF)]}, "needs a text block"),
    ({"messages": [say("user", {"text": "x"}, PDF, PDF)]}, "Duplicate document names"),
    (fields(never_heard_of=1), "never_heard_of: Extra inputs are not permitted"),
    (fields(anthropic_beta=["oauth-2025-04-20"]), "invalid beta flag"),
    (
        fields(thinking={"type": "enabled", "budget_tokens": 1}),
        "greater than or equal to 1024",
    ),
    ({"requestMetadata": {"user": "{}"}}, "requestMetadata"),
]


@pytest.mark.parametrize("change, words", ILLEGAL, ids=[words for _, words in ILLEGAL])
def test_an_illegal_request_is_refused_in_the_services_words(boto, change, words):
    with pytest.raises(ClientError) as refused:
        boto.converse(**{"modelId": MODEL, "messages": HELLO, **change})

    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert words in refused.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    "model, words",
    [
        ("claude-opus-5-5", "The provided model identifier is invalid."),
        ("anthropic.claude-opus-5-5", "on-demand throughput"),
    ],
)
def test_a_model_id_must_be_one_that_is_served(boto, model, words):
    with pytest.raises(ClientError) as refused:
        boto.converse(modelId=model, messages=HELLO)

    assert words in refused.value.response["Error"]["Message"]


KEY_ID, SECRET = "AKIDSIMULATOR", "the-secret-of-the-tests"


def signed(url, service="bedrock-runtime", **key):
    """AWS's own client, which signs as it always does."""
    key = {"aws_access_key_id": KEY_ID, "aws_secret_access_key": SECRET, **key}
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=url,
        config=Config(retries={"total_max_attempts": 1}),
        **key,
    )


NATIVE = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 10,
    "messages": [{"role": "user", "content": "hello"}],
}


@pytest.mark.parametrize(
    "model",
    [
        "us.anthropic.claude-opus-4-1-20250805-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc",
    ],
)
def test_what_boto_signs_is_verified(simulator, model):
    simulator.accept_aws_key(KEY_ID, SECRET)
    boto = signed(simulator.bedrock_url)

    boto.converse(modelId=model, messages=HELLO)
    boto.invoke_model(modelId=model, body=json.dumps(NATIVE))

    assert [sent.status for sent in simulator.bedrock_requests()] == [200, 200]


def test_what_boto_signs_with_temporary_keys_is_verified(simulator):
    simulator.accept_aws_key(KEY_ID, SECRET, token="a/token+of=sts")
    boto = signed(simulator.bedrock_url, aws_session_token="a/token+of=sts")

    assert boto.converse(modelId=MODEL, messages=HELLO)["stopReason"] == "end_turn"


@pytest.mark.parametrize(
    "accepted, key, code",
    [
        ({}, {"aws_secret_access_key": "another"}, "InvalidSignatureException"),
        ({}, {"aws_access_key_id": "AKIDNOBODY"}, "UnrecognizedClientException"),
        ({}, {"aws_session_token": "none"}, "UnrecognizedClientException"),
        ({"expired": True}, {}, "ExpiredTokenException"),
    ],
)
def test_a_wrong_signature_is_a_403_that_says_why(simulator, accepted, key, code):
    simulator.accept_aws_key(KEY_ID, SECRET, **accepted)

    with pytest.raises(ClientError) as refused:
        signed(simulator.bedrock_url, **key).converse(modelId=MODEL, messages=HELLO)

    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def change_body(request, **_):
    request.body = request.body.replace(b"hello", b"hallo")


def change_path(request, **_):
    request.url = request.url.replace("opus", "haiku")


def add_header(request, **_):
    request.headers["x-amz-meta"] = "unsigned"


@pytest.mark.parametrize("change", [change_body, change_path, add_header])
def test_what_is_changed_behind_the_signature_is_refused(simulator, change):
    simulator.accept_aws_key(KEY_ID, SECRET)
    boto = signed(simulator.bedrock_url)
    boto.meta.events.register("before-send.bedrock-runtime", change)

    with pytest.raises(ClientError) as refused:
        boto.converse(modelId=MODEL, messages=HELLO)

    assert refused.value.response["Error"]["Code"] == "InvalidSignatureException"


@pytest.mark.parametrize("kind", ["SYSTEM_DEFINED", "APPLICATION"])
def test_boto_reads_all_pages_of_inference_profiles(simulator, kind):
    own = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"
    system = [f"us.anthropic.claude-opus-{n}" for n in range(7)]
    simulator.accept_aws_key(KEY_ID, SECRET)
    simulator.change(inference_profiles=[own, *system], profile_page=3)
    pages = signed(simulator.bedrock_url, "bedrock").get_paginator("list_inference_profiles")

    found = [
        profile["inferenceProfileId"]
        for page in pages.paginate(typeEquals=kind)
        for profile in page["inferenceProfileSummaries"]
    ]

    assert found == (system if kind == "SYSTEM_DEFINED" else [own])


def test_boto_counts_tokens_of_both_forms(simulator):
    simulator.accept_aws_key(KEY_ID, SECRET)
    boto = signed(simulator.bedrock_url)
    model = "anthropic.claude-opus-5-5"

    for form in (
        {"converse": {"messages": HELLO}},
        {"invokeModel": {"body": json.dumps(NATIVE)}},
    ):
        assert boto.count_tokens(modelId=model, input=form)["inputTokens"] > 1
    with pytest.raises(ClientError) as refused:
        boto.count_tokens(modelId=model, input={"invokeModel": {"body": b"{}"}})

    assert "Field required" in refused.value.response["Error"]["Message"]


def test_the_last_chunk_has_the_metrics_of_the_invocation(simulator, boto):
    simulator.bedrock({**BLOCKS, "late_usage": True})

    answer = boto.invoke_model_with_response_stream(modelId=MODEL, body=json.dumps(NATIVE))
    events = [json.loads(event["chunk"]["bytes"]) for event in answer["body"]]

    metrics = events[-1]["amazon-bedrock-invocationMetrics"]
    assert (metrics["inputTokenCount"], metrics["outputTokenCount"]) == (5, 6)
    assert (metrics["cacheReadInputTokenCount"], metrics["cacheWriteInputTokenCount"]) == (7, 17)
    assert events[-1]["usage"]["cache_read_input_tokens"] == 7
    assert events[-2]["usage"] == {"input_tokens": 0, "output_tokens": 6}


MARK = {"type": "ephemeral", "scope": "global"}
SEARCH = {"type": "web_search_20250305", "name": "web_search"}
TOOL = {"name": "t", "input_schema": {"type": "object"}}


def user(*content):
    return [{"role": "user", "content": list(content)}]


ILLEGAL_NATIVE = [
    ({"model": "x"}, "model: Extra inputs are not permitted"),
    ({"stream": True}, "stream: Extra inputs are not permitted"),
    ({"anthropic_version": "2023-06-01"}, "anthropic_version"),
    ({"anthropic_beta": ["oauth-2025-04-20"]}, "invalid beta flag"),
    ({"context_management": {"edits": []}}, "context_management: Extra inputs"),
    ({"tools": [{**TOOL, "defer_loading": True}]}, "custom.defer_loading: Extra inputs"),
    ({"tools": [SEARCH]}, "'web_search_20250305' found using 'type'"),
    (
        {"messages": [{"role": "user", "content": "x", "output_config": {}}]},
        "messages.0.output_config: Extra inputs",
    ),
    (
        {"messages": user({"type": "text", "text": "x", "cache_control": MARK})},
        "cache_control.ephemeral.scope: Extra inputs",
    ),
    (
        {"messages": user({"type": "image", "source": {"type": "url", "url": "x"}})},
        "Input tag 'url' found",
    ),
]


@pytest.mark.parametrize("change, words", ILLEGAL_NATIVE, ids=[w for _, w in ILLEGAL_NATIVE])
def test_an_illegal_native_body_is_refused_in_the_services_words(boto, change, words):
    with pytest.raises(ClientError) as refused:
        boto.invoke_model(modelId=MODEL, body=json.dumps({**NATIVE, **change}))

    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert words in refused.value.response["Error"]["Message"]


def post_messages(simulator, model="anthropic.claude-opus-5-5", **headers):
    body = {"model": model, "max_tokens": 10, "messages": NATIVE["messages"]}
    headers = {"authorization": "Bearer ABSKdummy", **headers}
    return send(
        simulator.bedrock_url,
        "POST",
        "/anthropic/v1/messages",
        json.dumps(body).encode(),
        list(headers.items()),
    )


def test_the_messages_host_has_no_profiles_and_no_models_in_paths(simulator, boto):
    simulator.change(mantle=True)
    version = {"anthropic-version": "2023-06-01"}

    assert post_messages(simulator, **version).status == 200
    assert post_messages(simulator).status == 400
    assert post_messages(simulator, model=MODEL, **version).status == 404
    with pytest.raises(ClientError) as refused:
        boto.converse(modelId=MODEL, messages=HELLO)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_the_messages_api_refuses_a_beta_by_its_name(simulator):
    betas = {"anthropic-beta": "effort-2025-11-24,oauth-2025-04-20"}

    refused = post_messages(simulator, **betas)

    assert refused.status == 400
    assert "Unexpected value(s) `oauth-2025-04-20`" in refused.error["message"]
