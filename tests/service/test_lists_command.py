"""What the listing commands print with `--output json`: the admin API's objects."""

import json

import pytest


@pytest.fixture
def proxy(start_proxy):
    return start_proxy()


def listed(proxy, *words):
    return json.loads(proxy.command(*words, "--output", "json"))


def test_users_and_keys_are_listed_as_the_admin_api_shows_them(proxy):
    before = [user["name"] for user in listed(proxy, "user", "list")]
    first, second = proxy.user("Ann \"the first\""), proxy.user("Bob", bedrock_key=None)
    users = listed(proxy, "user", "list")
    assert [user["name"] for user in users] == ["Bob", "Ann \"the first\"", *before]
    assert users[1] == listed(proxy, "user", "show", users[1]["id"])

    keys = listed(proxy, "key", "list")
    assert {key["user_id"] for key in keys[:2]} == {user["id"] for user in users[:2]}
    assert [key["key_prefix"] for key in listed(proxy, "key", "list", "Bob")] == [second.key[:9]]
    assert listed(proxy, "key", "list", "Bob")[0] in keys
    shown = json.dumps(keys)
    assert first.key not in shown and second.key not in shown


def test_an_empty_list_is_an_empty_array(proxy):
    proxy.command("user", "create", "nobody-yet")
    assert listed(proxy, "key", "list", "nobody-yet") == []


def test_every_listing_command_knows_json(proxy):
    """By the program's own help: what says "List" or lists steps prints an array."""
    said = proxy.command("--help")
    listing = [line.split()[:2] for line in said.splitlines()
               if line.startswith("  ") and "  List " in line]
    assert ["user", "list"] in listing and ["model", "list"] in listing
    for words in [*listing, ["migrate", "--status"], ["migrate", "--dry-run"]]:
        assert isinstance(listed(proxy, *words), list), words
