"""The description of the admin API (docs/openapi.json) against the live server:
whatever is sent, no answer is a 500, and none is outside the description."""

import json
import pathlib
import uuid

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from admin import Admin, refused
from http_client import ask
from programs import wait_for
from proxy import Proxy

DESCRIPTION = pathlib.Path(__file__).parents[2] / "docs" / "openapi.json"
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
class Scene:
    """A proxy with something of each kind, and ids that calls can meet."""

    def __init__(self, proxy):
        self.proxy = proxy
        admin = Admin(proxy)
        admin.sign_in()
        # Not a session: some of the calls end those.
        program = {"name": "all calls", "scope": "write"}
        self.token = admin.post("/tokens", program).json["token"]
        user = proxy.user("Ann")
        answer = ask(user.url)
        wait_for(lambda: proxy.rows(), what="a row of usage")
        key = admin.get(f"/users/{user.id}/access-keys").json[0]
        mapping = admin.get("/models/mappings").json[0]
        self.known = {
            "/admin/users/": [user.id],
            "/admin/access-keys/": [key["id"]],
            "/admin/circuits/": [key["id"]],
            "/admin/models/mappings/": [mapping["id"]],
            "/admin/requests/": [answer.request_id],
        }

    def id_for(self, path):
        for start, ids in self.known.items():
            if path.startswith(start):
                return ids[0]
        return None


@pytest.fixture(scope="module")
def scene(tmp_path_factory, the_simulator):
    the_simulator.reset()
    proxy = Proxy(tmp_path_factory.mktemp("described"), the_simulator)
    yield Scene(proxy)
    proxy.stop()


def described(coverage):
    schema = schemathesis.openapi.from_dict(json.loads(DESCRIPTION.read_text()))
    schema.config.phases.coverage.enabled = coverage
    return schema


def settings(examples):
    return hypothesis.settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )


def check(scene, case):
    """Calls it as it is, then with the id of a thing that exists."""
    case.headers = {"authorization": f"Bearer {scene.token}"}
    case.cookies = {}
    case.call_and_validate(base_url=scene.proxy.url, checks=CHECKS)
    known = scene.id_for(case.path)
    if known and case.path_parameters and case.method != "DELETE":
        case.path_parameters = dict.fromkeys(case.path_parameters, known)
        case.call_and_validate(base_url=scene.proxy.url, checks=CHECKS)


@described(coverage=False).parametrize()
@settings(5)
def test_no_answer_is_outside_the_description(scene, case):
    check(scene, case)


@pytest.mark.long
@described(coverage=True).parametrize()
@settings(40)
def test_no_answer_is_outside_the_description_whatever_is_sent(scene, case):
    check(scene, case)


def operations():
    for path, methods in json.loads(DESCRIPTION.read_text())["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_nobody_gets_in_without_a_sign_in(scene):
    for method, path, operation in operations():
        if "security" in operation:
            continue
        path = path.removeprefix("/admin").replace("{id}", str(uuid.uuid4()))
        refused(Admin(scene.proxy).call(method, path), 401, "UNAUTHORIZED")


def test_a_token_that_reads_writes_nothing(scene):
    admin = Admin(scene.proxy)
    admin.sign_in()
    token = admin.post("/tokens", {"name": "reader", "scope": "read"}).json["token"]
    for method, path, _ in operations():
        if method == "GET" or path == "/admin/auth/login":
            continue
        path = path.removeprefix("/admin").replace("{id}", str(uuid.uuid4()))
        refused(Admin(scene.proxy, token).call(method, path), 403, "FORBIDDEN")
