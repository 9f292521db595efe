"""Prices, circuits, status and settings through the admin API (section 8)."""

import contextlib
import json
import socket

import pytest

from admin import Admin, refused
from http_client import ask
from programs import wait_for
from proxy import BEDROCK_KEY
from simulator import USAGE_LIMITED


@pytest.fixture
def admin(proxy):
    found = Admin(proxy)
    found.sign_in()
    return found


# ---- prices ----


def test_prices_are_listed_with_their_parts(admin):
    models = admin.get("/pricing").json["models"]
    opus = [one for one in models if one["model_id"] == "claude-opus-4-8"]
    assert {one["provider"] for one in opus} == {"plan", "bedrock"}
    plan = next(one for one in opus if one["provider"] == "plan")
    assert plan["input_price"] == "5.000000"
    assert plan["output_price"] == "25.000000"
    assert plan["cache_write_price"] == "6.250000"
    assert plan["cache_write_1h_price"] == "10.000000"
    assert plan["cache_read_price"] == "0.500000"
    only = admin.get("/pricing?provider=bedrock&region=global").json["models"]
    assert only and {(one["provider"], one["region"]) for one in only} == {
        ("bedrock", "global")
    }
    refused(admin.call("GET", "/pricing?provider=both"), 400, "VALIDATION_ERROR")


def test_a_regions_prices_are_its_own_else_the_default(start_proxy):
    own = {"eu-west-1": {"claude-opus-4-8": {"input_price": 7, "output_price": 9}}}
    admin = Admin(start_proxy(model_pricing=json.dumps(own)))
    admin.sign_in()

    default, europe, america = (
        admin.get(f"/pricing?provider=bedrock&region={region}").json["models"]
        for region in ("global", "eu-west-1", "us-east-1")
    )

    assert america == default != []
    here = [one for one in europe if one["model_id"] == "claude-opus-4-8"]
    assert [(one["region"], one["input_price"]) for one in here] == [("eu-west-1", "7.000000")]
    assert [one for one in europe if one not in here] == [
        one for one in default if one["model_id"] != "claude-opus-4-8"
    ]


def prices(admin, region):
    models = admin.get(f"/pricing?region={region}").json["models"]
    return {one["model_id"]: one["input_price"] for one in models if one["region"] == region}


def write_prices(path, price):
    content = {"eu-west-1": {"claude-odd-1": {"input_price": price, "output_price": 9}}}
    path.write_text(json.dumps(content))


def secrets_of(proxy):
    """What a second process on the same database needs."""
    return {
        f"{name}_file": proxy.data / name
        for name in ("key_hasher_secret", "encryption_key")
    }


def test_prices_are_read_anew_by_all_processes(start_proxy, tmp_path):
    path = tmp_path / "prices.json"
    write_prices(path, 3)
    first = start_proxy(pricing_file=path)
    second = start_proxy(
        pricing_file=path,
        database_url=f"sqlite:{first.database}",
        **secrets_of(first),
    )
    admins = [Admin(first), Admin(second)]
    admins[0].sign_in()
    admins[1].token = admins[0].token
    for admin in admins:
        assert prices(admin, "eu-west-1") == {"claude-odd-1": "3.000000"}
    write_prices(path, 4)
    admins[0].post("/pricing/reload", expect=204)
    assert prices(admins[0], "eu-west-1") == {"claude-odd-1": "4.000000"}
    wait_for(
        lambda: prices(admins[1], "eu-west-1") == {"claude-odd-1": "4.000000"},
        timeout=60,
        what="the other process's prices",
    )
    write_prices(path, -1)
    message = refused(
        admins[0].call("POST", "/pricing/reload"), 400, "VALIDATION_ERROR"
    )
    assert "claude-odd-1" in message
    assert prices(admins[0], "eu-west-1") == {"claude-odd-1": "4.000000"}
    path.unlink()
    refused(admins[0].call("POST", "/pricing/reload"), 400, "VALIDATION_ERROR")
    actions = [one["action"] for one in admins[0].get("/audit").json]
    assert actions.count("pricing.reload") == 1


# ---- circuits ----


def circuit_of(admin, key_id):
    found = [
        one for one in admin.get("/circuits?limit=500").json
        if one["access_key_id"] == key_id
    ]
    return found[0] if found else None


def test_a_circuit_opens_is_shown_and_reset(admin, simulator, user):
    keys = admin.get(f"/users/{user.id}/access-keys").json
    key_id = keys[0]["id"]
    assert circuit_of(admin, key_id) is None
    simulator.plan(*[{"status": 500}] * 3)
    for _ in range(3):
        assert user.ask().header("x-ccproxy-provider") == "bedrock"
    circuit = circuit_of(admin, key_id)
    assert circuit["state"] == "open"
    assert circuit["failures"] >= 3
    assert circuit["reason"] == "server_error"
    assert circuit["key_prefix"] == user.key[:9]
    assert circuit["user_id"] == user.id
    assert circuit["user_name"] == user.name
    assert circuit["opened_at"] < circuit["next_probe_at"]
    assert admin.get("/status").json["circuits"]["troubled"] >= 1
    assert user.ask().header("x-ccproxy-fallback") == "circuit_open"
    admin.post(f"/circuits/{key_id}/reset", expect=204)
    assert circuit_of(admin, key_id) is None
    assert user.ask().header("x-ccproxy-provider") == "plan"
    # One that is closed already is what was asked for; a key that is none is not.
    admin.post(f"/circuits/{key_id}/reset", expect=204)
    unknown = "00000000-0000-4000-8000-000000000000"
    refused(admin.call("POST", f"/circuits/{unknown}/reset"), 404, "NOT_FOUND")


def test_the_plans_windows_are_shown_by_key(admin, simulator, user):
    simulator.plan(USAGE_LIMITED)
    user.ask()
    answer = admin.get("/plan-windows?limit=500")
    (window,) = (one for one in answer.json if one["user_id"] == user.id)
    assert window["key_prefix"] == user.key[:9]
    assert window["user_name"] == user.name
    assert window["status"] == "rejected"
    assert window["five_hour"]["utilization"] == 1.02
    assert window["five_hour"]["resets_at"] == "2100-01-01T00:00:00.000Z"
    assert window["seven_day"] is None
    assert int(answer.header("x-total-count")) == len(answer.json)


# ---- one try at Bedrock ----


def test_a_credential_is_tried_without_a_cost(admin, proxy, simulator, user):
    key_id = admin.get(f"/users/{user.id}/access-keys").json[0]["id"]
    path = f"/access-keys/{key_id}/bedrock-key/test"
    answer = admin.post(path, expect=200).json
    assert answer["ok"] is True, answer
    assert answer["class"] is None
    assert answer["http_status"] == 200
    assert answer["latency_ms"] >= 0
    assert "claude-haiku-4-5" in answer["bedrock_model"]
    assert simulator.bedrock_requests()[-1].json["inferenceConfig"]["maxTokens"] == 1
    simulator.bedrock({"status": 403})
    answer = admin.post(path, {"model": "claude-opus-4-8"}, expect=200).json
    assert (answer["ok"], answer["class"]) == (False, "bedrock_auth_error")
    assert "claude-opus-4-8" in answer["bedrock_model"]
    admin.call("DELETE", f"/access-keys/{key_id}/bedrock-key", expect=204)
    answer = admin.post(path, expect=200).json
    assert (answer["ok"], answer["class"]) == (False, "bedrock_auth_error")
    assert answer["http_status"] is None
    assert admin.get(f"/users/{user.id}/budget").json["current_usage_usd"] == "0.000000"
    refused(admin.call("POST", path, {"model": "a b"}), 400, "VALIDATION_ERROR")
    admin.call("DELETE", f"/access-keys/{key_id}", expect=204)
    refused(admin.call("POST", path), 409, "INVALID_STATE")


# ---- what Bedrock refuses ----


def teach(simulator, user):
    """Lets a model refuse a field, and take the request without it."""
    simulator.plan({"status": 500})
    words = "The model returned the following errors: output_config: Extra inputs are"
    simulator.bedrock(
        {
            "status": 400,
            "error": {"type": "ValidationException", "message": f"{words} not permitted"},
        }
    )
    assert user.ask(output_config={"effort": "low"}).status == 200


def test_what_bedrock_refused_is_listed_kept_and_dropped(start_proxy, simulator):
    proxy = start_proxy()
    admin = Admin(proxy)
    admin.sign_in()
    teach(simulator, proxy.user())
    (known,) = admin.get("/capabilities").json
    assert known["field"] == "output_config"
    assert known["mode"] == "converse"
    assert known["beta"] is None
    assert "anthropic." in known["model"]
    assert known["learned_at"] < known["expires_at"]
    path = f"/capabilities/{known['id']}"
    later = {"expires_at": "2099-01-01T00:00:00.000Z"}
    kept = admin.call("PATCH", path, later, expect=200).json
    assert kept == {**known, **later}
    for body in ({}, {"expires_at": None}, {"expires_at": "2020-01-01T00:00:00Z"}):
        refused(admin.call("PATCH", path, body), 400, "VALIDATION_ERROR")
    admin.call("DELETE", path, expect=204)
    refused(admin.call("DELETE", path), 404, "NOT_FOUND")
    assert admin.get("/capabilities").json == []


def test_what_was_never_learned_can_not_be_changed(admin):
    assert isinstance(admin.get("/capabilities").json, list)
    for unknown in (
        "00000000-0000-8000-8000-ffffffffffff",
        "00000000-0000-4000-8000-000000000001",
    ):
        path = f"/capabilities/{unknown}"
        later = {"expires_at": "2099-01-01T00:00:00Z"}
        refused(admin.call("PATCH", path, later), 404, "NOT_FOUND")
        refused(admin.call("DELETE", path), 404, "NOT_FOUND")


# ---- status and settings ----


def test_the_status_says_how_the_proxy_is(admin, proxy, user):
    assert ask(user.url).status == 200
    found = admin.get("/status").json
    version = proxy.command("--version").split()[-1]
    assert found["version"] == version
    assert found["environment"] == "dev"
    assert found["uptime_seconds"] >= 0
    assert found["storage"]["kind"] == "sqlite"
    assert found["storage"]["status"] == "ok"
    assert found["storage"]["schema_version"] == found["storage"]["required_schema_version"]
    assert found["usage"]["spooled"] >= 1
    assert found["usage"]["dropped"] == 0
    assert found["streams"]["limit"] == 1024
    assert found["memory"]["limit_bytes"] == 256 * 1024 * 1024
    assert [one["name"] for one in found["upstreams"]] == ["plan", "bedrock"]
    for upstream in found["upstreams"]:
        assert upstream["reachable"] is True, upstream
        assert upstream["origin"].startswith("http://127.0.0.1:")
        assert upstream["checked_at"]


def test_an_upstream_that_is_away_is_told(start_proxy):
    with contextlib.closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))  # never listens: connections are refused
        port = bound.getsockname()[1]
        admin = Admin(start_proxy(plan_api_url=f"http://127.0.0.1:{port}"))
        admin.sign_in()
        plan, bedrock = admin.get("/status").json["upstreams"]
    assert (plan["reachable"], bedrock["reachable"]) == (False, True)
    assert plan["cause"]
    assert plan["latency_ms"] is None


def test_settings_are_shown_and_secrets_are_not(start_proxy):
    secret = "sk-ant-api03-" + "s" * 40
    proxy = start_proxy(plan_api_key=secret, max_streams=77)
    admin = Admin(proxy)
    admin.sign_in()
    answer = admin.get("/settings")
    assert secret.encode() not in answer.body
    settings = {one["name"]: one for one in answer.json["settings"]}
    assert settings["max_streams"]["value"] == "77"
    assert settings["max_streams"]["source"] == "environment"
    assert settings["connect_timeout"]["source"] == "default"
    assert settings["plan_api_key"]["value"] == "***"
    assert settings["plan_api_key"]["is_secret"] is True
    for name in ("key_hasher_secret", "encryption_key", "admin_password_hash"):
        assert settings[name]["value"] == "***"
    assert settings["database_url"]["value"] in (None, "***")
    assert BEDROCK_KEY.encode() not in answer.body
