"""ccproxy bedrock test: one small call, and words that an administrator can act on."""

import json

import pytest

from programs import free_port
from simulator import text


@pytest.fixture(scope="module")
def key(the_proxy):
    """The prefix of an access key that is good for Bedrock."""
    return the_proxy.user().key[:9]


def tried(proxy, key, *options, expect=1):
    """The object that the command prints, whatever its exit code."""
    finished = proxy.run("bedrock", "test", "--key", key, "--output", "json", *options)
    assert finished.returncode == expect, finished.stderr
    return json.loads(finished.stdout)


def test_a_call_that_is_served_says_so(simulator, proxy, key):
    simulator.bedrock(text("!"))

    found = tried(proxy, key, expect=0)

    sent = simulator.only("bedrock")
    assert sent.json["inferenceConfig"] == {"maxTokens": 1}
    assert found["ok"] is True and found["class"] is None and found["advice"] is None
    assert found["http_status"] == 200 and found["latency_ms"] >= 0
    assert (found["bedrock_model"], found["region"]) == (sent.model, "us-east-1")


def test_the_words_stand_on_standard_error_and_the_result_alone_on_output(
    simulator, proxy, key
):
    good = proxy.command("bedrock", "test", "--key", key, "--model", "claude-opus-5-5")
    assert good.startswith("ok  global.anthropic.claude-opus-5-5  us-east-1  ")

    simulator.bedrock({"status": 429})
    bad = proxy.run("bedrock", "test", "--key", key)
    assert bad.returncode == 1
    assert bad.stdout.split()[0] == "bedrock_quota_exceeded"
    assert "Too many requests" in bad.stderr and "Service Quotas" in bad.stderr


MODEL = "claude-haiku-4-5"
FAILURES = [
    # The service's own wordings, and a word of what is to be done.
    (403, "The bearer token has expired", "bedrock_auth_error", "has expired"),
    (
        403,
        "Authentication failed: Please make sure your API Key is valid.",
        "bedrock_auth_error",
        "revoked, mistyped",
    ),
    (
        403,
        "You don't have access to the model with the specified model ID.",
        "bedrock_auth_error",
        "Model access",
    ),
    (
        403,
        "User: arn:aws:iam::1:user/x is not authorized to perform: bedrock:InvokeModel "
        "on resource: arn:aws:bedrock:us-east-1::foundation-model/x",
        "bedrock_auth_error",
        "IAM policy",
    ),
    (
        400,
        "The provided model identifier is invalid.",
        "bedrock_model_unknown",
        "does not know the id global.anthropic.claude-haiku-4-5",
    ),
    (
        400,
        "Invocation of model ID anthropic.x with on-demand throughput isn\u2019t supported. "
        "Retry your request with the ID or ARN of an inference profile.",
        "bedrock_validation",
        "inference profile",
    ),
    (
        404,
        "This model version has reached the end of its life.",
        "bedrock_model_unknown",
        "no longer served",
    ),
    (500, "Something is wrong.", "bedrock_unavailable", "Health Dashboard"),
    (429, "Too many tokens.", "bedrock_quota_exceeded", "Service Quotas"),
    (424, "The model failed.", "bedrock_model_error", "Try again"),
]


@pytest.mark.parametrize("status, words, kind, advice", FAILURES, ids=[f[1] for f in FAILURES])
def test_a_refusal_is_told_with_what_can_be_done(
    simulator, proxy, key, status, words, kind, advice
):
    simulator.bedrock({"status": status, "error": {"message": words}})

    found = tried(proxy, key)

    assert (found["ok"], found["class"], found["http_status"]) == (False, kind, status)
    assert found["message"] == words.replace("bearer token", "bearer ***")
    assert advice in found["advice"]


def test_a_profile_of_another_part_of_the_world_is_named_so(simulator, proxy):
    user = proxy.user(bedrock_key=None)
    profile = "us.anthropic.claude-opus-4-8"
    key = proxy.command("key", "issue", user.name, "--region", "eu-west-1", "--model", profile)
    proxy.command("key", "bedrock-key", "set", key[:9], given="ABSKdummy")
    simulator.bedrock(
        {"status": 400, "error": {"message": "The provided model identifier is invalid."}}
    )

    found = tried(proxy, key[:9])

    assert found["region"] == "eu-west-1"
    assert "eu.anthropic.claude-opus-4-8" in found["advice"]


def test_a_key_without_a_credential_and_a_model_without_a_mapping_need_no_call(
    simulator, proxy, key
):
    bare = tried(proxy, proxy.user(bedrock_key=None).key[:9])
    nameless = tried(proxy, key, "--model", "gpt-5")

    assert bare["class"] == "bedrock_auth_error" and bare["http_status"] is None
    assert "bedrock-key set" in bare["advice"]
    assert nameless["class"] == "bedrock_model_unknown"
    assert "model map" in nameless["advice"]
    assert simulator.requests() == []


def test_a_host_that_is_not_there_is_a_matter_of_the_network(proxy, key):
    closed = f"http://127.0.0.1:{free_port()}"

    found = tried(proxy, key, "--bedrock-endpoint", closed)

    assert (found["class"], found["http_status"]) == ("bedrock_unavailable", None)
    assert "could not be reached" in found["advice"] and found["message"]


def test_a_test_is_free_and_leaves_the_running_server_alone(simulator, proxy):
    user = proxy.user(budget="0.01")
    simulator.bedrock(
        text("!", usage={"input_tokens": 10_000_000, "output_tokens": 1}), {"status": 500}
    )

    tried(proxy, user.key[:9], expect=0)
    tried(proxy, user.key[:9])

    assert proxy.query("SELECT 1 FROM token_usage WHERE user_id = ?", user.id) == []
    assert user.ask().status == 200


def test_no_credential_is_ever_shown(simulator, proxy):
    secret = "ABSKQmVkcm9ja0FQSUtleS1hYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5eg=="
    user = proxy.user(bedrock_key=secret)
    simulator.bedrock({"status": 403, "error": {"message": f"Bad key {secret}"}})

    finished = proxy.run("bedrock", "test", "--key", user.key[:9])

    assert "Bad key" in finished.stderr
    assert secret[4:] not in finished.stdout + finished.stderr


def test_it_needs_to_be_told_which_key(proxy):
    assert "--key" in proxy.command("bedrock", "test", expect=2)
    assert "no such" in proxy.command("bedrock", "test", "--key", "ak_nobody", expect=1)
