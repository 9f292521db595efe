"""A client of the admin API: an administrator who signs in, or a program."""

import json
import re

from http_client import send

USERNAME = "admin"


class Admin:
    """Calls the admin API of a proxy, with a bearer token unless told otherwise."""

    def __init__(self, proxy, token=None):
        self.proxy = proxy
        self.token = token

    def call(self, method, path, body=None, headers=(), expect=None):
        more = [("authorization", f"Bearer {self.token}")] if self.token else []
        text = None
        if body is not None:
            text = body if isinstance(body, bytes) else json.dumps(body).encode()
            more.append(("content-type", "application/json"))
        answer = send(
            self.proxy.url, method, f"/admin{path}", text, [*more, *headers], 30
        )
        if expect is not None:
            assert answer.status == expect, (method, path, answer.status, answer.body)
        return answer

    def get(self, path, expect=200, **more):
        return self.call("GET", path, expect=expect, **more)

    def post(self, path, body=None, expect=201, **more):
        return self.call("POST", path, body, expect=expect, **more)

    def sign_in(self, username=USERNAME, password=None, expect=200, headers=()):
        answer = Admin(self.proxy).call(
            "POST",
            "/auth/login",
            {"username": username, "password": password or password_of(self.proxy)},
            headers,
            expect,
        )
        if answer.status == 200:
            self.token = answer.json["access_token"]
        return answer


def password_of(proxy):
    """The one that the first start has shown."""
    found = re.search(r"shown this once: (\S+)", proxy.program.err())
    assert found, proxy.program.err()
    return found[1]


def refused(answer, status, code):
    """Whether this is an error in the form of AD-1."""
    assert answer.status == status, (answer.status, answer.body)
    assert set(answer.json) == {"error", "request_id"}
    assert answer.json["error"]["code"] == code, answer.json
    assert answer.json["request_id"] == answer.request_id
    return answer.json["error"]["message"]
