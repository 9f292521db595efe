"""Models: the table that says which one on Bedrock serves a name, and the list of
them that clients read."""

import json

import anthropic
import pytest

from http_client import PLAN_HEADERS, send
from programs import wait_for
from proxy import Proxy


@pytest.fixture(scope="module")
def the_own_proxy(tmp_path_factory, the_simulator):
    """A proxy whose table no other file's tests see."""
    proxy = Proxy(tmp_path_factory.mktemp("proxy"), the_simulator)
    yield proxy
    proxy.stop()


@pytest.fixture(scope="module")
def the_reader(the_own_proxy):
    return the_own_proxy.user(routing="bedrock_only")


@pytest.fixture
def own_proxy(the_own_proxy, simulator):
    """It, with the table that it had at first."""
    before = listed(the_own_proxy)
    yield the_own_proxy
    for name in listed(the_own_proxy).keys() - before.keys():
        the_own_proxy.command("model", "unmap", name)


@pytest.fixture
def reader(the_reader, simulator):
    """A user of it that is served by Bedrock alone."""
    return the_reader


def model_of(simulator):
    """The id that Bedrock was asked for last."""
    return simulator.bedrock_requests()[-1].model


def listed(proxy):
    rows = json.loads(proxy.command("model", "list", "--output", "json"))
    return {row["claude_model"]: row for row in rows}


# The pairs that were known when this was written, each by the profile that has it.
INITIAL = {
    "claude-fable-5-1": "global.anthropic.claude-fable-5-1",
    "claude-fable-5": "global.anthropic.claude-fable-5",
    "claude-opus-5-5": "global.anthropic.claude-opus-5-5",
    "claude-opus-5": "global.anthropic.claude-opus-5",
    "claude-opus-4-8": "global.anthropic.claude-opus-4-8",
    "claude-opus-4-7": "global.anthropic.claude-opus-4-7",
    "claude-opus-4-6": "global.anthropic.claude-opus-4-6-v1",
    "claude-opus-4-5": "global.anthropic.claude-opus-4-5-20251101-v1:0",
    "claude-opus-4-5-20251101": "global.anthropic.claude-opus-4-5-20251101-v1:0",
    "claude-opus-4-1": "us.anthropic.claude-opus-4-1-20250805-v1:0",
    "claude-opus-4-1-20250805": "us.anthropic.claude-opus-4-1-20250805-v1:0",
    "claude-sonnet-5-5": "global.anthropic.claude-sonnet-5-5",
    "claude-sonnet-5": "global.anthropic.claude-sonnet-5",
    "claude-sonnet-4-6": "global.anthropic.claude-sonnet-4-6",
    "claude-sonnet-4-5": "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "claude-sonnet-4-5-20250929": "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "claude-sonnet-4-20250514": "global.anthropic.claude-sonnet-4-20250514-v1:0",
    "claude-haiku-5-5": "global.anthropic.claude-haiku-5-5",
    "claude-haiku-4-5": "global.anthropic.claude-haiku-4-5-20251001-v1:0",
    "claude-haiku-4-5-20251001": "global.anthropic.claude-haiku-4-5-20251001-v1:0",
}


def test_a_new_store_knows_the_models_of_its_time(own_proxy):
    assert {name: row["bedrock_model"] for name, row in listed(own_proxy).items()} == INITIAL
    assert all(row["is_active"] for row in listed(own_proxy).values())
    assert len(own_proxy.command("model", "list").splitlines()) == len(INITIAL)


def test_a_running_server_heeds_a_mapping(simulator, own_proxy, reader):
    user = reader
    own_proxy.command("model", "map", "house-model", "us.anthropic.claude-opus-4-8")

    wait_for(lambda: user.ask(model="house-model").status == 200, timeout=3)
    assert model_of(simulator) == "us.anthropic.claude-opus-4-8"

    own_proxy.command("model", "map", "house-model", "eu.anthropic.claude-opus-5")
    wait_for(
        lambda: user.ask(model="house-model").status == 200
        and model_of(simulator) == "eu.anthropic.claude-opus-5",
        timeout=3,
    )
    own_proxy.command("model", "unmap", "house-model")
    wait_for(lambda: user.ask(model="house-model").status == 404, timeout=3)


def test_map_says_what_it_made_and_changes_what_is_there(own_proxy):
    new = json.loads(
        own_proxy.command("model", "map", "mine", "anthropic.claude-x", "--output", "json")
    )
    same = own_proxy.command("model", "map", "mine", "anthropic.claude-y")

    assert (new["claude_model"], new["bedrock_model"]) == ("mine", "anthropic.claude-x")
    assert same == new["id"]
    assert listed(own_proxy)["mine"]["bedrock_model"] == "anthropic.claude-y"


@pytest.mark.parametrize(
    "words, code, says",
    [
        (["map", "mine", "no model id"], 1, "no model id"),
        (["map", "mine", "x" * 200], 1, "at most 128 characters"),
        (["map", "mine"], 2, ""),
        (["unmap", "never-heard-of"], 1, "no such mapping"),
        (["unmap"], 2, ""),
    ],
)
def test_what_is_no_mapping_is_refused(proxy, words, code, says):
    assert says in proxy.command("model", *words, expect=code)


# Which model serves a name (BR-2), with settings and table as they are at first.
CHOICES = [
    ("claude-opus-5-5", "global.anthropic.claude-opus-5-5", False),
    ("bedrock/claude-opus-5-5", "global.anthropic.claude-opus-5-5", False),
    ("converse/claude-opus-5-5", "global.anthropic.claude-opus-5-5", False),
    ("claude-opus-5-5[1m]", "global.anthropic.claude-opus-5-5", True),
    ("claude-opus-5-5-20260701", "global.anthropic.claude-opus-5-5", True),
    ("claude-opus-5-5-20260701[1m]", "global.anthropic.claude-opus-5-5", True),
    ("claude-haiku-7-1", "global.anthropic.claude-haiku-7-1", True),
    ("claude-mythos-6", "global.anthropic.claude-mythos-6", True),
]


@pytest.mark.parametrize("name, model, is_told", CHOICES, ids=[c[0] for c in CHOICES])
def test_the_model_is_the_one_that_the_rules_say(simulator, reader, name, model, is_told):
    answer = reader.ask(model=name)

    assert (answer.status, model_of(simulator)) == (200, model)
    assert answer.header("x-ccproxy-model") == (model if is_told else None)
    assert answer.json["model"] == name


@pytest.mark.parametrize(
    "name",
    [
        "gpt-5",
        "claude",
        "claude-opus",
        "Claude-Opus-5-5",
        "claude-opus-5_5",
        "claude-opus-5/../x",
        "us.anthropic.claude-opus-5-5",
        "bedrock/bedrock/claude-opus-5-5",
        "claude-opus-5-5[2m]",
        "x" * 128,
    ],
)
def test_a_name_that_no_rule_knows_is_a_404_that_says_where_to_map_it(
    simulator, reader, name
):
    answer = reader.ask(model=name)

    assert (answer.status, answer.error["type"]) == (404, "not_found_error")
    assert name.removeprefix("bedrock/")[:60] in answer.error["message"]
    assert "model map" in answer.error["message"]
    assert simulator.requests() == []


def test_settings_come_before_the_table_and_a_keys_own_model_before_them(
    simulator, start_proxy
):
    proxy = start_proxy(
        bedrock_model_mapping=json.dumps(
            {"claude-opus-5-5": "eu.anthropic.claude-opus-5-5", "mine": "anthropic.claude-z"}
        ),
        bedrock_geo_prefix="auto",
        bedrock_region="ap-northeast-1",
        bedrock_default_model="us.anthropic.claude-sonnet-5",
        allow_direct_model_ids="true",
    )
    user = proxy.user(routing="bedrock_only")

    def served(name, who=user):
        who.ask(model=name)
        return model_of(simulator)

    assert served("claude-opus-5-5") == "eu.anthropic.claude-opus-5-5"
    assert served("claude-haiku-5-5") == "global.anthropic.claude-haiku-5-5"
    assert served("claude-haiku-9") == "jp.anthropic.claude-haiku-9"
    assert served("au.anthropic.claude-opus-5-5") == "au.anthropic.claude-opus-5-5"
    assert served("gpt-5") == "us.anthropic.claude-sonnet-5"
    own = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2"
    assert served(own) == own

    key = proxy.command("key", "issue", user.name, "--model", own)
    proxy.command("key", "bedrock-key", "set", key[:9], given="ABSKdummy")
    user.key = key
    assert served("claude-opus-5-5") == own


def test_a_model_that_bedrock_does_not_know_is_a_404(simulator, reader):
    simulator.bedrock(
        {"status": 400, "error": {"message": "The provided model identifier is invalid."}}
    )

    answer = reader.ask(model="claude-opus-9")

    assert (answer.status, answer.error["type"]) == (404, "not_found_error")
    assert "claude-opus-9" in answer.error["message"]


# ---- the list that clients read ----


def get(user, path="", headers=()):
    return send(user.url, "GET", f"/v1/models{path}", headers=headers)


def test_a_bedrock_only_user_gets_the_table_as_list_of_models(simulator, own_proxy, reader):
    own_proxy.command("model", "map", "house-model", "us.anthropic.claude-opus-4-8")
    wait_for(lambda: "house-model" in get(reader, "?limit=1000").body.decode(), timeout=3)

    answer = get(reader, "?limit=1000")

    names = [model["id"] for model in answer.json["data"]]
    assert answer.status == 200
    assert sorted(names) == sorted([*INITIAL, "house-model"])
    assert answer.json["has_more"] is False
    assert (answer.json["first_id"], answer.json["last_id"]) == (names[0], names[-1])
    assert {model["type"] for model in answer.json["data"]} == {"model"}
    shown = {model["id"]: model["display_name"] for model in answer.json["data"]}
    assert shown["claude-opus-5-5"] == "Claude Opus 5.5"
    assert shown["claude-haiku-4-5-20251001"] == "Claude Haiku 4.5"
    assert shown["house-model"] == "house-model"
    assert simulator.requests() == []


def test_the_official_client_pages_through_the_list_both_ways(reader):
    client = anthropic.Anthropic(base_url=reader.url, api_key="anything", max_retries=0)
    wait_for(
        lambda: sorted(model.id for model in client.models.list(limit=1000)) == sorted(INITIAL),
        what="the table without what other tests mapped",
    )

    forth = [model.id for model in client.models.list(limit=3)]
    back = [
        model.id
        for page in client.models.list(limit=3, before_id=forth[-1]).iter_pages()
        for model in reversed(page.data)
    ]

    assert sorted(forth) == sorted(INITIAL)
    assert [*reversed(back), forth[-1]] == forth
    assert client.models.retrieve("claude-opus-5-5").display_name == "Claude Opus 5.5"
    assert client.models.list(limit=3).data[0].created_at.year >= 2025
    with pytest.raises(anthropic.NotFoundError) as missing:
        client.models.retrieve("claude-never")
    assert "claude-never" in str(missing.value)


def test_a_page_is_twenty_when_nobody_says_how_long(reader):
    page = get(reader).json

    assert len(page["data"]) == len(INITIAL) == 20 and page["has_more"] is False


def test_the_end_of_the_list_is_an_empty_page(reader):
    last = get(reader, "?limit=1000").json["last_id"]

    page = get(reader, f"?after_id={last}").json

    assert page == {"data": [], "has_more": False, "first_id": None, "last_id": None}


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=x",
        "limit=",
        "after_id=never-heard-of",
        "after_id=claude-opus-5&before_id=claude-opus-4-8",
    ],
)
def test_a_page_that_there_is_not_is_refused(reader, query):
    answer = get(reader, f"?{query}")

    assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")
    assert answer.error["message"].startswith(query.split("=")[0])


def test_without_a_plan_credential_the_table_answers(simulator, proxy, user):
    answer = get(user, "?limit=2")

    assert (answer.status, len(answer.json["data"])) == (200, 2)
    assert get(user, "/claude-opus-5-5").json["id"] == "claude-opus-5-5"
    assert simulator.requests() == []


def test_with_a_plan_credential_the_plan_answers(simulator, user):
    assert "claude-fable-5-2" in [model["id"] for model in get(user, headers=PLAN_HEADERS).json["data"]]
    assert simulator.only("anthropic").target == "/v1/models"


@pytest.mark.parametrize("path", ["/", "/.", "/..", "/a/b", "/../models"])
def test_an_id_is_one_segment(simulator, reader, path):
    assert get(reader, path).status == 404
    assert simulator.requests() == []


def test_the_name_in_an_id_may_be_encoded(own_proxy, reader):
    own_proxy.command("model", "map", "my model", "us.anthropic.claude-opus-4-8")

    wait_for(lambda: get(reader, "/my%20model").status == 200, timeout=3)
    assert get(reader, "/my%20model").json["id"] == "my model"
    assert get(reader, "?limit=1&after_id=my%20model").status == 200


# ---- models that nobody has mapped ----

KEY_ID, SECRET = "AKIDMODELS", "the-secret-of-the-models"


@pytest.fixture
def start_listing_proxy(start_proxy, simulator):
    """Starts a proxy that lists the profiles of its region every second."""

    def start(*profiles, page=2, **settings):
        simulator.accept_aws_key(KEY_ID, SECRET)
        simulator.change(inference_profiles=list(profiles), profile_page=page)
        return start_proxy(
            **{
                "bedrock_model_refresh": 1,
                "aws_endpoint_url_bedrock": simulator.bedrock_url,
                "AWS_ACCESS_KEY_ID": KEY_ID,
                "AWS_SECRET_ACCESS_KEY": SECRET,
                **settings,
            }
        )

    return start


def test_models_of_the_region_that_have_no_mapping_get_one(simulator, start_listing_proxy):
    proxy = start_listing_proxy(
        "us.anthropic.claude-opus-5-5",
        "us.anthropic.claude-nova-1-20270101-v1:0",
        "global.anthropic.claude-nova-1-20270101-v1:0",
        "us.amazon.nova-pro-v1:0",
        "us.anthropic.claude-atlas-2-v1",
        "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc",
    )

    wait_for(lambda: "claude-atlas-2" in listed(proxy), what="the last page")
    found = {n: r["bedrock_model"] for n, r in listed(proxy).items() if n not in INITIAL}
    user = proxy.user(routing="bedrock_only")

    assert found == {
        "claude-nova-1": "global.anthropic.claude-nova-1-20270101-v1:0",
        "claude-nova-1-20270101": "global.anthropic.claude-nova-1-20270101-v1:0",
        "claude-atlas-2": "us.anthropic.claude-atlas-2-v1",
    }
    assert listed(proxy)["claude-opus-5-5"]["bedrock_model"] == INITIAL["claude-opus-5-5"]

    def is_served_by_its_mapping():
        """Until the proxy has read the new mappings, the rule serves it by its name."""
        assert user.ask(model="claude-nova-1").status == 200
        return model_of(simulator) == "global.anthropic.claude-nova-1-20270101-v1:0"

    wait_for(is_served_by_its_mapping, timeout=3)
    assert {entry["event"] for entry in proxy.log()} >= {"model_found"}


def test_what_an_administrator_has_mapped_or_laid_idle_stays(simulator, start_listing_proxy):
    proxy = start_listing_proxy("us.anthropic.claude-nova-1")
    wait_for(lambda: "claude-nova-1" in listed(proxy))
    proxy.command("model", "map", "claude-nova-1", "eu.anthropic.claude-nova-0")
    asked = len(simulator.bedrock_requests())

    wait_for(lambda: len(simulator.bedrock_requests()) >= asked + 2, what="two more lists")

    assert listed(proxy)["claude-nova-1"]["bedrock_model"] == "eu.anthropic.claude-nova-0"


def test_a_list_that_is_refused_is_a_warning_and_no_more(simulator, start_listing_proxy):
    proxy = start_listing_proxy("us.anthropic.claude-nova-1", AWS_SECRET_ACCESS_KEY="wrong")

    warning = wait_for(
        lambda: [e for e in proxy.log() if e["event"] == "model_refresh_failed"]
    )[0]

    assert "InvalidSignature" in warning["reason"]
    assert proxy.user().ask().status == 200
    assert set(listed(proxy)) == set(INITIAL)


def test_a_bedrock_key_of_the_environment_does_as_well(simulator, start_listing_proxy):
    simulator.accept("bedrock", "ABSKservice")
    proxy = start_listing_proxy(
        "us.anthropic.claude-nova-1",
        AWS_ACCESS_KEY_ID="",
        AWS_SECRET_ACCESS_KEY="",
        AWS_BEARER_TOKEN_BEDROCK="ABSKservice",
    )

    wait_for(lambda: "claude-nova-1" in listed(proxy), what="the mapping")
    assert "ABSKservice" not in proxy.program.out() + proxy.program.err()


def test_without_the_setting_nobody_asks(simulator, start_listing_proxy):
    proxy = start_listing_proxy("us.anthropic.claude-nova-1", bedrock_model_refresh=0)

    assert proxy.user().ask().status == 200
    assert simulator.bedrock_requests() == []
