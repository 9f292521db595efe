"""The rows of the outcome table RT-15 in which the breaker or a cool-down decides."""

import time

from simulator import USAGE_LIMITED, text
from test_outcomes import BEDROCK_WORDS, PLAN_WORDS, both_ways, impatient  # noqa: F401


@both_ways
def test_row_9_an_open_breaker_spares_the_plan(simulator, user, stream):
    simulator.plan({"status": 500, "times": 3}, text(PLAN_WORDS, times=0))
    simulator.bedrock(text(BEDROCK_WORDS, times=0))

    answers = [user.ask(stream=stream) for _ in range(5)]

    assert [answer.provider for answer in answers] == ["bedrock"] * 5
    assert [answer.fallback for answer in answers] == ["server_error"] * 3 + [
        "circuit_open"
    ] * 2
    assert len(simulator.plan_requests()) == 3


@both_ways
def test_row_9_a_cool_down_spares_the_plan(simulator, user, stream):
    simulator.plan(USAGE_LIMITED, text(PLAN_WORDS, times=0))
    simulator.bedrock(text(BEDROCK_WORDS, times=0))

    answers = [user.ask(stream=stream) for _ in range(3)]

    assert [answer.fallback for answer in answers] == ["usage_limit"] * 3
    simulator.only("anthropic")


def test_a_success_between_failures_keeps_the_breaker_closed(simulator, user):
    simulator.plan(
        {"status": 500, "times": 2},
        text(PLAN_WORDS),
        {"status": 500, "times": 2},
        text(PLAN_WORDS),
    )
    simulator.bedrock(text(BEDROCK_WORDS, times=0))

    providers = [user.ask().provider for _ in range(6)]

    assert providers == ["bedrock", "bedrock", "plan", "bedrock", "bedrock", "plan"]


def test_breakers_are_per_access_key(simulator, proxy):
    one, other = proxy.user(), proxy.user()
    simulator.plan({"status": 500, "times": 3}, text(PLAN_WORDS, times=0))
    simulator.bedrock(text(BEDROCK_WORDS, times=0))

    for _ in range(3):
        one.ask()

    assert (one.ask().provider, other.ask().provider) == ("bedrock", "plan")


@both_ways
def test_row_10_an_open_breaker_never_blocks_who_has_no_way_to_bedrock(
    simulator, proxy, stream
):
    user = proxy.user(bedrock_key=None)
    simulator.plan({"status": 500, "times": 4}, text(PLAN_WORDS, times=0))

    answers = [user.ask(stream=stream) for _ in range(5)]

    assert [answer.status for answer in answers] == [500] * 4 + [200]


def test_row_10_unless_the_operator_wants_it(simulator, start_proxy):
    proxy = start_proxy(circuit_block_without_fallback="true")
    user = proxy.user(bedrock_key=None)
    simulator.plan({"status": 500, "times": 0})

    answers = [user.ask() for _ in range(4)]

    assert [answer.status for answer in answers[:3]] == [500] * 3
    assert (answers[3].status, answers[3].error["type"]) == (503, "overloaded_error")
    assert 1 <= int(answers[3].header("retry-after")) <= 60
    assert len(simulator.plan_requests()) == 3


@both_ways
def test_row_11_one_probe_closes_the_breaker_or_opens_it_again(
    simulator, impatient, stream
):
    user = impatient.user()
    simulator.plan({"status": 500, "times": 4}, text(PLAN_WORDS, times=0))
    simulator.bedrock(text(BEDROCK_WORDS, times=0))

    def plan_count_after(requests):
        for _ in range(requests):
            user.ask(stream=stream)
        return len(simulator.plan_requests())

    assert plan_count_after(5) == 3
    time.sleep(2.1)
    assert plan_count_after(2) == 4, "the probe failed: open again"
    time.sleep(2.1)
    assert user.ask(stream=stream).provider == "plan"
    assert user.ask(stream=stream).provider == "plan"
