"""Users, budgets, access keys and mappings through the admin API (section 8)."""

import uuid

import pytest

from admin import Admin, refused
from programs import wait_for
from proxy import BEDROCK_KEY


@pytest.fixture
def admin(proxy):
    found = Admin(proxy)
    found.sign_in()
    return found


@pytest.fixture
def someone(admin):
    return admin.post("/users", {"name": f"user {uuid.uuid4()}"}).json


def issue(admin, user, **fields):
    return admin.post(f"/users/{user['id']}/access-keys", fields).json


def test_a_user_is_made_changed_and_deleted(admin):
    body = {
        "name": "Ann Müller",
        "description": "of the platform team",
        "monthly_budget_usd": "12.5",
        "routing_strategy": "plan_first",
    }
    user = admin.post("/users", body).json
    assert user["monthly_budget_usd"] == "12.500000"
    assert user["current_usage_usd"] == "0.000000"
    assert user["usage_percentage"] == 0
    assert user["active_keys"] == 0
    assert user["status"] == "active"
    path = f"/users/{user['id']}"
    assert admin.get(path).json == user
    changed = admin.call("PATCH", path, {"description": None}, expect=200).json
    assert changed["description"] is None
    assert changed["name"] == "Ann Müller"
    admin.call("DELETE", path, expect=204)
    refused(admin.call("GET", path), 404, "NOT_FOUND")
    refused(admin.call("DELETE", path), 404, "NOT_FOUND")


def test_what_is_no_user_is_refused(admin):
    for body in (
        {},
        {"name": ""},
        {"name": "x" * 256},
        {"name": 7},
        {"name": None},
        {"name": "x", "more": 1},
        {"name": "x", "monthly_budget_usd": "0"},
        {"name": "x", "monthly_budget_usd": 1000000},
        {"name": "x", "monthly_budget_usd": "lots"},
        {"name": "x", "monthly_budget_usd": -1},
        {"name": "x", "routing_strategy": "bedrock_only"},
        {"name": "x", "routing_strategy": "cheapest"},
    ):
        refused(admin.call("POST", "/users", body), 400, "VALIDATION_ERROR")


def test_the_list_is_filtered_and_paged(admin):
    mark = uuid.uuid4().hex
    for number in range(3):
        admin.post("/users", {"name": f"{mark} {number}"})
    answer = admin.get(f"/users?q={mark.upper()}&limit=2")
    assert answer.header("x-total-count") == "3"
    assert [user["name"] for user in answer.json] == [f"{mark} 2", f"{mark} 1"]
    answer = admin.get(f"/users?q={mark}&limit=2&offset=2")
    assert [user["name"] for user in answer.json] == [f"{mark} 0"]
    assert admin.get(f"/users?q={mark}&status=inactive").json == []
    wrong = ("limit=0", "limit=501", "limit=x", "offset=-1", "status=gone", "z=1")
    for query in (*wrong, "sort=id"):
        refused(admin.call("GET", f"/users?{query}"), 400, "VALIDATION_ERROR")


def test_the_list_is_sorted_and_each_page_cut_from_all(admin, proxy, simulator):
    mark = uuid.uuid4().hex
    # Each request costs the same, so that what was asked decides on the order.
    names = [f"B {mark}", f"a {mark}", f"d {mark}", f"C {mark}"]
    users = [proxy.user(name, routing="bedrock_only") for name in names]
    budgets = {"a": "1.00", "B": "10.00", "C": None, "d": "2.00"}
    for user, name, times in zip(users, names, (3, 1, 1, 2)):
        for _ in range(times):
            simulator.bedrock({"usage": {"input_tokens": 900, "output_tokens": 300}})
            assert user.ask().status == 200
        budget = {"monthly_budget_usd": budgets[name[0]]}
        admin.call("PUT", f"/users/{user.id}/budget", budget, expect=200)

    def listed(query):
        answer = admin.get(f"/users?q={mark}&{query}")
        assert answer.header("x-total-count") == "4"
        return [user["name"][0] for user in answer.json]

    wait_for(lambda: used_by_all(admin, mark), what="the rows")
    assert listed("sort=created_at") == listed("limit=9") == ["C", "d", "a", "B"]
    assert listed("sort=name") == ["a", "B", "C", "d"]
    assert listed("sort=current_usage_usd") == ["B", "C", "d", "a"]
    assert listed("sort=usage_percentage") == ["a", "d", "B", "C"]
    assert listed("sort=usage_percentage&limit=2&offset=1") == ["d", "B"]


def used_by_all(admin, mark):
    """Whether all rows of the test above are stored: three of B's, two of C's."""
    users = {user["name"][0]: user for user in admin.get(f"/users?q={mark}").json}
    cost = {name: float(user["current_usage_usd"]) for name, user in users.items()}
    return cost["a"] > 0 and [round(cost[n] / cost["a"]) for n in "BCd"] == [3, 2, 1]


def test_a_deactivated_user_has_no_keys_any_more(admin, someone):
    key = issue(admin, someone)
    path = f"/users/{someone['id']}"
    assert admin.post(f"{path}/deactivate", expect=200).json["status"] == "inactive"
    refused(admin.call("POST", f"{path}/deactivate"), 409, "INVALID_STATE")
    assert admin.get(f"/access-keys/{key['id']}").json["status"] == "revoked"
    refused(admin.call("POST", f"{path}/access-keys", {}), 409, "INVALID_STATE")


def test_a_budget_is_set_and_lifted(admin, someone):
    path = f"/users/{someone['id']}/budget"
    answer = admin.call("PUT", path, {"monthly_budget_usd": 50}, expect=200).json
    assert answer["monthly_budget_usd"] == "50.000000"
    assert answer["remaining_usd"] == "50.000000"
    assert answer["user_id"] == someone["id"]
    assert answer["period_start"] < answer["period_end"]
    answer = admin.call("PUT", path, {"monthly_budget_usd": None}, expect=200).json
    assert answer["remaining_usd"] is None
    assert answer["usage_percentage"] is None
    assert admin.get(path).json == answer
    refused(admin.call("PUT", path, {}), 400, "VALIDATION_ERROR")


def test_bedrock_alone_needs_keys_with_credentials(admin, someone):
    path = f"/users/{someone['id']}/routing-strategy"
    body = {"routing_strategy": "bedrock_only"}
    refused(admin.call("PUT", path, body), 400, "NO_ACCESS_KEYS")
    key = issue(admin, someone)
    refused(admin.call("PUT", path, body), 400, "MISSING_BEDROCK_KEYS")
    credential = f"/access-keys/{key['id']}/bedrock-key"
    secret = {"bedrock_api_key": BEDROCK_KEY}
    assert admin.call("PUT", credential, secret, expect=201).json["status"] == "registered"
    assert admin.call("POST", credential, secret, expect=200).json["status"] == "replaced"
    assert admin.call("PUT", path, body, expect=200).json["routing_strategy"] == (
        "bedrock_only"
    )
    assert issue(admin, someone)["warning"] == "MISSING_BEDROCK_KEY"
    admin.call("DELETE", credential, expect=204)
    refused(admin.call("DELETE", credential), 404, "NOT_FOUND")


def test_a_key_is_issued_used_rotated_and_revoked(admin, proxy, someone):
    key = issue(admin, someone, bedrock_region="eu-west-1", bedrock_api="invoke")
    assert key["raw_key"].startswith(key["key_prefix"])
    assert key["bedrock_region"] == "eu-west-1"
    path = f"/access-keys/{key['id']}"
    assert "raw_key" not in admin.get(path).json
    changed = admin.call("PATCH", path, {"bedrock_api": None}, expect=200).json
    assert changed["bedrock_api"] is None
    assert changed["bedrock_region"] == "eu-west-1"
    fresh = admin.post(f"{path}/rotate", {"grace_seconds": 60}, expect=200).json
    assert fresh["bedrock_region"] == "eu-west-1"
    assert admin.get(path).json["status"] == "rotating"
    refused(admin.call("POST", f"{path}/rotate"), 409, "INVALID_STATE")
    listed = admin.get(f"/users/{someone['id']}/access-keys")
    assert {one["id"] for one in listed.json} == {key["id"], fresh["id"]}
    admin.call("DELETE", f"/access-keys/{fresh['id']}", expect=204)
    refused(admin.call("DELETE", f"/access-keys/{fresh['id']}"), 409, "INVALID_STATE")
    assert proxy.query("SELECT count(*) AS n FROM access_keys WHERE key_hash LIKE 'ak_%'")[
        0
    ]["n"] == 0


def test_what_is_no_key_is_refused(admin, someone):
    path = f"/users/{someone['id']}/access-keys"
    for body in (
        {"bedrock_region": "nowhere"},
        {"bedrock_model": "no model"},
        {"bedrock_api": "telnet"},
        {"region": "eu-west-1"},
    ):
        refused(admin.call("POST", path, body), 400, "VALIDATION_ERROR")
    for _ in range(10):
        admin.post(path, {})
    refused(admin.call("POST", path, {}), 409, "KEY_LIMIT_REACHED")
    refused(admin.call("GET", f"/users/{uuid.uuid4()}/access-keys"), 404, "NOT_FOUND")


def test_a_mapping_is_made_changed_and_removed(admin):
    name = f"claude-test-{uuid.uuid4().hex[:8]}"
    body = {"claude_model": name, "bedrock_model": "us.anthropic.claude-next"}
    mapping = admin.post("/models/mappings", body).json
    assert mapping["is_active"] is True
    refused(admin.call("POST", "/models/mappings", body), 409, "CONFLICT")
    path = f"/models/mappings/{mapping['id']}"
    changed = admin.call(
        "PUT", path, {"is_active": False, "description": "later"}, expect=200
    ).json
    assert changed["description"] == "later"
    assert changed["bedrock_model"] == "us.anthropic.claude-next"
    names = [one["claude_model"] for one in admin.get("/models/mappings").json]
    assert name not in names
    listed = admin.get("/models/mappings?include_inactive=true").json
    assert name in [one["claude_model"] for one in listed]
    admin.call("DELETE", path, expect=204)
    refused(admin.call("GET", path), 404, "NOT_FOUND")


def test_the_audit_log_names_what_was_done_without_secrets(admin, proxy, someone):
    key = issue(admin, someone)
    credential = f"/access-keys/{key['id']}/bedrock-key"
    admin.call("PUT", credential, {"bedrock_api_key": BEDROCK_KEY}, expect=201)
    entries = admin.get("/audit?limit=2").json
    assert [entry["action"] for entry in entries] == [
        "bedrock_key.set",
        "access_key.issue",
    ]
    assert entries[0]["target_id"] == key["id"]
    assert entries[0]["key_prefix"] == key["key_prefix"]
    assert entries[0]["user_name"] == someone["name"]
    assert entries[0]["actor"] == "admin"
    assert entries[0]["address"] == "127.0.0.1"
    everything = "".join(str(tuple(row)) for row in proxy.query("SELECT * FROM audit_log"))
    assert BEDROCK_KEY not in everything
    assert key["raw_key"] not in everything
