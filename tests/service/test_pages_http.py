"""The pages as files: who may have them, how they are sent and what a browser is told
to forbid (SE-6, SE-8). What they do in a browser is proven in tests/pages."""

import gzip
import re

import pytest

from http_client import send

HTML = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8")


def get(url, path, *headers, method="GET"):
    return send(url, method, path, headers=headers)


@pytest.fixture
def script(proxy):
    """The path of a script, as the page names it."""
    page = get(proxy.url, "/ui/").body.decode()
    return re.search(r'src="(/ui/a/[0-9a-f]{12}/js/app.js)"', page)[1]


def assert_guarded(answer):
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("referrer-policy") == "no-referrer"
    policy = answer.header("content-security-policy")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.request_id.startswith("req_")
    assert answer.provider == "none"
    return policy


def test_a_browser_that_asks_for_the_root_is_sent_to_the_pages(proxy):
    answer = get(proxy.url, "/", HTML)
    assert (answer.status, answer.header("location")) == (302, "/ui/")
    assert get(proxy.url, "/ui", HTML).header("location") == "/ui/"
    for headers in ((), [("accept", "*/*")], [("accept", "text/html;q=0, */*")]):
        probe = get(proxy.url, "/", *headers)
        assert (probe.status, probe.body) == (200, b"")


@pytest.mark.parametrize(
    "path",
    ["/ui/", "/ui/login", "/ui/users", "/ui/users/x", "/ui/models", "/ui/requests/req_1"],
)
def test_every_page_is_one_that_may_run_no_foreign_script(proxy, path):
    answer = get(proxy.url, path, HTML)
    assert answer.status == 200
    assert answer.header("content-type") == "text/html; charset=utf-8"
    assert answer.header("cache-control") == "no-store"
    policy = assert_guarded(answer)
    assert policy.startswith("default-src 'self';")
    assert "require-trusted-types-for 'script'" in policy
    assert b"<script>" not in answer.body and b"style=" not in answer.body


def test_what_is_no_page_is_said_to_be_none(proxy, script):
    assert get(proxy.url, "/ui/nowhere", HTML).status == 404
    assert get(proxy.url, "/ui/users/x/y", HTML).status == 404
    for path in (f"{script}x", "/ui/a/000000000000/js/app.js", "/ui/a/", "/ui/a/../index.html"):
        answer = get(proxy.url, path)
        assert (answer.status, answer.header("cache-control")) == (404, "no-store"), path
        assert_guarded(answer)


def test_pages_can_only_be_read(proxy):
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = get(proxy.url, "/ui/", HTML, method=method)
        assert (answer.status, answer.header("allow")) == (405, "GET, HEAD")
    head = get(proxy.url, "/ui/", HTML, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert int(head.header("content-length")) > 500


def test_files_are_kept_for_ever_and_known_again(proxy, script):
    answer = get(proxy.url, script)
    assert answer.status == 200
    assert answer.header("content-type") == "text/javascript; charset=utf-8"
    assert answer.header("cache-control") == "public, max-age=31536000, immutable"
    assert_guarded(answer)
    tag = answer.header("etag")
    again = get(proxy.url, script, ("if-none-match", f'"other", {tag}'))
    assert (again.status, again.body, again.header("etag")) == (304, b"", tag)
    assert get(proxy.url, script, ("if-none-match", '"other"')).status == 200


def test_files_are_sent_compressed_to_those_who_can_read_them(proxy, script):
    plain = get(proxy.url, script)
    packed = get(proxy.url, script, ("accept-encoding", "deflate, gzip;q=0.5"))
    assert packed.header("content-encoding") == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.header("etag") != plain.header("etag")
    assert "accept-encoding" in packed.header("vary")
    for refusing in ("identity", "gzip;q=0", "gzip;q=0.000, br;q=0", "x-gzip"):
        answer = get(proxy.url, script, ("accept-encoding", refusing))
        assert answer.header("content-encoding") is None
        assert answer.body == plain.body
    smallest = get(proxy.url, script, ("accept-encoding", "gzip, deflate, br, zstd"))
    assert len(smallest.body) <= len(packed.body)


def test_only_administrators_addresses_get_the_pages(start_proxy):
    proxy = start_proxy(admin_allowed_cidrs="10.0.0.0/8", trusted_proxies="127.0.0.0/8")
    for path in ("/ui/", "/ui/login", "/ui/a/x"):
        answer = get(proxy.url, path, HTML)
        assert answer.status == 403
        assert_guarded(answer)
    assert get(proxy.url, "/ui/", HTML, ("x-forwarded-for", "10.1.2.3")).status == 200
    # A developer's own page is no admin page.
    key = proxy.user().key
    assert get(proxy.url, f"/ak/{key}/usage", HTML).status == 200


def test_https_on_the_users_side_is_made_to_stay(start_proxy, proxy):
    assert get(proxy.url, "/ui/").header("strict-transport-security") is None
    behind = start_proxy(public_url="https://proxy.example.com")
    assert get(behind.url, "/ui/").header("strict-transport-security")


def test_a_keys_owner_sees_a_page_that_loads_nothing(proxy, user):
    answer = get(user.url, "/usage", HTML)
    assert answer.status == 200
    assert answer.header("cache-control") == "no-store"
    policy = assert_guarded(answer)
    assert policy.startswith("default-src 'none'; connect-src 'self';")
    page = answer.body.decode()
    assert user.key not in page and user.key[:9] not in page
    assert not re.search(r"\b(?:src|href|action)=", page)
    # The same for any key: the page knows nothing.
    assert get(proxy.url, "/ak/ak_none/usage", HTML).body == answer.body


def test_the_sign_in_page_learns_whether_there_is_a_provider(start_proxy, proxy):
    answer = get(proxy.url, "/ui/signin.json")
    assert (answer.json, answer.header("cache-control")) == ({"provider": False}, "no-store")
    assert_guarded(answer)
    other = start_proxy(
        oidc_issuer="https://id.example.com",
        oidc_client_id="ccproxy",
        oidc_client_secret="dummy-secret-of-the-tests",
        oidc_allowed_emails="ann@example.com",
    )
    assert get(other.url, "/ui/signin.json").json == {"provider": True}
