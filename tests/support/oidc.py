"""A real OpenID provider, and a browser that knows cookies and follows redirects."""

import http.cookiejar
import json
import os
import pathlib
import urllib.error
import urllib.parse
import urllib.request

from programs import Program, free_port, wait_for

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = HERE.parents[1] / "build" / "npm" / "node_modules"


def secret_of(client):
    return f"secret of {client}, with: % and +"


class OpenIdProvider:
    """pages: people sign in on its own pages, in place of who was told beforehand."""

    def __init__(self, folder, redirect_uris, accounts, pages=False):
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        # ES modules are looked for beside the file that imports them.
        script = folder / "oidc_provider.mjs"
        script.write_text((HERE / "oidc_provider.mjs").read_text())
        (folder / "node_modules").symlink_to(PACKAGES.resolve())
        given = {
            "port": self.port,
            "redirect_uris": redirect_uris,
            "accounts": accounts,
            "pages": pages,
        }
        self.program = Program(
            ["node", script, json.dumps(given)], folder, "oidc-provider", dict(os.environ)
        )
        wait_for(self.is_up, timeout=30, what="the OpenID provider")

    def is_up(self):
        assert self.program.is_running(), self.program.err()
        try:
            with urllib.request.urlopen(
                f"{self.issuer}/.well-known/openid-configuration", timeout=5
            ) as answer:
                return answer.status == 200
        except OSError:
            return False

    def next_is(self, account):
        """Who signs in next; None: that one says no."""
        url = f"{self.issuer}/_next/{urllib.parse.quote(account or '')}"
        urllib.request.urlopen(url, timeout=10).close()

    def stop(self):
        self.program.stop()


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Visit:
    """An answer that a browser ended at."""

    def __init__(self, answer):
        self.status = answer.status if hasattr(answer, "status") else answer.code
        self.url = answer.url
        self.headers = answer.headers
        self.body = answer.read()

    @property
    def path(self):
        return urllib.parse.urlsplit(self.url).path


class Browser:
    def __init__(self):
        self.jar = http.cookiejar.CookieJar()
        cookies = urllib.request.HTTPCookieProcessor(self.jar)
        self.following = urllib.request.build_opener(cookies)
        self.staying = urllib.request.build_opener(cookies, NoRedirects)

    def get(self, url, follow=True, headers=None):
        request = urllib.request.Request(url, headers=headers or {})
        try:
            opener = self.following if follow else self.staying
            with opener.open(request, timeout=30) as answer:
                return Visit(answer)
        except urllib.error.HTTPError as answer:
            return Visit(answer)

    def cookie(self, name):
        return next((one.value for one in self.jar if one.name == name), None)
