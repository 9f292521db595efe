"""No credential and no word of a conversation is in any byte that stays: logs,
database, spool, or whatever else the proxy wrote."""

import base64
import json

import pytest

from http_client import PLAN_HEADERS, ask, request_body
from programs import wait_for
from simulator import text

PROMPT = "canary-prompt-6b1f"
SYSTEM = "canary-system-a2d9"
TOOL_RESULT = "canary-result-77c4"
ANSWER = "canary-answer-0e55"
ERROR_TEXT = "canary-error-5f31"
PLAN_KEY = "sk-ant-api03-canary-plan-key-93aa"
LOGIN = "sk-ant-oat01-canary-login-41bb"
BEDROCK_KEY = "ABSKcanary-bedrock-key-c0de"

BODY = {
    "system": SYSTEM,
    "messages": [
        {"role": "user", "content": PROMPT},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "toolu_1", "name": "t", "input": {}}],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": TOOL_RESULT}
            ],
        },
    ],
    "tools": [{"name": "t", "input_schema": {"type": "object"}}],
}

HEADERS = [
    ("content-type", "application/json"),
    ("anthropic-version", "2023-06-01"),
    ("x-api-key", PLAN_KEY),
    ("authorization", f"Bearer {LOGIN}"),
]


def speak(simulator, user):
    """A conversation with every kind of ending, each with its canaries."""
    told = {"error": {"type": "rate_limit_error", "message": ERROR_TEXT}}
    refused = {"error": {"type": "ValidationException", "message": ERROR_TEXT}}
    for stream in (False, True):
        simulator.plan(
            text(ANSWER),
            {"status": 400, **told},
            {"status": 529, **told},
            {"status": 529, **told},
            text(ANSWER * 9, fault={"at": "content", "do": "error", "message": ERROR_TEXT}),
        )
        simulator.bedrock(text(ANSWER), {"status": 400, **refused})
        for _ in range(5):
            user.ask(headers=HEADERS, stream=stream, **BODY)
    user.send("POST", f"/v1/messages?{PROMPT}", b'{"messages":"' + PROMPT.encode(), HEADERS)
    user.send("POST", f"/v1/{PROMPT}", b"", HEADERS)


def forms_of(secret):
    """As it is, and as it could have been put by mistake."""
    raw = secret.encode()
    return {
        raw,
        raw.hex().encode(),
        base64.b64encode(raw).rstrip(b"="),
        base64.b64encode(raw)[:-4],
        base64.urlsafe_b64encode(raw).rstrip(b"="),
    }


def assert_nowhere(folder, secrets):
    searched = 0
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        searched += 1
        content = path.read_bytes()
        for secret in secrets:
            for form in forms_of(secret):
                assert form not in content, f"{secret} in {path}"
    assert searched > 3


def test_no_secret_and_no_content_stays_anywhere(simulator, start_proxy):
    proxy = start_proxy(log_level="DEBUG")
    user = proxy.user(bedrock_key=BEDROCK_KEY)
    secrets = [
        PROMPT,
        SYSTEM,
        TOOL_RESULT,
        ANSWER,
        ERROR_TEXT,
        PLAN_KEY,
        LOGIN,
        BEDROCK_KEY,
    ]
    secrets.append(user.key[3:])

    speak(simulator, user)
    newer = proxy.command("key", "rotate", user.key[:9], "--grace", "60")
    secrets.append(newer[3:])
    ask(f"{proxy.url}/ak/{newer}x", headers=HEADERS)
    ask(proxy.url, headers=[("authorization", f"Bearer {newer}")])

    assert_nowhere(proxy.folder, secrets)
    proxy.stop()
    assert_nowhere(proxy.folder, secrets)


def test_a_kill_leaves_no_secret_in_what_was_being_written(simulator, start_proxy):
    proxy = start_proxy(log_level="DEBUG")
    user = proxy.user(bedrock_key=BEDROCK_KEY)

    speak(simulator, user)
    proxy.program.kill()

    assert_nowhere(
        proxy.folder,
        [
            PROMPT,
            SYSTEM,
            TOOL_RESULT,
            ANSWER,
            ERROR_TEXT,
            PLAN_KEY,
            LOGIN,
            BEDROCK_KEY,
            user.key[3:],
        ],
    )


def test_the_data_folder_is_its_owners_alone(proxy):
    assert proxy.data.stat().st_mode & 0o777 == 0o700
    for path in proxy.data.rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & 0o077 == 0, path


def test_each_request_has_one_line_in_the_log(simulator, proxy, user):
    answer = user.ask()

    def lines():
        return [
            entry
            for entry in proxy.log()
            if entry.get("request_id") == answer.request_id
            and entry["event"] == "request_completed"
        ]

    entry = wait_for(lines, timeout=3)
    assert len(entry) == 1
    assert entry[0]["access_key_prefix"] == user.key[:9]
    assert entry[0]["user_id"] == user.id
    assert entry[0]["provider_used"] == "plan"
    assert entry[0]["status_code"] == 200


def test_every_line_of_the_log_is_json(proxy, user):
    for words in ("x\ny", "\x00", '"}{"', "ü\u2028"):
        user.ask(
            headers=[*PLAN_HEADERS, ("x-claude-code-session-id", words.strip("\x00\n"))]
            if words.isascii() and "\n" not in words and "\x00" not in words
            else PLAN_HEADERS
        )
        user.send("POST", "/v1/messages", request_body(words, model=words))

    assert all(isinstance(json.loads(line), dict) for line in proxy.program.out_lines())


@pytest.mark.parametrize("word", ["ak_", "sk-ant-", "ABSK", "bedrock-api-key-"])
def test_a_secret_in_a_place_nobody_thought_of_is_masked(simulator, proxy, user, word):
    secret = f"{word}{'Zz9' * 14}q"

    user.send(
        "POST",
        f"/v1/messages?key={secret}",
        request_body(model=f"claude-{secret}"),
        [*PLAN_HEADERS, ("x-claude-code-session-id", secret), ("user-agent", secret)],
    )
    ask(f"{proxy.url}/ak/{secret}")

    wait_for(lambda: "request_completed" in proxy.program.out(), timeout=3)
    assert secret not in proxy.program.out() + proxy.program.err()
