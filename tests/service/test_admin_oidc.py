"""Signing in of administrators at an OpenID provider, a real one."""

import json
import urllib.parse

import pytest

from oidc import Browser, OpenIdProvider, secret_of
from programs import free_port
from proxy import Proxy

ACCOUNTS = {
    "ann": {"email": "Ann@Example.com", "email_verified": True, "groups": ["staff"]},
    "bob": {"email": "ann@example.com", "email_verified": False, "groups": ["staff"]},
    "cyd": {"groups": ["staff", "platform"]},
    "dan": {"email": "dan@example.com", "email_verified": True, "groups": "platform"},
}
START = "/admin/auth/oidc/start"
CALLBACK = "/admin/auth/oidc/callback"


class Scene:
    """A provider, and proxies behind the one address that it knows."""

    def __init__(self, folder, simulator, provider):
        self.folder, self.simulator, self.provider = folder, simulator, provider
        self.proxies = []
        self.port = provider.client_port
        self.public = f"http://127.0.0.1:{self.port}"

    def start(self, client="rs256", port=None, **settings):
        folder = self.folder / f"proxy-{len(self.proxies)}"
        folder.mkdir()
        if client != "public":
            settings["oidc_client_secret"] = secret_of(client)
        settings = {
            "listen": f"127.0.0.1:{port or self.port}",
            "public_url": f"{self.public}/",
            "oidc_issuer": self.provider.issuer,
            "oidc_client_id": client,
            "oidc_allowed_groups": "platform",
            "oidc_allowed_emails": "ann@example.com",
            **settings,
        }
        proxy = Proxy(folder, self.simulator, **settings)
        self.proxies.append(proxy)
        return proxy

    def sign_in(self, account, start=None):
        browser = Browser()
        self.provider.next_is(account)
        return browser, browser.get(f"{start or self.public}{START}")

    def stop(self):
        for proxy in self.proxies:
            if proxy.program.is_running():
                proxy.stop()


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    port = free_port()
    provider = OpenIdProvider(
        tmp_path_factory.mktemp("provider"),
        [f"http://127.0.0.1:{port}{CALLBACK}"],
        ACCOUNTS,
    )
    provider.client_port = port
    yield provider
    provider.stop()


@pytest.fixture
def scene(tmp_path, simulator, provider):
    scene = Scene(tmp_path, simulator, provider)
    yield scene
    scene.stop()


def refusal(visit, status):
    assert visit.status == status, (visit.status, visit.body)
    return json.loads(visit.body)["error"]["message"]


def me(browser, url):
    visit = browser.get(f"{url}/admin/auth/me")
    assert visit.status == 200, visit.body
    return json.loads(visit.body)["username"]


@pytest.mark.parametrize("client", ["rs256", "es256", "public"])
def test_who_is_allowed_signs_in(scene, client):
    proxy = scene.start(client)
    browser, visit = scene.sign_in("ann")
    assert (visit.status, visit.path) == (200, "/ui/"), visit.body
    assert me(browser, scene.public) == "Ann@Example.com"
    assert browser.cookie("ccproxy_oidc") is None
    browser, visit = scene.sign_in("cyd")
    assert me(browser, scene.public) == "oidc:cyd"
    browser, visit = scene.sign_in("dan")
    assert me(browser, scene.public) == "dan@example.com"
    actors = {row["actor"] for row in proxy.query("SELECT actor FROM audit_log")}
    assert {"Ann@Example.com", "oidc:cyd", "dan@example.com"} <= actors


def test_who_is_not_allowed_stays_outside(scene):
    proxy = scene.start()
    # A group that is not listed, and the right address, but not verified.
    browser, visit = scene.sign_in("bob")
    assert "allowed" in refusal(visit, 403)
    assert browser.cookie("ccproxy_session") is None
    browser, visit = scene.sign_in(None)
    assert "access_denied" in refusal(visit, 403)
    failures = [one for one in proxy.log() if one["event"] == "login_failed"]
    assert len(failures) == 2
    proxy.stop()
    scene.start(oidc_allowed_groups="", oidc_allowed_emails="")
    _, visit = scene.sign_in("ann")
    refusal(visit, 403)


def test_any_process_can_end_a_sign_in(scene):
    first = scene.start()
    secrets = {
        f"{name}_file": first.data / name for name in ("key_hasher_secret", "encryption_key")
    }
    port = free_port()
    scene.start(port=port, database_url=f"sqlite:{first.database}", **secrets)
    browser, visit = scene.sign_in("ann", start=f"http://127.0.0.1:{port}")
    assert visit.path == "/ui/"
    assert me(browser, f"http://127.0.0.1:{port}") == "Ann@Example.com"


def start_only(scene):
    browser = Browser()
    visit = browser.get(f"{scene.public}{START}", follow=False)
    assert visit.status == 302
    target = urllib.parse.urlsplit(visit.headers["location"])
    return browser, visit, dict(urllib.parse.parse_qsl(target.query))


def test_the_start_sends_what_the_standard_wants(scene):
    scene.start()
    browser, visit, query = start_only(scene)
    assert visit.headers["location"].startswith(f"{scene.provider.issuer}/auth?")
    assert query["response_type"] == "code"
    assert query["redirect_uri"] == f"{scene.public}{CALLBACK}"
    assert query["code_challenge_method"] == "S256"
    assert set(query["scope"].split()) == {"openid", "email", "profile", "groups"}
    cookie = visit.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=Lax", "Path=/admin/auth/oidc", "Max-Age=600"):
        assert part in cookie
    assert "Secure" not in cookie
    assert query["state"] != start_only(scene)[2]["state"]


def test_an_answer_that_was_not_asked_for_signs_in_nobody(scene):
    scene.start()
    browser, _, query = start_only(scene)
    back = f"{scene.public}{CALLBACK}"
    good = urllib.parse.urlencode({"code": "x", "state": query["state"]})
    # Without this browser's cookie, or with another state: somebody else's sign-in.
    refusal(Browser().get(f"{back}?{good}"), 400)
    other = start_only(scene)[2]["state"]
    refusal(browser.get(f"{back}?code=x&state={other}"), 400)
    refusal(browser.get(f"{back}?code=x"), 400)
    refusal(browser.get(f"{back}?state={query['state']}"), 400)
    refusal(browser.get(f"{back}?{good}&state=x"), 400)
    # A code that the provider never gave, and an answer of another issuer.
    assert "invalid_grant" in refusal(browser.get(f"{back}?{good}"), 403)
    refusal(browser.get(f"{back}?{good}&iss=https%3A%2F%2Fevil.example"), 403)
    assert browser.cookie("ccproxy_session") is None


def test_a_code_is_good_once_and_for_its_browser(scene):
    scene.start()
    scene.provider.next_is("ann")
    mallory, visit, _ = start_only(scene)
    # Mallory signs in at the provider, but keeps the code ...
    url = visit.headers["location"]
    while not url.startswith(scene.public):
        url = urllib.parse.urljoin(url, mallory.get(url, follow=False).headers["location"])
    # ... and lets another browser, in a sign-in of its own, come back with it.
    victim, _, _ = start_only(scene)
    refusal(victim.get(url), 400)
    assert victim.cookie("ccproxy_session") is None
    assert mallory.get(url).path == "/ui/"
    replayed = Browser()
    for cookie in mallory.jar:
        replayed.jar.set_cookie(cookie)
    refusal(replayed.get(url), 400)  # the cookie has gone with the first use


def test_a_provider_that_is_away_is_told(scene):
    scene.start(oidc_issuer=f"http://127.0.0.1:{free_port()}")
    visit = Browser().get(f"{scene.public}{START}")
    assert "OpenID provider" in refusal(visit, 503)


def test_a_browser_is_told_on_the_page_of_signing_in(scene):
    scene.start(oidc_issuer=f"http://127.0.0.1:{free_port()}")
    page = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
    for path, word in ((START, "unavailable"), (f"{CALLBACK}?code=x&state=y", "invalid"),
                       (f"{CALLBACK}?error=access_denied&state=y", "forbidden")):
        visit = Browser().get(f"{scene.public}{path}", follow=False, headers=page)
        assert visit.status == 302, visit.body
        assert visit.headers["location"] == f"/ui/login?refused={word}"
        assert not visit.body


def test_a_provider_that_calls_itself_otherwise_is_refused(scene):
    scene.start(oidc_issuer=f"{scene.provider.issuer}/")
    visit = Browser().get(f"{scene.public}{START}")
    assert "issuer" in refusal(visit, 503)


def test_without_a_provider_there_is_no_such_path(proxy):
    for path in (START, f"{CALLBACK}?code=x&state=y"):
        refusal(Browser().get(f"{proxy.url}{path}"), 404)
