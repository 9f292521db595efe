"""`ccproxy migrate --reseal`: after a change of the master key, credentials move to the new one."""

import json
import secrets

import pytest

from proxy import BEDROCK_KEY
from simulator import text


@pytest.fixture
def proxy(start_proxy):
    proxy = start_proxy()
    proxy.stop()
    return proxy


def blobs(proxy):
    return [bytes(row["encrypted_key"]) for row in proxy.query("SELECT encrypted_key FROM bedrock_keys")]


def change_key(proxy, keep_former=True):
    """As an operator does it: the new one, and the former one beside it."""
    former = (proxy.data / "encryption_key").read_text().strip()
    (proxy.data / "encryption_key").write_text(secrets.token_hex(32))
    return ["--encryption-key-previous", former] if keep_former else []


def test_credentials_of_the_former_key_are_sealed_anew_once(proxy, simulator):
    user = proxy.user(routing="bedrock_only")
    other = proxy.user()
    before = blobs(proxy)
    former = change_key(proxy)

    said = proxy.run("migrate", "--reseal", *former).stderr
    again = proxy.run("migrate", "--reseal", *former).stderr

    assert "of 2 Bedrock credentials 2 were sealed anew" in said
    assert "of 2 Bedrock credentials 0 were sealed anew" in again
    after = blobs(proxy)
    assert not set(before) & set(after) and BEDROCK_KEY.encode() not in b"".join(after)
    actions = [row["action"] for row in proxy.query("SELECT action FROM audit_log")]
    assert actions.count("bedrock_key.reseal") == 2
    proxy.start()  # the former key is forgotten
    simulator.bedrock(text("From Bedrock."))
    assert user.ask().text == "From Bedrock."
    [sent] = simulator.bedrock_requests()
    assert sent.header("authorization") == [f"Bearer {BEDROCK_KEY}"]
    assert other.key not in said + again


def test_what_no_key_opens_stays_and_is_told(proxy):
    proxy.user()
    before = blobs(proxy)
    change_key(proxy, keep_former=False)

    finished = proxy.run("migrate", "--reseal")

    assert finished.returncode == 1
    assert "1 can't be opened with the keys of the settings" in finished.stderr
    assert blobs(proxy) == before


def test_it_comes_alone(proxy):
    assert "exclude each other" in proxy.command("migrate", "--reseal", "--status", expect=2)
    assert json.loads(proxy.command("migrate", "--dry-run", "--output", "json")) == []
