"""Usage through the admin API (section 8; US-8, AD-3)."""

import csv
import datetime
import decimal
import io
import json
import uuid
import zoneinfo

import pytest

from admin import Admin, refused
from http_client import PLAN_HEADERS, ask
from programs import wait_for
from simulator import text

COUNTS = ("input_tokens", "output_tokens", "total_tokens", "cache_read_tokens")
PARTS = ("input", "output", "cache_write", "cache_read")
ZONE = zoneinfo.ZoneInfo("Asia/Seoul")


def usd(value):
    return decimal.Decimal(value)


class Scene:
    """A proxy of its own with two users' traffic: known, and in the store."""

    def __init__(self, proxy, simulator):
        self.proxy = proxy
        self.admin = Admin(proxy)
        self.admin.sign_in()
        self.ann, self.bob = proxy.user("Ann"), proxy.user("Bob")
        self.session = str(uuid.uuid4())
        for count in (1, 2, 3):
            simulator.plan(text("x", usage=self.usage(count)))
            self.say(self.ann, "claude-opus-4-8")
        simulator.plan({"status": 500})
        simulator.bedrock(text("y", usage=self.usage(7)))
        self.say(self.ann, "claude-opus-4-8", agent="a1")
        simulator.plan(text("z", usage=self.usage(5)))
        self.say(self.bob, "claude-haiku-4-5", agent=None, session=None)
        simulator.plan({"status": 400})
        self.say(self.bob, "=1+1", session=None)
        wait_for(lambda: len(proxy.rows()) == 6, timeout=15, what="six rows")

    @staticmethod
    def usage(count):
        return {"input_tokens": 1000 * count, "output_tokens": 10 * count}

    def say(self, user, model, agent=None, session=True):
        headers = list(PLAN_HEADERS)
        if session:
            headers.append(("x-claude-code-session-id", self.session))
        if agent:
            headers += [
                ("x-claude-code-agent-id", agent),
                ("x-claude-code-parent-agent-id", "a0"),
            ]
        return ask(user.url, model=model, headers=headers)


@pytest.fixture(scope="module")
def scene(tmp_path_factory, the_simulator):
    from proxy import Proxy

    the_simulator.reset()
    proxy = Proxy(
        tmp_path_factory.mktemp("usage"), the_simulator, report_timezone="Asia/Seoul"
    )
    yield Scene(proxy, the_simulator)
    proxy.stop()


def rows_of(scene, **filters):
    return [
        row
        for row in scene.proxy.rows()
        if all(row[name] == value for name, value in filters.items())
    ]


def assert_is_sum_of(usage, rows):
    good = [row for row in rows if row["status"] != "error"]
    assert usage["total_requests"] == len(good)
    assert usage["total_errors"] == len(rows) - len(good)
    assert usage["total_input_tokens"] == sum(row["input_tokens"] for row in good)
    assert usage["total_output_tokens"] == sum(row["output_tokens"] for row in good)
    micro = sum(row["total_cost_micro"] for row in good)
    assert usd(usage["total_estimated_cost_usd"]) == decimal.Decimal(micro) / 1000000
    assert (
        sum(usd(usage[f"total_{part}_cost_usd"]) for part in PARTS)
        == usd(usage["total_estimated_cost_usd"])
        == sum(usd(one["total_cost_usd"]) for one in usage["cost_breakdown"])
    )
    for name in COUNTS:
        total = name if name == "total_tokens" else f"total_{name}"
        assert usage[total] == sum(bucket[name] for bucket in usage["buckets"])


def test_the_last_day_is_the_default(scene):
    usage = scene.admin.get("/usage").json
    assert usage["bucket_type"] == "hour"
    assert usage["timezone"] == "Asia/Seoul"
    assert 24 <= len(usage["buckets"]) <= 25
    start, end = (
        datetime.datetime.fromisoformat(usage[name]) for name in ("range_start", "range_end")
    )
    assert end - start == datetime.timedelta(days=1)
    assert_is_sum_of(usage, scene.proxy.rows())
    assert usage["total_input_tokens"] == 1000 * (1 + 2 + 3 + 7 + 5)
    assert usage["total_fallbacks"] == 1
    assert usage["fallback_reasons"] == [{"reason": "server_error", "requests": 1}]
    assert usage["active_users"] == 2
    starts = [bucket["bucket_start"] for bucket in usage["buckets"]]
    assert starts == sorted(set(starts))


@pytest.mark.parametrize("bucket", ["minute", "hour", "day", "week", "month"])
def test_sums_do_not_depend_on_the_bucket(scene, bucket):
    usage = scene.admin.get(f"/usage?period=day&bucket_type={bucket}").json
    assert usage["bucket_type"] == bucket
    assert_is_sum_of(usage, scene.proxy.rows())


def test_usage_is_filtered(scene):
    ann, bob = scene.ann, scene.bob
    of_ann = scene.admin.get(f"/usage?user_id={ann.id}").json
    assert_is_sum_of(of_ann, rows_of(scene, user_id=ann.id))
    of_bedrock = scene.admin.get("/usage?provider=bedrock").json
    assert_is_sum_of(of_bedrock, rows_of(scene, provider="bedrock"))
    assert of_bedrock["total_requests"] == 1
    assert len(of_bedrock["fallback_reasons"]) == 1
    assert scene.admin.get("/usage?provider=plan").json["fallback_reasons"] == []
    key = scene.admin.get(f"/users/{bob.id}/access-keys").json[0]["id"]
    of_key = scene.admin.get(f"/usage?access_key_id={key}&provider=plan").json
    assert_is_sum_of(of_key, rows_of(scene, user_id=bob.id))
    nobody = scene.admin.get(f"/usage?user_id={uuid.uuid4()}").json
    assert nobody["total_requests"] == 0
    assert nobody["cost_breakdown"] == []
    assert all(bucket["requests"] == 0 for bucket in nobody["buckets"])


def test_ranges_begin_and_end_in_the_reporting_zone(scene):
    now = datetime.datetime.now(ZONE)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    sunday = today - datetime.timedelta(days=(today.weekday() + 1) % 7)
    starts = {"day": today, "week": sunday, "month": today.replace(day=1)}
    for period, start in starts.items():
        usage = scene.admin.get(f"/usage?period={period}").json
        assert datetime.datetime.fromisoformat(usage["range_start"]) == start, period
    day = today.date()
    usage = scene.admin.get(
        f"/usage?start_date={day - datetime.timedelta(days=6)}&end_date={day}"
    ).json
    assert len(usage["buckets"]) == 7
    assert usage["bucket_type"] == "day"
    end = datetime.datetime.fromisoformat(usage["range_end"])
    assert end == today + datetime.timedelta(days=1)
    assert_is_sum_of(usage, scene.proxy.rows())


def test_a_range_by_times_is_exact(scene):
    rows = sorted(scene.proxy.rows(), key=lambda row: row["created_at"])
    listed = scene.admin.get("/usage/requests").json
    assert [one["request_id"] for one in listed] == [
        row["request_id"] for row in reversed(rows)
    ]
    first, last = listed[-1]["created_at"], "2099-01-01T00:00:00Z"
    usage = scene.admin.get(
        f"/usage?start_time={first}&end_time={last}&bucket_type=month"
    ).json
    assert usage["total_requests"] + usage["total_errors"] == 6
    earlier = "2020-01-01T00:00:00%2B09:00"
    usage = scene.admin.get(f"/usage?start_time={earlier}&end_time={first}").json
    assert usage["total_requests"] + usage["total_errors"] == 0


@pytest.mark.parametrize(
    "query",
    [
        "period=year",
        "period=hour",
        "bucket_type=second",
        "provider=openai",
        "user_id=7",
        "access_key_id=x",
        "start_date=2026-01-01",
        "end_date=2026-01-01",
        "start_date=2026-01-02&end_date=2026-01-01",
        "start_date=2026-02-30&end_date=2026-03-01",
        "start_time=2026-01-01T00:00:00Z",
        "start_time=2026-01-02T00:00:00Z&end_time=2026-01-01T00:00:00Z",
        "start_time=yesterday&end_time=today",
        "period=day&start_date=2026-01-01&end_date=2026-01-02",
        "period=day&period=week",
        "colour=red",
    ],
)
def test_a_range_that_is_none_is_refused(scene, query):
    for path in ("/usage", "/usage/top-users/series", "/usage/export.csv?kind=buckets"):
        mark = "&" if "?" in path else "?"
        refused(scene.admin.call("GET", f"{path}{mark}{query}"), 400, "VALIDATION_ERROR")


def test_more_buckets_than_anybody_can_read_are_refused(scene):
    query = "start_date=2020-01-01&end_date=2026-01-01&bucket_type=minute"
    for path in ("/usage?", "/usage/export.csv?kind=buckets&"):
        message = refused(
            scene.admin.call("GET", path + query), 400, "VALIDATION_ERROR"
        )
        assert "bucket_type" in message


def test_top_users_are_ranked_by_cost(scene):
    answer = scene.admin.get("/usage/top-users")
    users = answer.json
    assert [user["name"] for user in users] == ["Ann", "Bob"]
    assert answer.header("x-total-count") == "2"
    one = scene.admin.get("/usage/top-users?limit=1")
    assert (len(one.json), one.header("x-total-count")) == (1, "2")
    assert users[0]["user_id"] == scene.ann.id
    assert users[0]["total_requests"] == 4
    assert users[0]["total_tokens"] == 1010 * (1 + 2 + 3 + 7)
    assert usd(users[0]["total_cost_usd"]) > usd(users[1]["total_cost_usd"])
    assert [one["name"] for one in scene.admin.get("/usage/top-users?limit=1").json] == [
        "Ann"
    ]
    series = scene.admin.get("/usage/top-users/series?period=day&bucket_type=hour").json
    for user, total in zip(series, users, strict=True):
        assert user["user_id"] == total["user_id"]
        tokens = sum(bucket["total_tokens"] for bucket in user["buckets"])
        assert tokens == total["total_tokens"]
    for limit in ("0", "101", "x"):
        refused(
            scene.admin.call("GET", f"/usage/top-users?limit={limit}"),
            400,
            "VALIDATION_ERROR",
        )
    refused(
        scene.admin.call("GET", "/usage/top-users?bucket_type=day"),
        400,
        "VALIDATION_ERROR",
    )


def test_requests_are_listed_filtered_and_paged(scene):
    answer = scene.admin.get("/usage/requests?limit=2")
    assert answer.header("x-total-count") == "6"
    assert len(answer.json) == 2
    rest = scene.admin.get("/usage/requests?limit=500&offset=2").json
    assert len(rest) == 4
    rows = {row["request_id"]: row for row in scene.proxy.rows()}
    for one in answer.json + rest:
        row = rows.pop(one["request_id"])
        assert one["user_name"] in ("Ann", "Bob")
        for name in ("provider", "model", "status", "http_status", "input_tokens"):
            assert one[name] == row[name], name
        assert usd(one["total_cost_usd"]) * 1000000 == row["total_cost_micro"]
    assert rows == {}
    for query, count in {
        "status=error": 1,
        "status=complete": 5,
        f"user_id={scene.ann.id}": 4,
        "provider=bedrock": 1,
        "model=claude-haiku-4-5": 1,
        f"session_id={scene.session}": 4,
        f"request_id={rest[0]['request_id']}": 1,
        "period=day&status=error": 1,
        "start_time=2020-01-01T00:00:00Z&end_time=2020-01-02T00:00:00Z": 0,
    }.items():
        answer = scene.admin.get(f"/usage/requests?{query}")
        assert len(answer.json) == count, query
        assert answer.header("x-total-count") == str(count), query
    for query in ("status=fine", "limit=0", "offset=x", "end_date=2026-01-01"):
        refused(
            scene.admin.call("GET", f"/usage/requests?{query}"), 400, "VALIDATION_ERROR"
        )


def test_a_session_is_shown_as_a_tree_of_agents(scene):
    (session,) = scene.admin.get(f"/usage/sessions?user_id={scene.ann.id}").json
    assert session["session_id"] == scene.session
    assert session["user_name"] == "Ann"
    assert session["total_requests"] == 4
    assert session["agents"] == 1
    whole = scene.admin.get(f"/usage/sessions/{scene.session}").json
    assert (whole["user_id"], whole["user_name"]) == (scene.ann.id, "Ann")
    assert usd(whole["total_estimated_cost_usd"]) == sum(
        usd(agent["total_estimated_cost_usd"]) for agent in whole["tree"]
    )
    main, agent = whole["tree"]
    assert (main["agent_id"], main["depth"], main["total_requests"]) == (None, 0, 3)
    assert (agent["agent_id"], agent["parent_agent_id"]) == ("a1", "a0")
    path = f"/usage/sessions/{uuid.uuid4()}"
    refused(scene.admin.call("GET", path), 404, "NOT_FOUND")
    path = f"/usage/sessions/{scene.session}?user_id={scene.bob.id}"
    refused(scene.admin.call("GET", path), 404, "NOT_FOUND")


def table_of(answer):
    assert answer.header("content-type").startswith("text/csv")
    assert "attachment" in answer.header("content-disposition")
    assert answer.header("x-content-type-options") == "nosniff"
    return list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))


def test_rows_are_exported_without_formulas(scene):
    table = table_of(scene.admin.get("/usage/export.csv"))
    rows = {row["request_id"]: row for row in scene.proxy.rows()}
    assert {line["request_id"] for line in table} == set(rows)
    for line in table:
        row = rows[line["request_id"]]
        assert int(line["input_tokens"]) == row["input_tokens"]
        assert usd(line["total_cost_usd"]) * 1000000 == row["total_cost_micro"]
    (odd,) = (line for line in table if line["status"] == "error")
    assert odd["model"] == "'=1+1"
    only = table_of(scene.admin.get(f"/usage/export.csv?user_id={scene.bob.id}"))
    assert len(only) == 2


def test_buckets_are_exported_as_they_are_shown(scene):
    query = "period=day&bucket_type=hour"
    table = table_of(scene.admin.get(f"/usage/export.csv?kind=buckets&{query}"))
    assert sum(int(line["requests"]) for line in table) == 5
    shown = scene.admin.get(f"/usage?{query}").json["buckets"]
    for line, bucket in zip(table, shown, strict=True):
        assert {name: str(value) for name, value in bucket.items()} == line
    refused(
        scene.admin.call("GET", "/usage/export.csv?kind=buckets&status=error"),
        400,
        "VALIDATION_ERROR",
    )
    refused(scene.admin.call("GET", "/usage/export.csv?kind=all"), 400, "VALIDATION_ERROR")


def test_a_token_that_can_only_read_reads_usage(scene):
    token = scene.admin.post("/tokens", {"name": "reports", "scope": "read"}).json
    program = Admin(scene.proxy, token["token"])
    assert program.get("/usage").json["total_requests"] == 5
    assert json.loads(program.get("/usage/requests").body)
