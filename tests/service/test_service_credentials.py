"""Access keys without a Bedrock credential are served with the service's own AWS keys,
from wherever AWS's tools look for them; the simulator verifies each signature."""

import contextlib
import datetime
import http.server
import json
import threading

import pytest

from programs import free_port, wait_for
from simulator import text

KEY_ID, SECRET, TOKEN = "AKIDSERVICE", "the-secret-of-the-service", "a/token+of=sts"


def in_seconds(seconds):
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Keys:
    """What a source of credentials hands out now."""

    def __init__(self):
        self.generation = 0
        self.lifetime = 3600
        self.asked = []

    @property
    def id(self):
        return f"{KEY_ID}{self.generation}"

    def json(self):
        return {
            "AccessKeyId": self.id,
            "SecretAccessKey": SECRET,
            "Token": TOKEN,
            "Expiration": in_seconds(self.lifetime),
        }

    def xml(self):
        return (
            "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
            f"<AccessKeyId>{self.id}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey>"
            f"<SessionToken>{TOKEN}</SessionToken><Expiration>{in_seconds(self.lifetime)}"
            "</Expiration></Credentials></AssumeRoleWithWebIdentityResult>"
            "</AssumeRoleWithWebIdentityResponse>"
        )


@contextlib.contextmanager
def host_of(keys):
    """The endpoints that containers, instances and STS have, on one port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self, body, status=200):
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def do_PUT(self):
            keys.asked.append(("token", self.headers["x-aws-ec2-metadata-token-ttl-seconds"]))
            self.answer("a-token")

        def do_GET(self):
            keys.asked.append((self.path, self.headers["authorization"]))
            if self.path == "/container":
                self.answer(json.dumps(keys.json()))
            elif self.headers["x-aws-ec2-metadata-token"] != "a-token":
                self.answer("no token", 401)
            elif self.path.endswith("/security-credentials/"):
                self.answer("the-role")
            elif self.path.endswith("/security-credentials/the-role"):
                self.answer(json.dumps({"Code": "Success", **keys.json()}))
            else:
                self.answer("", 404)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            keys.asked.append(("sts", body))
            self.answer(keys.xml())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def keys():
    return Keys()


@pytest.fixture
def host(keys):
    with host_of(keys) as url:
        yield url


def environment(keys, host, folder):
    return {
        "AWS_ACCESS_KEY_ID": keys.id,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_SESSION_TOKEN": TOKEN,
    }


def write_profile(keys, folder):
    (folder / "credentials").write_text(
        "[default]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = other\n"
        f"[work]\naws_access_key_id = {keys.id}\naws_secret_access_key = {SECRET}\n"
        f"aws_session_token = {TOKEN}\n"
    )


def profile(keys, host, folder):
    write_profile(keys, folder)
    return {
        "AWS_PROFILE": "work",
        "AWS_SHARED_CREDENTIALS_FILE": folder / "credentials",
        "AWS_CONFIG_FILE": folder / "none",
    }


def container(keys, host, folder):
    return {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{host}/container",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "Basic container",
    }


def instance(keys, host, folder):
    return {"AWS_EC2_METADATA_SERVICE_ENDPOINT": host}


def web_identity(keys, host, folder):
    (folder / "token").write_text("a.web.token")
    return {
        "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/proxy",
        "AWS_ROLE_SESSION_NAME": "proxy",
        "AWS_WEB_IDENTITY_TOKEN_FILE": folder / "token",
        "aws_endpoint_url_sts": host,
    }


SOURCES = [environment, profile, container, instance, web_identity]
# A home without profiles of whoever runs the tests.
ALONE = {"bedrock_use_service_credentials": "true", "HOME": "/nonexistent"}


@pytest.fixture
def start(start_proxy, simulator, keys, host, tmp_path):
    """Starts a proxy with a source of keys, which the simulator accepts."""

    def start(source, **settings):
        simulator.accept_aws_key(keys.id, SECRET, TOKEN)
        return start_proxy(**ALONE, **source(keys, host, tmp_path), **settings)

    return start


def bare_user(proxy):
    return proxy.user(bedrock_key=None, routing="bedrock_only")


def signer(request):
    (value,) = request.header("authorization")
    return value.split("Credential=")[1].split("/")[0]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
def test_the_keys_are_found_where_the_tools_of_aws_look(simulator, start, keys, source):
    user = bare_user(start(source))
    simulator.bedrock(text("Signed.", times=0))

    whole, streamed = user.ask(), user.ask(stream=True)

    assert (whole.status, whole.text, streamed.text) == (200, "Signed.", "Signed.")
    assert [signer(sent) for sent in simulator.bedrock_requests()] == [keys.id] * 2
    if source is container:
        assert ("/container", "Basic container") in keys.asked
    if source is web_identity:
        assert "WebIdentityToken=a.web.token" in dict(keys.asked)["sts"]


MODELS = ["us.anthropic.claude-opus-4-1-20250805-v1:0"] + [
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2"
]


@pytest.mark.parametrize("api", ["converse", "invoke", "messages"])
def test_ids_with_colons_and_slashes_are_signed_as_bedrock_reads_them(simulator, start, api):
    proxy = start(environment, bedrock_api=api)
    user = bare_user(proxy)

    for model in MODELS:
        user.key = proxy.command("key", "issue", user.name, "--model", model)
        assert user.ask().status == 200
        assert user.ask(stream=True).status == 200
        assert user.send("POST", "/v1/messages/count_tokens", COUNTED).status == 200

    assert {sent.status for sent in simulator.bedrock_requests()} <= {200, 400}
    assert {sent.model for sent in simulator.bedrock_requests() if sent.status == 200} >= set(
        MODELS
    )


COUNTED = json.dumps(
    {"model": "claude-opus-5-5", "messages": [{"role": "user", "content": "x"}]}
).encode()


def test_the_other_host_of_messages_has_a_service_name_of_its_own(simulator, start):
    user = bare_user(start(environment, bedrock_api="messages", bedrock_messages_host="mantle"))
    simulator.change(mantle=True)

    assert user.ask(model="claude-haiku-4-5").status == 200
    assert user.ask(model="claude-opus-4-6", stream=True).status == 200

    assert [sent.model for sent in simulator.bedrock_requests()] == [
        "anthropic.claude-haiku-4-5",
        "anthropic.claude-opus-4-6",
    ]


def rotate(simulator, keys):
    simulator.accept_aws_key(f"{KEY_ID}{keys.generation + 1}", SECRET, TOKEN)
    keys.generation += 1


@pytest.mark.long
@pytest.mark.parametrize("source", [profile, container], ids=["profile", "container"])
def test_keys_that_were_changed_are_fetched_anew(simulator, start, keys, source, tmp_path):
    user = bare_user(start(source))
    assert user.ask().status == 200
    simulator.accept_aws_key(keys.id, SECRET, TOKEN, expired=True)
    rotate(simulator, keys)
    write_profile(keys, tmp_path)

    # Keys that are younger than half a minute are not fetched again.
    wait_for(lambda: user.ask().status == 200, timeout=60, what="new keys")

    assert signer(simulator.bedrock_requests()[-1]) == keys.id


def test_keys_are_renewed_before_they_end_without_a_refusal(simulator, start, keys):
    keys.lifetime = 20
    user = bare_user(start(container))
    assert user.ask().status == 200
    rotate(simulator, keys)

    wait_for(lambda: user.ask() and signer(simulator.bedrock_requests()[-1]) == keys.id, 20)

    assert {sent.status for sent in simulator.bedrock_requests()} == {200}


def test_an_access_keys_own_credential_comes_first(simulator, start):
    proxy = start(environment)

    proxy.user(routing="bedrock_only").ask()

    assert simulator.only("bedrock").header("authorization")[0].startswith("Bearer ABSK")


def test_the_command_that_tries_bedrock_signs_too(simulator, start, keys):
    proxy = start(environment)
    user = bare_user(proxy)

    proxy.command("bedrock", "test", "--key", user.key[:9])

    assert signer(simulator.only("bedrock")) == keys.id
    simulator.accept_aws_key(keys.id, SECRET, TOKEN, expired=True)
    finished = proxy.run("bedrock", "test", "--key", user.key[:9])
    assert finished.returncode == 1 and "has expired" in finished.stderr


def test_a_signature_that_is_refused_is_the_operators_fault(simulator, start):
    user = bare_user(start(environment, aws_region="us-east-1"))
    simulator.reset()

    answer = user.ask()

    assert (answer.status, answer.error["type"]) == (503, "api_error")
    assert answer.header("x-should-retry") == "false"
    assert "Bedrock credential was refused" in answer.error["message"]


def test_without_any_source_the_answer_says_so_at_once(simulator, start_proxy):
    proxy = start_proxy(
        **ALONE,
        AWS_EC2_METADATA_SERVICE_ENDPOINT=f"http://127.0.0.1:{free_port()}",
    )
    user = bare_user(proxy)

    answer = user.ask()

    assert answer.status == 503 and answer.seconds < 15
    assert simulator.requests() == []


def test_no_key_of_the_service_is_ever_logged(simulator, start):
    proxy = start(environment)

    bare_user(proxy).ask()

    said = proxy.program.out() + proxy.program.err()
    assert SECRET not in said and TOKEN not in said
