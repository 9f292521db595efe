"""KMS, Secrets Manager, CloudWatch and the credentials of a task, against a moto
server that checks every signature and policy; and what happens without them."""

import base64
import contextlib
import hashlib
import hmac
import itertools
import json
import signal
import time

import botocore.exceptions
import pytest

from aws import ACCOUNT, REGION, TASK_POLICY, Aws, Task, TaskProxy, allow
from http_client import send
from programs import wait_for
from proxy import BEDROCK_KEY
from simulator import RATE_LIMITED, text

numbers = itertools.count(1)
HASHER = "a-hasher-secret-of-the-tests-0123456789abcdefghij"
PASSWORD = "the-admins-own-password"


@pytest.fixture(scope="module")
def the_aws(tmp_path_factory):
    aws = Aws(tmp_path_factory.mktemp("aws"))
    aws.check_signatures()
    yield aws
    aws.stop()


@pytest.fixture
def aws(the_aws):
    yield the_aws
    with contextlib.suppress(ProcessLookupError):
        the_aws.program.signal(signal.SIGCONT)


@pytest.fixture
def make_task(aws):
    """A task's endpoint, with a role of the test's own."""
    made = []

    def make(policy=TASK_POLICY, **options):
        role = f"role-{next(numbers)}"
        made.append(Task(aws, aws.role(role, policy), **options))
        return made[-1]

    yield make
    for task in made:
        task.stop()


@pytest.fixture
def start_proxy(tmp_path, simulator):
    """Starts a proxy as a task: start_proxy(variables=task.variables, setting=value)."""
    started = []

    def start(**settings):
        folder = tmp_path / f"proxy-{len(started)}"
        folder.mkdir()
        started.append(TaskProxy(folder, simulator, **settings))
        return started[-1]

    yield start
    for proxy in started:
        if proxy.program.is_running():
            proxy.stop()


@pytest.fixture
def key_id(aws):
    return aws.client("kms").create_key()["KeyMetadata"]["KeyId"]


def sealed_blob(proxy):
    [row] = proxy.query("SELECT access_key_id, encrypted_key FROM bedrock_keys")
    return row["access_key_id"], bytes(row["encrypted_key"])


def wrapped_key_of(blob):
    """SE-1: version, mode, 8 bytes of key id, then the wrapped key's length."""
    for start in range(2, 24):
        length = int.from_bytes(blob[start : start + 2], "big")
        if 64 <= length <= len(blob) - start - 2 - 28:
            return blob[start + 2 : start + 2 + length]
    raise AssertionError(f"no wrapped key in {len(blob)} bytes")


# ---- KMS ----


def test_credentials_are_sealed_by_kms_for_their_access_key_alone(
    aws, make_task, key_id, start_proxy, simulator
):
    proxy = start_proxy(variables=make_task().variables, kms_key_id=key_id)
    user = proxy.user()
    access_key_id, blob = sealed_blob(proxy)
    assert BEDROCK_KEY.encode() not in blob
    kms = aws.client("kms")
    wrapped = wrapped_key_of(blob)
    context = {"access_key_id": access_key_id}
    opened = kms.decrypt(CiphertextBlob=wrapped, EncryptionContext=context)
    assert len(opened["Plaintext"]) == 32 and key_id in opened["KeyId"]
    assert opened["Plaintext"] not in blob
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidCiphertext"):
        kms.decrypt(CiphertextBlob=wrapped, EncryptionContext={"access_key_id": "another"})
    simulator.plan(RATE_LIMITED)
    simulator.bedrock(text("hello"))
    answer = user.ask()
    assert (answer.status, answer.provider) == (200, "bedrock")
    [sent] = simulator.bedrock_requests()
    assert sent.header("authorization") == [f"Bearer {BEDROCK_KEY}"]


def test_credentials_move_from_a_local_key_to_kms(make_task, key_id, start_proxy):
    proxy = start_proxy(variables=make_task().variables)
    proxy.user()
    _, before = sealed_blob(proxy)
    proxy.settings["kms_key_id"] = key_id

    said = proxy.run("migrate", "--reseal").stderr

    assert "of 1 Bedrock credentials 1 were sealed anew" in said
    _, after = sealed_blob(proxy)
    assert (before[1], after[1]) == (1, 2), "the mode of SE-1"


def test_what_kms_denies_is_said_and_holds_nothing_up(
    aws, make_task, key_id, start_proxy, simulator
):
    task = make_task(allow("kms:Decrypt"))
    proxy = start_proxy(variables=task.variables, kms_key_id=key_id)
    user = proxy.user(bedrock_key=None)
    said = proxy.command(
        "key", "bedrock-key", "set", user.key[:9], given=BEDROCK_KEY, expect=1
    )
    assert "GenerateDataKey" in said and "AccessDenied" in said
    assert BEDROCK_KEY not in said
    simulator.plan(text("hello"))
    assert user.ask().status == 200


def test_without_kms_the_plan_goes_on_and_its_failure_is_the_answer(
    aws, make_task, key_id, start_proxy, simulator
):
    proxy = start_proxy(
        variables=make_task().variables, kms_key_id=key_id, bedrock_key_cache_ttl=1
    )
    user = proxy.user()
    for trouble in (signal.SIGSTOP,):
        aws.program.signal(trouble)
        simulator.plan(text("hello"), RATE_LIMITED)
        begun = time.monotonic()
        assert user.ask().status == 200
        assert time.monotonic() - begun < 3, "the Plan's answer waited for KMS"
        answer = user.ask(timeout=60)
        assert answer.status == 429, "the Plan's answer, as Bedrock can't be used"
        assert time.monotonic() - begun < 6
        aws.program.signal(signal.SIGCONT)


def test_kms_that_refuses_connections_delays_nothing(make_task, start_proxy, simulator, tmp_path):
    """One of the test's own, since it is ended."""
    (tmp_path / "kms").mkdir()
    aws = Aws(tmp_path / "kms")
    try:
        key = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
        variables = make_task().variables | {"AWS_ENDPOINT_URL": aws.url}
        proxy = start_proxy(variables=variables, kms_key_id=key)
        user = proxy.user()
        another = proxy.user(bedrock_key=None)
    finally:
        aws.stop()
    simulator.plan(text("hello"), RATE_LIMITED, RATE_LIMITED)
    begun = time.monotonic()
    assert user.ask().status == 200
    assert time.monotonic() - begun < 1, "the Plan's answer waited for KMS"
    assert user.ask(timeout=60).status == 429, "the Plan's answer, as Bedrock can't be used"
    assert time.monotonic() - begun < 5
    said = proxy.command("key", "bedrock-key", "set", another.key[:9], given=BEDROCK_KEY, expect=1)
    assert "connect" in said.lower() and BEDROCK_KEY not in said
    assert simulator.bedrock_requests() == []


def test_a_fallback_goes_on_while_kms_hangs(aws, make_task, key_id, start_proxy, simulator):
    proxy = start_proxy(variables=make_task().variables, kms_key_id=key_id, bedrock_key_cache_ttl=1)
    user = proxy.user(routing="bedrock_only")
    simulator.bedrock(text("hello", times=0))
    for _ in range(2):
        assert user.ask().status == 200
        # The life of what was opened, and the time in which the new key is heeded: no
        # condition tells of their end.
        time.sleep(1.2)
    aws.program.signal(signal.SIGSTOP)
    try:
        for longest in (4, 1):
            answer = user.ask()
            assert (answer.status, answer.provider) == (200, "bedrock")
            assert answer.seconds < longest
    finally:
        aws.program.signal(signal.SIGCONT)


# ---- Secrets Manager ----


@pytest.fixture
def secrets(aws):
    """Secrets of the test's own: {setting: (name, ARN)}"""
    made = {}
    for name, value in {
        "key-hasher-secret": HASHER,
        "admin-credentials": {"username": "chief", "password": PASSWORD},
    }.items():
        full = f"test-{next(numbers)}/{name}"
        made[name] = (full, aws.secret(full, value))
    return made


def environment_of_tasks(secrets, form):
    return {
        "environment": "prod",
        "encryption_key": hashlib.sha256(b"a master key").hexdigest(),
        "key_hasher_secret_secret": secrets["key-hasher-secret"][form],
        "admin_credentials_secret": secrets["admin-credentials"][form],
        "plan_api_key_secret": "claude-code-proxy/plan-api-key-that-nobody-made",
    }


@pytest.mark.parametrize("form", [0, 1], ids=["name", "arn"])
def test_secrets_are_read_by_name_and_by_arn(make_task, secrets, start_proxy, form):
    proxy = start_proxy(variables=make_task().variables, **environment_of_tasks(secrets, form))
    user = proxy.user()
    answer = user.send("POST", "/v1/messages", b"{", [("content-type", "application/json")])
    assert answer.status == 400, "the key is known, so it was hashed with the secret"
    [row] = proxy.query("SELECT key_hash FROM access_keys")
    assert row["key_hash"] == hmac.new(HASHER.encode(), user.key.encode(), "sha256").hexdigest()
    basic = base64.b64encode(f"chief:{PASSWORD}".encode()).decode()
    signed_in = send(
        proxy.url, "POST", "/admin/auth/login", b"", [("authorization", f"Basic {basic}")]
    )
    assert signed_in.status == 200
    out = proxy.program.out() + proxy.program.err()
    assert HASHER not in out and PASSWORD not in out


def test_a_plan_key_in_secrets_manager_is_used(aws, make_task, start_proxy, simulator):
    simulator.accept("anthropic", "sk-ant-api03-shared-key-of-a-secret")
    name = "plan-api-key-of-a-test"
    aws.secret(name, "sk-ant-api03-shared-key-of-a-secret")
    proxy = start_proxy(variables=make_task().variables, plan_api_key_secret=name)
    user = proxy.user()
    simulator.plan(text("hello"))
    answer = user.ask(headers=[("content-type", "application/json")])
    assert answer.status == 200
    [sent] = simulator.plan_requests()
    assert sent.header("x-api-key") == ["sk-ant-api03-shared-key-of-a-secret"]


def test_a_start_without_leave_to_read_its_secrets_says_so(make_task, secrets, start_proxy):
    task = make_task(allow("kms:Decrypt"))
    with pytest.raises(AssertionError) as failed:
        start_proxy(variables=task.variables, **environment_of_tasks(secrets, 0))
    said = str(failed.value)
    assert "key_hasher_secret" in said and "AccessDenied" in said
    assert HASHER not in said


@pytest.mark.parametrize("trouble", ["stopped", "slow"])
def test_a_start_without_secrets_manager_ends_soon_and_says_why(
    aws, make_task, secrets, start_proxy, trouble
):
    variables = make_task().variables
    if trouble == "stopped":
        variables = {**variables, "AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://127.0.0.1:1"}
    else:
        # Its own credentials come from elsewhere, or they would be what is waited for.
        held = aws.credentials(aws.role(f"role-{next(numbers)}", TASK_POLICY))
        variables = {
            "AWS_ACCESS_KEY_ID": held["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": held["SecretAccessKey"],
            "AWS_SESSION_TOKEN": held["SessionToken"],
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": aws.url,
        }
        aws.program.signal(signal.SIGSTOP)
    begun = time.monotonic()
    with pytest.raises(AssertionError) as failed:
        start_proxy(variables=variables, **environment_of_tasks(secrets, 0))
    assert time.monotonic() - begun < 19, "all secrets together wait once"
    assert "key_hasher_secret: secretsmanager GetSecretValue" in str(failed.value)


# ---- credentials ----


@pytest.mark.long
def test_a_tasks_credentials_are_renewed_before_they_end(
    aws, make_task, key_id, start_proxy, simulator
):
    task = make_task(lifetime=16)
    proxy = start_proxy(
        variables=task.variables, kms_key_id=key_id, bedrock_key_cache_ttl=1
    )
    user = proxy.user()
    first = len(task.served)
    wait_for(lambda: len(task.served) > first, timeout=16, what="new credentials")
    simulator.plan(RATE_LIMITED)
    simulator.bedrock(text("hello"))
    assert user.ask().provider == "bedrock"


def test_a_refused_token_of_the_task_is_said_without_it(make_task, key_id, start_proxy):
    task = make_task()
    variables = {**task.variables, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "another-token"}
    proxy = start_proxy(variables=variables, kms_key_id=key_id)
    user = proxy.user(bedrock_key=None)
    said = proxy.command(
        "key", "bedrock-key", "set", user.key[:9], given=BEDROCK_KEY, expect=1
    )
    assert "another-token" not in said and BEDROCK_KEY not in said


# ---- CloudWatch ----


def test_cloudwatch_is_told_what_happened(aws, make_task, start_proxy, simulator):
    proxy = start_proxy(
        variables=make_task().variables, cloudwatch_mode="put", cloudwatch_namespace="Told"
    )
    user = proxy.user()
    simulator.plan(text("hello"), text("hello"), RATE_LIMITED, {"status": 400})
    simulator.bedrock(text("hello"))
    assert [user.ask().status for _ in range(4)] == [200, 200, 200, 400]
    proxy.stop()
    told = aws.metrics("Told")
    assert told[("RequestCount", "plan")]["Sum"] == 3
    assert told[("RequestCount", "bedrock")]["Sum"] == 1
    assert told[("ErrorCount", "invalid_request_error", "plan")]["Sum"] == 1
    assert told[("FallbackCount", "plan")]["Sum"] == 1
    # moto adds to these what has further dimensions.
    assert {("ErrorCount", "plan"), ("FallbackCount",), ("UsageQueueDepth",)} <= set(told)
    assert told[("TokensUsed", "plan", "output")]["Sum"] > 0
    assert told[("EstimatedCost", "bedrock")]["Sum"] > 0
    latency = told[("RequestLatency", "plan")]
    assert latency["SampleCount"] == 3 and 0 < latency["Maximum"] < 60000


@pytest.mark.parametrize("trouble", ["stopped", "slow", "denying"])
def test_trouble_with_cloudwatch_never_reaches_a_request_nor_the_end(
    aws, make_task, start_proxy, simulator, trouble
):
    variables = make_task(TASK_POLICY if trouble != "denying" else allow("kms:Decrypt")).variables
    if trouble == "stopped":
        variables = {**variables, "AWS_ENDPOINT_URL_CLOUDWATCH": "http://127.0.0.1:1"}
    proxy = start_proxy(variables=variables, cloudwatch_mode="put")
    user = proxy.user()
    if trouble == "slow":
        aws.program.signal(signal.SIGSTOP)
    simulator.plan(text("hello"))
    begun = time.monotonic()
    assert user.ask().status == 200
    assert time.monotonic() - begun < 3
    begun = time.monotonic()
    proxy.stop()
    assert time.monotonic() - begun < 15
    [failed] = [line for line in proxy.log() if line["event"] == "metrics_failed"]
    assert failed["sink"] == "cloudwatch"
    if trouble == "denying":
        assert "AccessDenied" in failed["message"]
    assert json.dumps(failed).count("SECRET") == 0


def test_a_health_check_reads_no_secret(aws, make_task, secrets, start_proxy):
    """Else every check would be paid for, and a slow service would have tasks killed."""
    proxy = start_proxy(variables=make_task().variables, **environment_of_tasks(secrets, 0))
    aws.program.signal(signal.SIGSTOP)
    begun = time.monotonic()
    proxy.command("healthcheck")
    assert time.monotonic() - begun < 4, "the task's time-out is 5 s"


def test_a_role_is_taken_on_with_a_web_identity(start_proxy, simulator, tmp_path):
    """By a server of its own: the one that checks signatures does not take this call, which has none."""
    (tmp_path / "aws").mkdir()
    (tmp_path / "token").write_text("a.web.token")
    aws = Aws(tmp_path / "aws")
    try:
        role = aws.role("web", TASK_POLICY)
        proxy = start_proxy(
            variables={
                "AWS_REGION": REGION,
                "AWS_ENDPOINT_URL": aws.url,
                "AWS_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/{role}",
                "AWS_ROLE_SESSION_NAME": "proxy",
                "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"),
            },
            kms_key_id=aws.client("kms").create_key()["KeyMetadata"]["KeyId"],
            aws_endpoint_url_sts=aws.url,
        )
        user = proxy.user()
        simulator.plan(RATE_LIMITED)
        simulator.bedrock(text("hello"))
        answer = user.ask()
        assert (answer.status, answer.provider) == (200, "bedrock")
    finally:
        aws.stop()
