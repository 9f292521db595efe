"""The examples do what docs/library.md shows."""

import json
import os
import re
import subprocess

import pytest

from http_client import PLAN_HEADERS, ask, send
from programs import ROOT, find_program, free_port, wait_for
from simulator import text

STREAM = """event: message_start
data: {"type":"message_start","message":{"usage":{"input_tokens":27,"output_tokens":1}}}

event: message_delta
data: {"type":"message_delta","delta":{},"usage":{"output_tokens":9}}

event: message_stop
data: {"type":"message_stop"}

"""

REQUEST = json.dumps({
    "model": "claude-sonnet-5-5", "max_tokens": 9,
    "messages": [{"role": "user", "content": "Hi"}],
})


def example(name):
    return find_program(f"CCPROXY_EXAMPLE_{name.upper()}", f"build/bin/example-{name}",
                        f"build/asan/bin/example-{name}")


def run(name, *arguments, given="", expect=0, **environment):
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    finished = subprocess.run([str(example(name)), *arguments], input=given, text=True,
                              capture_output=True, timeout=60, env={**kept, **environment})
    assert finished.returncode == expect, finished.stderr
    return finished


def documented(command):
    """What docs/library.md shows below `$ command`."""
    page = (ROOT / "docs" / "library.md").read_text()
    found = re.search(r"\$ " + re.escape(command) + r"[^\n]*\n(.*?)```", page, re.DOTALL)
    return found.group(1).rstrip("\n").split("\n")


def test_meter_passes_the_stream_through_and_prices_it():
    finished = run("meter", "claude-sonnet-5-5", given=STREAM)
    assert finished.stdout == STREAM
    assert finished.stderr.splitlines() == documented("example-meter")


def test_convert_writes_a_converse_body():
    finished = run("convert", "request", "global.anthropic.claude-sonnet-5-5", given=REQUEST)
    assert finished.stdout.splitlines() == documented("example-convert")


def test_sign_writes_what_botocore_signs():
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    model, body = "anthropic.claude-haiku-4-5-20251001-v1:0", '{"messages":[]}'
    finished = run("sign", model, given=body, AWS_ACCESS_KEY_ID="AKIDEXAMPLE",
                   AWS_SECRET_ACCESS_KEY="secret", AWS_REGION="us-east-1")
    lines = finished.stdout.splitlines()
    assert lines[0] == documented("example-sign")[0]
    headers = dict(re.fullmatch(r"-H '?([\w-]+):(.*?)'?", line).groups() for line in lines[1:])
    request = AWSRequest("POST", lines[0], data=body.encode(), headers={
        "content-type": headers["content-type"],
        "x-amz-content-sha256": headers["x-amz-content-sha256"]})
    request.context["timestamp"] = headers["x-amz-date"]
    request.headers["X-Amz-Date"] = headers["x-amz-date"]
    signer = SigV4Auth(Credentials("AKIDEXAMPLE", "secret"), "bedrock", "us-east-1")
    signature = signer.signature(
        signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert headers["authorization"].endswith(f"Signature={signature}")


def test_keys_shows_what_the_store_keeps(start_proxy):
    proxy = start_proxy()
    key = proxy.user().key
    secret = (proxy.data / "key_hasher_secret").read_text().strip()
    finished = run("keys", key, CCPROXY_KEY_HASHER_SECRET=secret)
    stored = proxy.query("SELECT key_hash, key_prefix FROM access_keys")[0]
    assert f"hash:      {stored['key_hash']}" in finished.stdout
    assert f"prefix:    {stored['key_prefix']}" in finished.stdout
    assert key not in finished.stdout


@pytest.fixture
def settings(start_proxy):
    """A database with one user and key, and the settings to open it with."""
    proxy = start_proxy()
    user = proxy.user()
    proxy.stop()
    return user, {
        **proxy.environment(),
        "CCPROXY_KEY_HASHER_SECRET_FILE": str(proxy.data / "key_hasher_secret"),
        "CCPROXY_ENCRYPTION_KEY_FILE": str(proxy.data / "encryption_key"),
        "CCPROXY_DATABASE_URL": f"sqlite:{proxy.database}",
    }


def test_custom_store_keeps_usage_in_memory(settings, simulator):
    user, environment = settings
    simulator.plan(text("Hello."))
    finished = run("custom_store", user.key, given=REQUEST,
                   **{**environment, "ANTHROPIC_API_KEY": "sk-ant-dummy"})
    lines = finished.stdout.splitlines()
    assert lines[0] == "status 200"
    assert json.loads(lines[1])["content"][0]["text"] == "Hello."
    assert re.fullmatch(r"plan answered for claude-sonnet-5-5: \d+ in, \d+ out", lines[2])
    assert user.proxy.rows() == []


def test_embed_serves_the_proxy_behind_libmicrohttpd(settings, simulator, tmp_path):
    user, environment = settings
    port = free_port()
    with open(tmp_path / "log", "wb") as log:
        server = subprocess.Popen([str(example("embed")), str(port)], env=environment,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
    try:
        assert server.stdout.readline() == f"listening on port {port}\n".encode()
        base = f"http://127.0.0.1:{port}"
        simulator.plan(text("Hello."), text("Hello again."))
        whole = ask(f"{base}/ak/{user.key}", "hi")
        assert whole.status == 200 and b"Hello." in whole.body
        streamed = send(f"{base}/ak/{user.key}", "POST", "/v1/messages?beta=true",
                        REQUEST[:-1].encode() + b', "stream": true}', PLAN_HEADERS)
        assert b"message_stop" in streamed.body and b"Hello again." in streamed.body
        assert send(base, "GET", "/health").status == 200
        assert send(f"{base}/ak/ak_{'x' * 43}", "POST", "/v1/messages", REQUEST.encode(),
                    PLAN_HEADERS).status == 403
    finally:
        server.stdin.close()
        server.wait(20)
    assert server.returncode == 0, (tmp_path / "log").read_text()
    wait_for(lambda: len(user.proxy.rows()) == 2, what="the rows")


def test_the_library_serves_python_by_its_plain_interface():
    library = find_program("CCPROXY_LIBRARY", "build/lib/libccproxy.so.0",
                           "build/asan/lib/libccproxy.so.0")
    finished = subprocess.run(["python3", str(ROOT / "examples" / "price.py")], check=True,
                              input=STREAM.encode(), capture_output=True, timeout=60,
                              env={**os.environ, "LD_LIBRARY_PATH": str(library.parent)})
    assert re.fullmatch(rb"libccproxy \d+\.\d+\.\d+: 27 in, 9 out, whole\n", finished.stdout)
