"""Monthly budgets: what they let through, what they refuse, and in which words."""

import concurrent.futures
import contextlib
import re
import sqlite3

import pytest

from programs import wait_for
from simulator import RATE_LIMITED, text

# At 20 USD per million output tokens of Claude Opus 5.5 (its list price): 0.10 USD.
TEN_CENTS = {"input_tokens": 0, "output_tokens": 5000}
ONE_DOLLAR = {"input_tokens": 0, "output_tokens": 50000}

REFUSAL = re.compile(
    r"Monthly budget exceeded\. Current usage: \$(\d+\.\d\d), Budget limit: \$(\d+\.\d\d)\. "
    r"Budget resets on \d{4}-\d\d-01 00:00:00 UTC\."
)


def spend_a_dollar(simulator, user):
    simulator.bedrock(text("x", usage=ONE_DOLLAR))
    assert user.ask().status == 200


def test_row_13_a_bedrock_only_user_over_budget_is_told_so(simulator, proxy):
    user = proxy.user(routing="bedrock_only", budget="0.50")
    spend_a_dollar(simulator, user)

    answer = user.ask()

    assert (answer.status, answer.error["type"]) == (429, "rate_limit_error")
    assert REFUSAL.fullmatch(answer.error["message"]).groups() == ("1.00", "0.50")
    assert answer.header("x-should-retry") == "false"
    assert int(answer.header("retry-after")) > 0
    assert answer.provider == "none"
    simulator.only("bedrock")


def test_row_5_over_budget_the_plans_answer_goes_to_the_client(simulator, proxy):
    user = proxy.user(budget="0.50")
    simulator.plan({**RATE_LIMITED, "times": 0})
    spend_a_dollar(simulator, user)

    answer = user.ask()

    assert (answer.status, answer.provider) == (429, "plan")
    assert answer.fallback == "budget-exceeded"
    simulator.only("bedrock")


def test_row_5_over_budget_without_an_answer_of_the_plan(simulator, proxy):
    user = proxy.user(budget="0.50")
    simulator.plan(text("x", fault={"at": "request", "do": "reset"}, times=0))
    spend_a_dollar(simulator, user)

    answer = user.ask()

    assert answer.status == 429
    assert REFUSAL.fullmatch(answer.error["message"])


def test_the_plan_is_never_limited_by_the_budget(simulator, proxy):
    user = proxy.user(budget="0.01")
    simulator.plan(text("x", usage=ONE_DOLLAR, times=0))

    assert [user.ask().provider for _ in range(3)] == ["plan"] * 3


def test_a_raised_budget_is_honoured_within_a_second(simulator, proxy):
    user = proxy.user(routing="bedrock_only", budget="0.50")
    spend_a_dollar(simulator, user)
    assert user.ask().status == 429

    proxy.command("user", "set", user.name, "--budget", "5")

    wait_for(lambda: user.ask().status == 200, timeout=1.5)


def test_fifty_at_once_never_overrun_a_budget(simulator, proxy):
    """BU-2: running requests hold a reservation of what they may cost."""
    user = proxy.user(routing="bedrock_only", budget="1.00")
    simulator.bedrock(text("x", usage=TEN_CENTS, delay_ms=1500, times=0))

    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: user.ask(max_tokens=5000), range(50)))

    served = [answer for answer in answers if answer.status == 200]
    refused = [answer for answer in answers if answer.status == 429]
    assert len(served) + len(refused) == 50
    assert 5 <= len(served) <= 11
    for answer in refused:
        assert answer.header("retry-after") == "5"
        assert answer.header("x-should-retry") is None


def test_a_reservation_is_freed_with_its_request(simulator, proxy):
    user = proxy.user(routing="bedrock_only", budget="0.15")
    simulator.bedrock(*[{"status": 500}] * 5, text("x", usage=TEN_CENTS))

    statuses = [user.ask(max_tokens=5000).status for _ in range(6)]

    assert statuses == [503] * 5 + [200]


@contextlib.contextmanager
def unreadable_usage(proxy):
    """The table of usage is out of reach; what else the proxy needs is not."""
    with contextlib.closing(sqlite3.connect(proxy.database, timeout=30)) as database:
        database.execute("ALTER TABLE token_usage RENAME TO token_usage_elsewhere")
        database.commit()
        try:
            yield
        finally:
            database.execute("ALTER TABLE token_usage_elsewhere RENAME TO token_usage")
            database.commit()


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("routing", ["plan_first", "bedrock_only"])
def test_row_17_a_budget_that_cannot_be_read_is_closed(
    simulator, start_proxy, routing, stream
):
    proxy = start_proxy(budget_fail_mode="closed")
    user = proxy.user(routing=routing, budget="1.00")
    simulator.plan({**RATE_LIMITED, "times": 0})

    with unreadable_usage(proxy):
        answer = user.ask(stream=stream)

    assert (answer.status, answer.error["type"]) == (503, "api_error")
    assert answer.provider == "none"
    assert simulator.bedrock_requests() == []


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_row_17_or_open_as_the_operator_likes(simulator, start_proxy, stream):
    proxy = start_proxy(budget_fail_mode="open")
    user = proxy.user(budget="1.00")
    simulator.plan({**RATE_LIMITED, "times": 0})
    simulator.bedrock(text("from bedrock"))

    with unreadable_usage(proxy):
        answer = user.ask(stream=stream)

    assert (answer.status, answer.provider) == (200, "bedrock")
    assert answer.fallback == "rate_limit"
    assert answer.text == "from bedrock"
    assert proxy.row(answer.request_id)["is_fallback"] == 1
