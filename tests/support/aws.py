"""The services of AWS as moto plays them, with signatures and policies checked,
and the endpoint where a task of ECS gets its role's credentials."""

import contextlib
import datetime
import http.server
import json
import sys
import threading
import urllib.request

import boto3
import botocore.exceptions

from programs import Program, free_port, wait_for
from proxy import Proxy

REGION = "eu-central-1"
ACCOUNT = "123456789012"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            # Here the administrator stands in for ECS.
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/administrator"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def allow(*actions):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


TASK_POLICY = allow(
    "kms:GenerateDataKey",
    "kms:Decrypt",
    "secretsmanager:GetSecretValue",
    "monitoring:PutMetricData",  # moto's name of cloudwatch:PutMetricData
)


class Aws:
    """A moto server. From check_signatures() on it refuses what is not signed
    well, or not allowed by the policies of whoever signed."""

    def __init__(self, folder, certificate=None, host="127.0.0.1"):
        self.folder = folder
        self.port = free_port()
        self.host = host
        self.arguments = [sys.executable, "-m", "moto.server", "-H", host, "-p", self.port]
        if certificate:
            self.arguments += ["-c", certificate[0], "-k", certificate[1]]
        self.url = f"http{'s' if certificate else ''}://{host}:{self.port}"
        self.program = None
        self.keys = {"aws_access_key_id": "setup", "aws_secret_access_key": "setup"}
        self.start()

    def start(self):
        self.program = Program(self.arguments, self.folder, "moto")
        wait_for(self.is_up, timeout=60, what="moto's start")

    def is_up(self):
        assert self.program.is_running(), self.program.err()
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(f"{self.url}/moto-api/data.json", timeout=5)

    def stop(self):
        if self.program.is_running():
            self.program.kill()

    def client(self, service, **keys):
        return boto3.client(
            service, region_name=REGION, endpoint_url=self.url, **(keys or self.keys)
        )

    def check_signatures(self):
        """The administrator's own calls are signed too from now on."""
        iam = self.client("iam")
        iam.create_user(UserName="administrator")
        iam.put_user_policy(
            UserName="administrator", PolicyName="all", PolicyDocument=json.dumps(allow("*"))
        )
        made = iam.create_access_key(UserName="administrator")["AccessKey"]
        self.keys = {
            "aws_access_key_id": made["AccessKeyId"],
            "aws_secret_access_key": made["SecretAccessKey"],
        }
        request = urllib.request.Request(
            f"{self.url}/moto-api/reset-auth", b"0", {"content-type": "text/plain"}
        )
        urllib.request.urlopen(request, timeout=10).close()
        with contextlib.suppress(botocore.exceptions.ClientError):
            stranger = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "no"}
            self.client("kms", **stranger).list_keys()
            raise AssertionError("moto takes calls of strangers")

    def role(self, name, policy):
        """A role; its name is what Task() wants."""
        iam = self.client("iam")
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
        self.set_policy(name, policy)
        return name

    def set_policy(self, role, policy):
        self.client("iam").put_role_policy(
            RoleName=role, PolicyName="proxy", PolicyDocument=json.dumps(policy)
        )

    def credentials(self, role):
        return self.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", RoleSessionName="task"
        )["Credentials"]

    def secret(self, name, value):
        return self.client("secretsmanager").create_secret(
            Name=name, SecretString=value if isinstance(value, str) else json.dumps(value)
        )["ARN"]

    def metrics(self, namespace, **settings):
        """{(name, dimensions' values): the sum of the last hour}"""
        cloudwatch = self.client("cloudwatch")
        now = datetime.datetime.now(datetime.timezone.utc)
        found = {}
        for metric in cloudwatch.list_metrics(Namespace=namespace)["Metrics"]:
            points = cloudwatch.get_metric_statistics(
                Namespace=namespace,
                MetricName=metric["MetricName"],
                Dimensions=metric["Dimensions"],
                StartTime=now - datetime.timedelta(hours=1),
                EndTime=now + datetime.timedelta(hours=1),
                Period=7200,
                Statistics=["Sum", "SampleCount", "Maximum"],
            )["Datapoints"]
            values = sorted((d["Name"], d["Value"]) for d in metric["Dimensions"])
            key = (metric["MetricName"], *(value for _, value in values))
            if points:
                found[key] = points[0]
        return found


class Task:
    """What ECS gives a task: a link-local endpoint with credentials of its role."""

    def __init__(self, aws, role, lifetime=3600):
        self.aws = aws
        self.role = role
        self.lifetime = lifetime
        self.served = []
        task = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                allowed = self.headers.get("authorization") == "the-token-of-the-task"
                body = json.dumps(task.answer() if allowed else {"code": "refused"}).encode()
                self.send_response(200 if allowed else 403)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.variables = {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": (
                f"http://127.0.0.1:{self.server.server_address[1]}/v2/credentials/1"
            ),
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "the-token-of-the-task",
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": aws.url,
        }
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self):
        made = self.aws.credentials(self.role)
        ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(
            seconds=self.lifetime
        )
        self.served.append(made["AccessKeyId"])
        return {
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{self.role}",
            "AccessKeyId": made["AccessKeyId"],
            "SecretAccessKey": made["SecretAccessKey"],
            "Token": made["SessionToken"],
            "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class TaskProxy(Proxy):
    """A proxy that runs as a task: with the variables that ECS gives it."""

    def __init__(self, folder, simulator, variables, **settings):
        self.variables = variables
        super().__init__(folder, simulator, **settings)

    def environment(self):
        return {**super().environment(), **self.variables}
