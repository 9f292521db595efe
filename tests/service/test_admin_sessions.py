"""Signing in to the admin API (AD-2, SE-4 to SE-6, SE-8), and tokens of programs."""

import base64

import pytest

from admin import Admin, password_of, refused


@pytest.fixture
def admin(proxy):
    found = Admin(proxy)
    found.sign_in()
    return found


@pytest.fixture
def own(start_proxy):
    """A proxy of the test's own, for what others must not see."""
    return start_proxy()


def test_signing_in_gives_a_bearer_token_and_a_guarded_cookie(proxy):
    answer = Admin(proxy).sign_in()
    assert answer.json["token_type"] == "bearer"
    assert answer.json["expires_in"] == 86400
    parts = answer.header("set-cookie").split("; ")
    assert parts[0] == f"ccproxy_session={answer.json['access_token']}"
    assert {"Path=/admin", "HttpOnly", "SameSite=Strict"} <= set(parts)
    assert "Secure" not in parts


def test_the_cookie_is_secure_where_the_users_side_is(start_proxy):
    proxy = start_proxy(public_url="https://proxy.example.com")
    answer = Admin(proxy).sign_in()
    assert "Secure" in answer.header("set-cookie").split("; ")
    assert answer.header("strict-transport-security")


def test_http_basic_signs_in_too(proxy):
    pair = base64.b64encode(f"admin:{password_of(proxy)}".encode()).decode()
    headers = [("authorization", f"Basic {pair}")]
    Admin(proxy).call("POST", "/auth/login", headers=headers, expect=200)


def test_wrong_credentials_are_told_in_one_way(own):
    for username, password in (("admin", "wrong"), ("nobody", password_of(own))):
        answer = Admin(own).sign_in(username, password, expect=401)
        assert refused(answer, 401, "UNAUTHORIZED") == "Invalid credentials"
        assert answer.header("www-authenticate") is None
    assert [line["event"] for line in own.log()].count("login_failed") == 2


def test_five_failures_lock_a_name_out_at_an_address(own):
    for _ in range(5):
        Admin(own).sign_in(password="wrong", expect=401)
    answer = Admin(own).sign_in(expect=429)
    refused(answer, 429, "RATE_LIMITED")
    assert 0 < int(answer.header("retry-after")) <= 900


def test_without_a_session_there_is_nothing(proxy):
    for path in ("/auth/me", "/users", "/tokens", "/audit"):
        refused(Admin(proxy).call("GET", path), 401, "UNAUTHORIZED")
    refused(Admin(proxy, "cct_" + "A" * 43).call("GET", "/users"), 401, "UNAUTHORIZED")
    refused(Admin(proxy, "a.b.c").call("GET", "/users"), 401, "UNAUTHORIZED")


def test_a_cookie_needs_the_csrf_token_to_write(proxy):
    signed_in = Admin(proxy).sign_in()
    cookie = ("cookie", f"other=1; ccproxy_session={signed_in.json['access_token']}")
    nobody = Admin(proxy)
    nobody.get("/auth/me", headers=[cookie])
    body = {"name": "Cookie"}
    refused(nobody.call("POST", "/users", body, [cookie]), 403, "FORBIDDEN")
    wrong = ("x-csrf-token", "A" * 43)
    refused(nobody.call("POST", "/users", body, [cookie, wrong]), 403, "FORBIDDEN")
    right = ("x-csrf-token", signed_in.json["csrf_token"])
    nobody.post("/users", body, headers=[cookie, right])


def test_me_says_who_and_until_when(admin):
    me = admin.get("/auth/me").json
    assert me["username"] == "admin"
    assert me["expires_at"].endswith("Z")
    assert len(me["csrf_token"]) == 43


def test_after_signing_out_the_token_is_void(proxy):
    admin = Admin(proxy)
    admin.sign_in()
    answer = admin.post("/auth/logout", expect=204)
    assert "Max-Age=0" in answer.header("set-cookie")
    refused(admin.call("GET", "/auth/me"), 401, "UNAUTHORIZED")


def test_sessions_are_listed_and_ended_one_by_one_or_all(own):
    first, second, third = Admin(own), Admin(own), Admin(own)
    for admin in (first, second, third):
        admin.sign_in()
    answer = first.get("/sessions?limit=2")
    assert len(answer.json) == 2
    assert answer.header("x-total-count") == "3"
    sessions = first.get("/sessions").json
    assert sum(session["is_current"] for session in sessions) == 1
    others = [session["jti"] for session in sessions if not session["is_current"]]
    first.call("DELETE", f"/sessions/{others[0]}", expect=204)
    refused(first.call("DELETE", f"/sessions/{others[0]}"), 404, "NOT_FOUND")
    assert len(first.get("/sessions").json) == 2
    first.call("DELETE", "/sessions", expect=204)
    for admin in (first, second, third):
        refused(admin.call("GET", "/auth/me"), 401, "UNAUTHORIZED")


def test_a_read_token_reads_and_a_write_token_writes_but_none_makes_tokens(admin, proxy):
    made = {}
    for scope in ("read", "write"):
        made[scope] = admin.post("/tokens", {"name": f"ci-{scope}", "scope": scope}).json
        assert made[scope]["token"].startswith("cct_")
        assert len(made[scope]["token"]) == 47
    reader = Admin(proxy, made["read"]["token"])
    writer = Admin(proxy, made["write"]["token"])
    reader.get("/users")
    refused(reader.call("POST", "/users", {"name": "x"}), 403, "FORBIDDEN")
    writer.post("/users", {"name": "By a program"})
    for program in (reader, writer):
        body = {"name": "more", "scope": "read"}
        refused(program.call("POST", "/tokens", body), 403, "FORBIDDEN")
    listed = admin.get("/tokens").json
    assert all("token" not in token for token in listed)
    assert {"ci-read", "ci-write"} <= {token["name"] for token in listed}
    assert admin.get("/audit?limit=1").json[0]["actor"] == "token ci-write"
    for token in made.values():
        admin.call("DELETE", f"/tokens/{token['id']}", expect=204)
    refused(reader.call("GET", "/users"), 401, "UNAUTHORIZED")


def test_a_tokens_fields_are_checked(admin):
    for body in (
        {"name": "x"},
        {"name": "x", "scope": "admin"},
        {"name": "", "scope": "read"},
        {"name": "x", "scope": "read", "expires_at": "2001-01-01T00:00:00Z"},
        {"name": "x", "scope": "read", "expires_at": "tomorrow"},
        {"name": "x", "scope": "read", "more": 1},
    ):
        refused(admin.call("POST", "/tokens", body), 400, "VALIDATION_ERROR")


def test_addresses_outside_the_ranges_are_kept_out(start_proxy):
    outside = start_proxy(admin_allowed_cidrs="192.0.2.0/24")
    refused(Admin(outside).call("POST", "/auth/login", {}), 403, "FORBIDDEN")


def test_every_answer_guards_itself(admin):
    for answer in (admin.get("/users"), admin.call("GET", "/nowhere")):
        assert "frame-ancestors 'none'" in answer.header("content-security-policy")
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("referrer-policy") == "no-referrer"
        assert answer.header("cache-control") == "no-store"
        assert answer.request_id.startswith("req_")


def test_what_is_no_call_is_told_so(admin):
    refused(admin.call("GET", "/nowhere"), 404, "NOT_FOUND")
    refused(admin.call("GET", "/users/not-an-id"), 404, "NOT_FOUND")
    answer = admin.call("PUT", "/users", {})
    refused(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.header("allow") == "GET, HEAD, POST"
    refused(admin.call("GET", "/auth/me?x=1"), 400, "VALIDATION_ERROR")
    for body in (b"{", b"[]", b'{"name":"a","name":"b"}', b'{"name":"\\u0000"}', b"\xff"):
        refused(admin.call("POST", "/users", body), 400, "VALIDATION_ERROR")
    refused(admin.call("POST", "/users", b" " * 70000), 413, "TOO_LARGE")
