"""The database of the design: PostgreSQL over verified TLS, whose password stands
in a secret that RDS rotates while the proxy runs."""

import pytest

import postgres
from aws import Aws, Task, TaskProxy, allow
from certificates import Authority
from http_client import send
from programs import wait_for
from simulator import text

pytestmark = pytest.mark.skipif(not postgres.is_there(), reason="no PostgreSQL 15")


@pytest.fixture
def aws(tmp_path):
    folder = tmp_path / "aws"
    folder.mkdir()
    aws = Aws(folder)
    aws.check_signatures()
    yield aws
    aws.stop()


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "authority")


@pytest.fixture
def database(tmp_path, authority):
    folder = tmp_path / "postgres"
    folder.mkdir()
    server = postgres.Postgres(folder, tls=authority.certificate("localhost"))
    server.sql("CREATE DATABASE proxy")
    server.sql("CREATE ROLE ccproxy LOGIN PASSWORD 'password-one'")
    server.sql("GRANT ALL ON DATABASE proxy TO ccproxy")
    server.sql("GRANT ALL ON SCHEMA public TO ccproxy", database="proxy")
    yield server
    server.stop()


def rds_secret(password):
    """Members as RDS writes them."""
    return {"username": "ccproxy", "password": password}


@pytest.fixture
def proxy(tmp_path, aws, simulator, database, authority):
    arn = aws.secret("rds!cluster-1", rds_secret("password-one"))
    task = Task(aws, aws.role("task", allow("secretsmanager:GetSecretValue")))
    folder = tmp_path / "proxy"
    folder.mkdir()
    proxy = TaskProxy(
        folder,
        simulator,
        task.variables,
        db_host="localhost",
        db_port=database.port,
        db_ca_file=authority.file,
        db_sslmode="verify-full",
        db_password_secret=arn,
        auto_migrate="true",
        access_key_cache_ttl=1,
        stale_auth_seconds=0,
    )
    yield proxy
    proxy.stop()
    task.stop()


def test_a_rotated_password_is_read_again_while_the_proxy_runs(
    aws, proxy, database, simulator
):
    user = proxy.user()
    simulator.plan(text("hello", times=0))
    assert user.ask().status == 200
    encrypted = "SELECT count(*) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE {}"
    ours = "a.usename = 'ccproxy' AND {}"
    assert int(database.sql(encrypted.format(ours.format("s.ssl")))) > 0
    assert database.sql(encrypted.format(ours.format("NOT s.ssl"))) == "0"

    database.sql("ALTER ROLE ccproxy PASSWORD 'password-two'")
    aws.client("secretsmanager").put_secret_value(
        SecretId="rds!cluster-1", SecretString='{"username":"ccproxy","password":"password-two"}'
    )
    database.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ccproxy'"
    )
    wait_for(
        lambda: send(proxy.url, "GET", "/ready").status == 200,
        timeout=30,
        what="the database with its new password",
    )
    another = proxy.user()
    assert another.ask().status == 200 and user.ask().status == 200
    out = proxy.program.out() + proxy.program.err()
    assert "password-one" not in out and "password-two" not in out
