"""SIGHUP: prices, mappings, the log's level and secrets are read anew, and a
mistake changes nothing."""

import json
import signal

import pytest

from programs import wait_for

NEXT_SECRET = "the-next-secret-of-the-hasher-0123456789"


class Settings:
    """The settings that a test changes, in the file that the proxy reads."""

    def __init__(self, folder, start_proxy):
        self.path = folder / "ccproxy.json"
        self.values = {"log_level": "INFO"}
        self.start_proxy = start_proxy
        self.proxy = None

    def start(self, **values):
        self.write(**values)
        self.proxy = self.start_proxy(config_file=self.path)
        return self.proxy

    def write(self, **values):
        self.values.update(values)
        self.path.write_text(json.dumps(self.values))

    def events(self, name):
        return [line for line in self.proxy.log() if line["event"] == name]

    def reload(self, expect="settings_reloaded", **values):
        self.write(**values)
        before = len(self.events(expect))
        self.proxy.program.signal(signal.SIGHUP)
        return wait_for(lambda: self.events(expect)[before:], what=expect)[-1]


@pytest.fixture
def settings(tmp_path, start_proxy):
    return Settings(tmp_path, start_proxy)


def prices_of(output_price):
    row = {"input_price": "1.00", "output_price": str(output_price)}
    return json.dumps({"global": {"global.anthropic.claude-opus-5-5": [row]}})


def cost_of(user, simulator):
    simulator.bedrock({"content": [{"type": "text", "text": "hello"}]})
    answer = user.ask()
    assert answer.status == 200
    return user.proxy.row(answer.header("x-ccproxy-request-id"))["output_cost_micro"]


def test_a_shared_plan_key_is_replaced_while_requests_go_on(settings, simulator):
    proxy = settings.start(plan_api_key="sk-ant-api03-former")
    user = proxy.user()

    def key_sent():
        assert user.ask(headers=[("content-type", "application/json")]).status == 200
        return simulator.plan_requests()[-1].header("x-api-key")

    assert key_sent() == ["sk-ant-api03-former"]
    settings.reload(plan_api_key="sk-ant-api03-next")
    assert key_sent() == ["sk-ant-api03-next"]


def test_a_mapping_of_the_settings_is_read_anew(settings, simulator):
    proxy = settings.start()
    user = proxy.user(routing="bedrock_only")

    def path_asked():
        assert user.ask().status == 200
        return simulator.bedrock_requests()[-1].target

    assert "sonnet-4-5" not in path_asked()
    settings.reload(bedrock_model_mapping={"claude-opus-5-5": "us.anthropic.claude-sonnet-4-5-20250929-v1:0"})
    assert "us.anthropic.claude-sonnet-4-5-20250929-v1%3A0" in path_asked()


def test_the_level_of_the_log_is_read_anew(settings):
    proxy = settings.start()
    user = proxy.user()
    user.ask()
    wait_for(lambda: settings.events("request_completed"))
    settings.write(log_level="ERROR")
    proxy.program.signal(signal.SIGHUP)

    def is_silent():
        before = len(settings.events("request_completed"))
        user.ask()
        return len(settings.events("request_completed")) == before

    wait_for(is_silent, what="the log's silence")


def test_keys_stay_valid_over_a_change_of_the_hashers_secret(settings):
    former = "the-former-secret-of-the-hasher-012345678"
    proxy = settings.start(key_hasher_secret=former)
    user = proxy.user()
    assert user.ask().status == 200
    settings.reload(key_hasher_secret=NEXT_SECRET, key_hasher_secret_previous=former)
    assert user.ask().status == 200
    settings.reload(key_hasher_secret_previous=None)
    assert user.ask().status == 200, "the key was hashed anew"


@pytest.mark.parametrize(
    "wrong",
    [
        {"log_level": "LOUD"},
        {"key_hasher_secret": "short"},
        {"no_such_setting": 1},
        {"pricing_file": "/nonexistent/prices.json"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_mistake_changes_nothing(settings, simulator, wrong):
    proxy = settings.start(plan_api_key="sk-ant-api03-former")
    user = proxy.user()
    said = settings.reload("reload_rejected", plan_api_key="sk-ant-api03-next", **wrong)
    assert said["level"] == "ERROR"
    assert said["cause"]
    assert user.ask(headers=[("content-type", "application/json")]).status == 200
    assert simulator.plan_requests()[-1].header("x-api-key") == [
        "sk-ant-api03-former"
    ]


def test_a_bad_file_of_prices_keeps_the_old_ones(settings, simulator, tmp_path):
    prices = tmp_path / "prices.json"
    prices.write_text(prices_of(100))
    proxy = settings.start(pricing_file=str(prices))
    user = proxy.user(routing="bedrock_only")
    dear = cost_of(user, simulator)
    assert dear > 0

    prices.write_text('{"models": ')
    said = settings.reload("reload_rejected")
    assert "pricing_file" in said["cause"]
    assert cost_of(user, simulator) == dear

    prices.write_text(prices_of(200))
    settings.reload()
    assert cost_of(user, simulator) == 2 * dear
