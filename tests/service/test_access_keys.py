"""Access keys: in which forms they come, how they are refused, and that a running
server honours what the command line changes."""

import statistics
import time

import pytest

from http_client import PLAN_HEADERS, ask, request_body, send
from programs import wait_for
from simulator import text

REFUSAL = "This access key is not valid. Ask your administrator for a new one."
UNKNOWN = "ak_" + "A" * 43

NO_KEY = [("content-type", "application/json"), ("anthropic-version", "2023-06-01")]
CREDENTIAL = ("x-api-key", "sk-ant-api03-dummy")


def assert_is_the_refusal(answer):
    assert (answer.status, answer.error["type"]) == (403, "permission_error")
    assert answer.error["message"] == REFUSAL
    assert answer.header("x-should-retry") == "false"
    assert answer.provider == "none"


MALFORMED = [
    "ak_",
    "ak_short",
    "ak_" + "A" * 42,
    "ak_" + "A" * 44,
    "ak_" + "A" * 42 + "!",
    "AK_" + "A" * 43,
    "ak_" + "%41" * 43,
    "ak_" + "A" * 4000,
    "sk-ant-api03-dummy",
    "x",
]


@pytest.mark.parametrize("key", [UNKNOWN, *MALFORMED], ids=lambda key: key[:20])
def test_a_key_that_is_none_is_refused_in_the_path(simulator, proxy, key):
    assert_is_the_refusal(ask(f"{proxy.url}/ak/{key}"))
    assert simulator.requests() == []


HEADER_FORMS = [
    ("x-ccproxy-key", "{}"),
    ("x-api-key", "{}"),
    ("authorization", "Bearer {}"),
    ("authorization", "bearer {}"),
]


@pytest.mark.parametrize("name, form", HEADER_FORMS)
def test_a_key_that_is_none_is_refused_in_a_header(simulator, proxy, name, form):
    headers = [*NO_KEY, (name, form.format(UNKNOWN))]

    assert_is_the_refusal(ask(proxy.url, headers=headers))
    assert simulator.requests() == []


def test_no_key_at_all_is_a_401_that_is_not_tried_again(simulator, proxy):
    answer = ask(proxy.url)

    assert (answer.status, answer.error["type"]) == (401, "authentication_error")
    assert answer.header("x-should-retry") == "false"
    assert simulator.requests() == []


def test_a_key_of_its_own_header_travels_beside_the_clients_login(simulator, proxy, user):
    headers = [
        *NO_KEY,
        ("X-CCProxy-Key", user.key),
        ("authorization", "Bearer sk-ant-oat01-x"),
    ]

    answer = ask(proxy.url, headers=headers)

    sent = simulator.only("anthropic")
    assert answer.status == 200
    assert sent.header("authorization") == ["Bearer sk-ant-oat01-x"]
    assert user.key not in str(sent.headers)


@pytest.mark.parametrize("name, form", HEADER_FORMS[1:])
def test_a_key_in_the_credentials_place_needs_the_shared_plan_key(
    simulator, proxy, user, name, form
):
    """Without one the Plan has no credential: PL-5."""
    answer = ask(proxy.url, headers=[*NO_KEY, (name, form.format(user.key))])

    assert (answer.status, answer.error["type"]) == (401, "authentication_error")
    assert answer.header("x-should-retry") == "false"
    assert simulator.requests() == []


@pytest.fixture
def sharing(start_proxy):
    return start_proxy(plan_api_key="sk-ant-shared-plan-key")


@pytest.mark.parametrize("name, form", HEADER_FORMS[1:])
def test_a_key_in_the_credentials_place_is_served_with_the_shared_plan_key(
    simulator, sharing, name, form
):
    user = sharing.user()

    answer = ask(sharing.url, headers=[*NO_KEY, (name, form.format(user.key))])

    sent = simulator.only("anthropic")
    assert (answer.status, answer.provider) == (200, "plan")
    assert sent.header("x-api-key") == ["sk-ant-shared-plan-key"]
    assert user.key not in str(sent.headers)


def test_the_clients_own_credential_goes_before_the_shared_plan_key(simulator, sharing):
    sharing.user().ask(headers=[*NO_KEY, CREDENTIAL])

    assert simulator.only("anthropic").header("x-api-key") == [CREDENTIAL[1]]


def test_a_refused_shared_plan_key_is_nothing_the_client_learns(simulator, sharing):
    """PL-4: it is the operator's fault; the client would drop its own login."""
    simulator.plan({"status": 401, "times": 0})
    alone = sharing.user(bedrock_key=None).ask(headers=NO_KEY)
    helped = sharing.user().ask(headers=NO_KEY)

    assert (alone.status, alone.error["type"]) == (503, "api_error")
    assert alone.header("x-should-retry") == "false"
    assert helped.provider == "bedrock"


@pytest.mark.parametrize("name", ["x-api-key", "authorization", "x-ccproxy-key"])
@pytest.mark.parametrize("form", ["{}", "Bearer {}", "BEARER {}", "bearer  {}"])
def test_no_access_key_ever_reaches_an_upstream(simulator, proxy, user, name, form):
    """AK-9, whatever the client puts where."""
    value = form.format(user.key)

    user.ask(headers=[*NO_KEY, (name, value), ("x-api-key", "sk-ant-real")])
    user.ask(headers=[*NO_KEY, (name, value)])
    ask(
        proxy.url, headers=[*NO_KEY, ("x-ccproxy-key", user.key), (name, value), CREDENTIAL]
    )

    for sent in simulator.requests():
        assert user.key not in f"{sent.target} {sent.headers}"


def test_a_new_key_works_at_once(simulator, proxy):
    assert proxy.user().ask().status == 200


def until_refused(user, limit=1.0):
    """How long a key was still accepted; by P-9 less than a second."""
    began = time.monotonic()
    wait_for(lambda: user.ask().status == 403, timeout=limit + 3, what="the refusal")
    assert time.monotonic() - began < limit + 0.3


def test_a_revoked_key_is_refused_within_a_second(proxy, user):
    assert user.ask().status == 200

    proxy.command("key", "revoke", user.key[:9])

    until_refused(user)
    assert_is_the_refusal(user.ask())


@pytest.mark.parametrize("verb", ["deactivate", "delete"])
def test_a_user_who_left_is_refused_within_a_second(proxy, user, verb):
    assert user.ask().status == 200

    proxy.command("user", verb, user.name)

    until_refused(user)


def test_a_rotated_key_works_for_its_grace_time_and_the_new_one_takes_over(
    simulator, proxy, user
):
    simulator.plan({"status": 500, "times": 0})
    old = user.key

    new = proxy.command("key", "rotate", old[:9], "--grace", "2")

    user.key = new
    assert user.ask().provider == "bedrock", "the credential moved along"
    user.key = old
    assert user.ask().status != 403
    wait_for(lambda: user.ask().status == 403, timeout=5)
    user.key = new
    assert user.ask().provider == "bedrock"


def test_a_rotation_without_grace_ends_the_old_key_at_once(proxy, user):
    assert user.ask().status == 200

    proxy.command("key", "rotate", user.key[:9], "--grace", "0")

    until_refused(user)


def test_a_changed_routing_is_honoured_within_a_second(simulator, proxy, user):
    assert user.ask().provider == "plan"

    proxy.command("user", "set", user.name, "--routing", "bedrock_only")

    wait_for(lambda: user.ask().provider == "bedrock", timeout=1.3)


def test_a_registered_bedrock_key_is_used_within_a_second(simulator, proxy):
    user = proxy.user(bedrock_key=None)
    simulator.plan({"status": 529, "times": 0})
    assert user.ask().provider == "plan"

    proxy.command("key", "bedrock-key", "set", user.key[:9], given="ABSK-late\n")

    wait_for(lambda: user.ask().provider == "bedrock", timeout=1.3)
    assert simulator.bedrock_requests()[-1].header("authorization") == ["Bearer ABSK-late"]


def test_a_replaced_bedrock_key_is_used_within_a_second(simulator, proxy):
    user = proxy.user(routing="bedrock_only")
    user.ask()

    proxy.command("key", "bedrock-key", "set", user.key[:9], given="ABSK-second")

    def uses_the_second():
        user.ask()
        return "second" in simulator.bedrock_requests()[-1].header("authorization")[0]

    wait_for(uses_the_second, timeout=1.3)


def test_a_keys_region_and_model_are_used(simulator, proxy):
    user = proxy.user(routing="bedrock_only")
    user.key = proxy.command(
        "key", "issue", user.name, "--model", "eu.anthropic.claude-sonnet-4-6"
    )
    proxy.command("key", "bedrock-key", "set", user.key[:9], given="ABSKdummy")

    assert user.ask().status == 200

    assert (
        simulator.only("bedrock").target == "/model/eu.anthropic.claude-sonnet-4-6/converse"
    )


def test_refusals_take_as_long_for_any_reason(proxy, user):
    """AK-4: no probing by time. A first look at the store, then the negative cache."""
    revoked = proxy.user()
    proxy.command("key", "revoke", revoked.key[:9])

    def median(key):
        times = []
        for _ in range(15):
            times.append(ask(f"{proxy.url}/ak/{key}").seconds)
        return statistics.median(times)

    times = [median(key) for key in (UNKNOWN, revoked.key, "ak_short")]

    assert max(times) < 5 * min(times) + 0.005, times


def test_many_wrong_keys_from_one_address_are_turned_away_but_valid_ones_never(
    start_proxy, simulator
):
    proxy = start_proxy(rejected_keys_per_minute=5)
    user = proxy.user()

    statuses = [ask(f"{proxy.url}/ak/ak_{i:043d}").status for i in range(10)]

    assert statuses[:5] == [403] * 5
    assert set(statuses[6:]) == {429}
    last = ask(f"{proxy.url}/ak/{UNKNOWN}")
    assert last.header("x-should-retry") == "false"
    assert user.ask().status == 200


def test_a_key_does_not_work_after_anothers_prefix(proxy, user):
    assert ask(f"{proxy.url}/ak/{user.key}x").status == 403
    assert send(
        proxy.url, "POST", f"/ak/{user.key}", request_body(), PLAN_HEADERS
    ).status in (
        404,
        405,
    )


def test_the_plan_sees_nothing_of_the_proxys_path(simulator, user):
    simulator.plan(text("x"))
    user.ask()

    sent = simulator.only("anthropic")
    assert sent.target == "/v1/messages"
    assert "ak_" not in str(sent.headers)
