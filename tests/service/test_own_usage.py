"""PX-11, OB-6: what the owner of a key is told of the own usage."""

import datetime
import decimal

from http_client import PLAN_HEADERS, ask, send
from programs import wait_for
from simulator import USAGE_LIMITED, text

USAGE = {
    "input_tokens": 1_000_000,
    "output_tokens": 500_000,
    "cache_read_tokens": 200_000,
    "cache_write_5m_tokens": 100_000,
    "cache_write_1h_tokens": 0,
}
# The case of section 15: 1 M x 5 + 500 k x 25 + 100 k x 6.25 + 200 k x 0.50.
COST = "18.225000"

WINDOWS = {
    "anthropic-ratelimit-unified-status": "allowed_warning",
    "anthropic-ratelimit-unified-5h-utilization": "0.8731",
    "anthropic-ratelimit-unified-5h-reset": "4102444800",
    "anthropic-ratelimit-unified-7d-utilization": "0.25",
    "anthropic-ratelimit-unified-7d-reset": "4102444860",
}


def session(name):
    return [*PLAN_HEADERS, ("x-claude-code-session-id", name)]


def usage_of(user, query=""):
    answer = user.send("GET", f"/usage{query}", headers=[])
    assert answer.status == 200, answer.body
    return answer.json


def test_a_new_user_has_used_nothing(proxy):
    user = proxy.user()

    found = usage_of(user)

    today = datetime.datetime.now(datetime.timezone.utc)
    assert found == {
        "period_start": found["period_start"],
        "period_end": found["period_end"],
        "timezone": "UTC",
        "monthly_budget_usd": None,
        "current_usage_usd": "0.000000",
        "remaining_usd": None,
        "usage_percentage": None,
        "plan": {"requests": 0, "total_tokens": 0, "total_cost_usd": "0.000000"},
        "bedrock": {"requests": 0, "total_tokens": 0, "total_cost_usd": "0.000000"},
        "plan_window": None,
    }
    start = datetime.datetime.fromisoformat(found["period_start"].replace("Z", "+00:00"))
    end = datetime.datetime.fromisoformat(found["period_end"].replace("Z", "+00:00"))
    assert (start.day, start.hour, end.day) == (1, 0, 1)
    assert start <= today < end


def test_bedrocks_cost_counts_against_the_budget_and_the_plans_does_not(simulator, proxy):
    user = proxy.user(budget="20")
    simulator.plan(text("x", usage=USAGE), USAGE_LIMITED)
    simulator.bedrock(text("x", usage=USAGE))
    for provider in ("plan", "bedrock"):
        answer = user.ask(headers=session("one"), model="claude-opus-4-5")
        assert proxy.row(answer.request_id)["provider"] == provider

    found = usage_of(user, "?session_id=one")

    assert found["monthly_budget_usd"] == "20.000000"
    assert found["bedrock"]["requests"] == found["plan"]["requests"] == 1
    assert found["plan"]["total_cost_usd"] == COST
    assert found["current_usage_usd"] == found["bedrock"]["total_cost_usd"]
    left = decimal.Decimal(20) - decimal.Decimal(found["current_usage_usd"])
    assert decimal.Decimal(found["remaining_usd"]) == max(left, 0)
    assert found["session"]["session_id"] == "one"
    assert found["session"]["requests"] == 2
    assert decimal.Decimal(found["session"]["total_cost_usd"]) == decimal.Decimal(
        found["plan"]["total_cost_usd"]
    ) + decimal.Decimal(found["bedrock"]["total_cost_usd"])


def test_one_session_has_its_own_cost_and_no_other_users(simulator, proxy):
    ada, bob = proxy.user(), proxy.user()
    simulator.plan(text("x", usage=USAGE, times=0))
    request_id = ada.ask(headers=session("shared"), model="claude-opus-4-5").request_id
    proxy.row(request_id)

    assert usage_of(ada, "?session_id=shared")["session"] == {
        "session_id": "shared",
        "requests": 1,
        "total_tokens": 1_500_000,
        "total_cost_usd": COST,
    }
    assert usage_of(bob, "?session_id=shared")["session"]["requests"] == 0
    assert usage_of(ada, "?x=1&session_id=a%22b%C3%A9+c")["session"]["session_id"] == 'a"bé c'


def test_a_session_that_is_no_text_is_refused(proxy, user):
    for query in ("?session_id=%FF", "?session_id=%00", f"?session_id={'x' * 129}"):
        answer = user.send("GET", f"/usage{query}", headers=[])
        assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")


def test_the_newest_plan_window_is_shown(simulator, proxy):
    user = proxy.user()
    simulator.plan({**text("x"), "headers": WINDOWS}, {**text("x"), "headers": WINDOWS})
    user.ask(stream=True)

    def known():
        return usage_of(user)["plan_window"]

    assert wait_for(known, what="the window") == {
        "status": "allowed_warning",
        "five_hour": {"utilization": 0.8731, "resets_at": "2100-01-01T00:00:00.000Z"},
        "seven_day": {"utilization": 0.25, "resets_at": "2100-01-01T00:01:00.000Z"},
    }
    simulator.reset()
    simulator.plan(USAGE_LIMITED)
    user.ask()
    assert known()["status"] == "rejected"
    assert known()["seven_day"] is None


def test_a_browser_can_do_nothing_with_the_answer(proxy, user):
    for answer in (
        user.send("GET", "/usage", headers=[]),
        send(f"{proxy.url}/ak/ak_{'B' * 43}", "GET", "/usage"),
    ):
        assert "default-src 'none'" in answer.header("content-security-policy")
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("referrer-policy") == "no-referrer"
        assert answer.header("cache-control") == "no-store"
        assert answer.header("strict-transport-security") is None
        assert answer.provider == "none"


def test_behind_tls_browsers_are_told_to_stay_there(start_proxy):
    user = start_proxy(public_url="https://proxy.example.com").user()

    assert "max-age" in user.send("GET", "/usage").header("strict-transport-security")


def test_a_wrong_key_learns_what_it_learns_everywhere(proxy):
    there = send(f"{proxy.url}/ak/ak_{'C' * 43}", "GET", "/usage")
    elsewhere = ask(f"{proxy.url}/ak/ak_{'C' * 43}")

    assert (there.status, there.error) == (elsewhere.status, elsewhere.error)
    assert there.status == 403


def test_other_methods_are_told_which_are_taken(user):
    answer = user.send("POST", "/usage", b"{}")

    assert (answer.status, answer.header("allow")) == (405, "GET, HEAD")
    assert user.send("HEAD", "/usage").body == b""
