"""The deployment as it is drawn, on one machine: two private subnets with tasks, nginx
as the balancer, PostgreSQL 15 with a standby as Aurora, a NAT, and behind it moto as
AWS and the simulator as Anthropic and Bedrock. Every connection that leaves a task
is TLS under an authority of the test's own, and every rule of the security groups
holds. All of it lives in network namespaces."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys

import netns
import postgres
from aws import ACCOUNT, REGION, TASK_POLICY, Aws
from certificates import Authority
from claude import DUMMY_KEY
from programs import ROOT, Program, find_program, wait_for
from proxy import BEDROCK_KEY, settle
from simulator import Simulator, text

DOMAIN = "proxy.example.com"
DATABASE = f"database.cluster-1.{REGION}.rds.amazonaws.com"
CLOUD = "203.0.113.80"
CREDENTIALS = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = open(sys.argv[1], "rb").read()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("169.254.170.2", 80), Handler).serve_forever()
"""

# The security groups of NetworkStack, at the one place where all traffic passes.
RULES = """
table ip filter {
  chain cut { }
  chain forward {
    type filter hook forward priority 0; policy drop;
    jump cut
    ct state established,related accept
    ip daddr 10.0.1.10 tcp dport { 80, 443 } accept
    ip saddr 10.0.1.10 ip daddr { 10.0.11.0/24, 10.0.12.0/24 } tcp dport 8000 accept
    ip saddr { 10.0.11.0/24, 10.0.12.0/24 } ip daddr { 10.0.11.50, 10.0.12.50 } tcp dport 5432 accept
    ip saddr { 10.0.11.0/24, 10.0.12.0/24 } oifname "internet" tcp dport 443 accept
  }
}
table ip nat {
  chain post {
    type nat hook postrouting priority 100;
    ip saddr { 10.0.11.0/24, 10.0.12.0/24 } oifname "internet" masquerade
  }
}
"""


class Task:
    """One container of the service."""

    def __init__(self, picture, number):
        letter, net = ("a", 11) if number % 2 else ("b", 12)
        self.picture = picture
        self.host = f"task{number}"
        self.address = f"10.0.{net}.{100 + number}"
        picture.world.host(
            self.host, f"private-{letter}", f"{self.address}/24", gateway=f"10.0.{net}.1"
        )
        picture.world.run(self.host, "ip", "addr", "add", "169.254.170.2/32", "dev", "lo")
        self.folder = picture.folder / self.host
        self.folder.mkdir()
        script = self.folder / "credentials.py"
        script.write_text(CREDENTIALS)
        answer = self.folder / "credentials.json"
        answer.write_text(json.dumps(picture.credentials))
        self.giver = picture.keep(
            Program(
                [*picture.world.prefix_of(self.host), sys.executable, script, answer],
                self.folder,
                "credentials",
            )
        )
        wait_for(self.has_credentials, what="the task's credentials")
        self.variables = {**picture.variables, "CCPROXY_DATA_DIR": str(self.folder / "data")}
        self.program = None

    def has_credentials(self):
        with self.picture.world.inside(self.host), contextlib.suppress(OSError):
            socket.create_connection(("169.254.170.2", 80), timeout=2).close()
            return True

    def start(self):
        self.program = self.picture.keep(
            Program(
                [*self.picture.world.prefix_of(self.host), self.picture.binary, "serve"],
                self.folder,
                "proxy",
                self.variables,
            )
        )
        wait_for(self.is_ready, timeout=60, what=f"health of {self.host}")
        return self

    def ask(self, path):
        """As the balancer's health check does."""
        with self.picture.world.inside("balancer"), contextlib.suppress(OSError):
            connection = http.client.HTTPConnection(self.address, 8000, timeout=5)
            connection.request("GET", path)
            return connection.getresponse().status

    def is_ready(self):
        assert self.program.is_running(), self.program.err() + self.program.out()[-2000:]
        return self.ask("/ready") == 200

    def command(self, *arguments, given=""):
        done = subprocess.run(
            [*self.picture.world.prefix_of(self.host), str(self.picture.binary), *arguments],
            input=given, capture_output=True, text=True, env=self.variables, cwd=self.folder,
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def completed(self):
        return sum('"event":"request_completed"' in line for line in self.program.out_lines())


class Picture:
    def __init__(self, folder):
        self.folder = folder
        self.programs = []
        self.tasks = []
        self.made = 0
        self.binary = find_program("CCPROXY_BIN", "build/ccproxy", "build/debug/ccproxy")
        self.world = netns.World()
        self.authority = Authority(folder / "authority")
        self.lay_out()
        self.start_cloud()
        self.start_databases()
        self.variables = self.variables_of_tasks()
        self.write_balancer()
        with self.world.inside("balancer"):
            self.balancer = self.keep(
                Program(["nginx", "-p", folder, "-c", folder / "balancer.conf"], folder, "balancer")
            )

    def keep(self, program):
        self.programs.append(program)
        return program

    def lay_out(self):
        world = self.world
        for name, gateway in {
            "public-a": "10.0.1.1/24", "public-b": "10.0.2.1/24", "private-a": "10.0.11.1/24",
            "private-b": "10.0.12.1/24", "internet": "203.0.113.1/24",
        }.items():  # fmt: skip
            world.subnet(name, gateway)
        rules = self.folder / "rules.nft"
        rules.write_text(RULES)
        world.run("router", "nft", "-f", rules)
        world.host("balancer", "public-a", "10.0.1.10/24", gateway="10.0.1.1")
        world.host("client", "internet", "203.0.113.100/24", gateway="203.0.113.1")
        # Without a way back: only what the NAT has translated is answered.
        world.host("cloud", "internet", f"{CLOUD}/24")
        world.host("db1", "private-a", "10.0.11.50/24", gateway="10.0.11.1")
        world.host("db2", "private-b", "10.0.12.50/24", gateway="10.0.12.1")
        world.name(DOMAIN, "10.0.1.10")
        world.name(DATABASE, "10.0.11.50")

    # ---- what stands outside ----

    def start_cloud(self):
        with self.world.inside("cloud"):
            self.simulator = Simulator(self.folder)
            self.keep(self.simulator.program)
            self.aws = Aws(self.folder)
            self.keep(self.aws.program)
            self.aws.check_signatures()
            self.arns = {
                "KeyHasherSecretArn": self.aws.secret("test/hasher", "h" * 64),
                "AdminCredentialsArn": self.aws.secret(
                    "test/admin", {"username": "admin", "password": "a-password-of-the-test"}
                ),
                "DatabaseSecretArn": self.aws.secret(
                    "rds!cluster", {"username": "ccproxy", "password": "database-password"}
                ),
            }
            self.arns["KeyArn"] = self.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
            made = self.aws.credentials(self.aws.role("task", TASK_POLICY))
        self.credentials = {
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/task",
            "AccessKeyId": made["AccessKeyId"],
            "SecretAccessKey": made["SecretAccessKey"],
            "Token": made["SessionToken"],
            "Expiration": "2099-01-01T00:00:00Z",
        }
        services = [f"{s}.{REGION}.amazonaws.com" for s in ("kms", "secretsmanager", "monitoring")]
        behind = {
            "api.anthropic.com": self.simulator.anthropic_url,
            f"bedrock-runtime.{REGION}.amazonaws.com": self.simulator.bedrock_url,
            **dict.fromkeys(services, self.aws.url),
        }
        certificate, key = self.authority.certificate(*behind)
        servers = ""
        for name, url in behind.items():
            self.world.name(name, CLOUD)
            servers += f"""
  server {{
    listen 443 ssl;
    server_name {name};
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    location / {{ proxy_pass {url}; }}
  }}"""
        self.write_nginx("cloud.conf", servers)
        with self.world.inside("cloud"):
            self.keep(Program(["nginx", "-p", self.folder, "-c", self.folder / "cloud.conf"],
                              self.folder, "cloud"))  # fmt: skip

    def write_nginx(self, file, servers):
        stem = file.removesuffix(".conf")
        (self.folder / file).write_text(f"""
user root;
daemon off;
worker_processes 1;
pid {self.folder}/{stem}.pid;
error_log {self.folder}/{stem}.log warn;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {self.folder}/{stem}-body;
  proxy_temp_path {self.folder}/{stem}-proxy;
  fastcgi_temp_path {self.folder}/{stem}-fastcgi;
  uwsgi_temp_path {self.folder}/{stem}-uwsgi;
  scgi_temp_path {self.folder}/{stem}-scgi;
  client_max_body_size 64m;
  ssl_protocols TLSv1.2 TLSv1.3;
  proxy_http_version 1.1;
  proxy_set_header Host $host;
  proxy_set_header Connection "";
  proxy_buffering off;
  proxy_request_buffering off;
  proxy_read_timeout 4000s;
  keepalive_timeout 4000s;
{servers}
}}
""")

    # ---- the balancer ----

    def write_balancer(self, tasks=()):
        certificate, key = getattr(self, "front", None) or self.authority.certificate(DOMAIN)
        self.front = (certificate, key)
        servers = "".join(f"    server {task.address}:8000 max_fails=1 fail_timeout=30s;\n" for task in tasks)
        self.write_nginx("balancer.conf", f"""
  upstream tasks {{
    least_conn;
{servers or "    server 127.0.0.1:1;"}
  }}
  server {{
    listen 80;
    return 301 https://$host$request_uri;
  }}
  server {{
    listen 443 ssl;
    server_name {DOMAIN};
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    location / {{
      proxy_set_header Host $host;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto https;
      proxy_connect_timeout 2s;
      proxy_pass http://tasks;
    }}
  }}""")  # fmt: skip

    def balance(self, *tasks):
        """These alone get new requests; those that run go on where they are."""
        self.tasks = list(tasks)
        self.write_balancer(tasks)
        workers = self.workers()
        self.balancer.signal(signal.SIGHUP)
        wait_for(lambda: self.workers() - workers, what="the balancer's new worker")

    def workers(self):
        children = f"/proc/{self.balancer.pid}/task/{self.balancer.pid}/children"
        return set(open(children).read().split())

    # ---- the database ----

    def start_databases(self):
        tls = self.authority.certificate(DATABASE)
        settings = {"wal_level": "replica", "synchronous_commit": "on", "hot_standby": "on"}
        folders = [self.folder / "db1", self.folder / "db2"]
        for folder in folders:
            folder.mkdir()
        with self.world.inside("db1"):
            first = postgres.Postgres(folders[0], host="0.0.0.0", tls=tls, port=5432, settings=settings)
        first.allow_all()
        first.sql("CREATE ROLE ccproxy LOGIN PASSWORD 'database-password'")
        first.sql("CREATE DATABASE proxy OWNER ccproxy")
        with self.world.inside("db2"):
            second = postgres.Postgres(folders[1], host="0.0.0.0", tls=tls, port=5432,
                                       settings=settings, standby_of=("10.0.11.50", first))  # fmt: skip
        first.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        first.sql("SELECT pg_reload_conf()")
        self.databases = [first, second]

    def fail_over(self):
        """What Aurora does: the writer dies, the reader is promoted, the name moves."""
        first, second = self.databases
        first.program.signal(signal.SIGQUIT)
        first.program.wait(30)
        yield
        second.sql("SELECT pg_promote()")
        second.sql("ALTER SYSTEM SET synchronous_standby_names = ''")
        second.sql("SELECT pg_reload_conf()")
        self.world.name(DATABASE, "10.0.12.50")

    # ---- the tasks ----

    def variables_of_tasks(self):
        """The container's environment as ComputeStack has it, with what the stacks fill in."""
        template = json.loads((ROOT / "cdk-spec/ComputeStack.json").read_text())
        [container] = template["Resources"]["TaskDefinition"]["Properties"]["ContainerDefinitions"]
        imported = {**self.arns, "DatabaseHost": DATABASE, "DatabasePort": "5432"}
        refs = {"BedrockRegion": REGION, "BedrockServiceCredentials": "false",
                "MetricNamespace": "ClaudeCodeProxy", "AdminCidrs": ["10.0.0.0/16"]}  # fmt: skip

        def resolve(value):
            if isinstance(value, str):
                return value
            [(kind, inner)] = value.items()
            if kind == "Ref":
                return refs[inner]
            if kind == "Fn::Join":
                return inner[0].join(resolve(inner[1]))
            if kind == "Fn::ImportValue":
                return imported[inner["Fn::Sub"].removeprefix("${Prefix}-")]
            return inner.replace("${DomainName}", DOMAIN).replace("${Prefix}", "claude-code-proxy")

        made = {entry["Name"]: resolve(entry["Value"]) for entry in container["Environment"]}
        authority = str(self.authority.file)
        return {
            **made,
            "CCPROXY_DB_CA_FILE": authority,
            "CCPROXY_PLAN_CA_FILE": authority,
            "CCPROXY_AWS_CA_FILE": authority,
            # What Fargate adds.
            "AWS_REGION": REGION,
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/1",
            # Smaller than a task's, for this one machine.
            "CCPROXY_MAX_STREAMS": "300",
        }

    def new_task(self):
        self.made += 1
        return Task(self, self.made)

    # ---- who uses it ----

    def user(self, name):
        task = self.tasks[0]
        task.command("user", "create", name)
        key = task.command("key", "issue", name)
        task.command("key", "bedrock-key", "set", key[:9], given=BEDROCK_KEY)
        return key

    def settle(self, key):
        settle(
            self.tasks[0].command, lambda path: [one.ask(f"/ak/{key}{path}") for one in self.tasks]
        )

    def streams(self, key, count):
        script = ROOT / "tests/support/streams.py"
        url = f"https://{DOMAIN}/ak/{key}"
        return self.keep(
            Program(
                [*self.world.prefix_of("client"), sys.executable, script, url,
                 self.authority.file, count],
                self.folder, f"streams-{len(self.programs)}",
            )  # fmt: skip
        )

    def outcomes(self, key, count=1):
        """What became of so many short streams."""
        return self.result(self.streams(key, count))

    def result(self, program):
        assert program.wait(180) == 0, program.err()
        return json.loads(program.out())

    def claude_says(self, key, words):
        home = self.folder / "claude"
        home.mkdir(exist_ok=True)
        binary = find_program("CCPROXY_CLAUDE", "build/npm/node_modules/.bin/claude")
        done = subprocess.run(
            [*self.world.prefix_of("client"), binary, "-p", words],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=home, timeout=120,
            check=False,
            env={
                "HOME": str(home), "PATH": os.environ["PATH"], "ANTHROPIC_API_KEY": DUMMY_KEY,
                "ANTHROPIC_BASE_URL": f"https://{DOMAIN}/ak/{key}",
                "NODE_EXTRA_CA_CERTS": str(self.authority.file),
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1",
            },
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def plan(self, *answers):
        with self.world.inside("cloud"):
            self.simulator.reset()
            self.simulator.plan(*answers)
            self.simulator.bedrock(text("from bedrock", times=0))

    def plan_requests(self):
        with self.world.inside("cloud"):
            return len(self.simulator.plan_requests(body=False))

    def cut_nat(self):
        self.world.run("router", "nft", "add", "rule", "ip", "filter", "cut", "oifname",
                       "internet", "ip", "daddr", CLOUD, "reject", "with", "tcp", "reset")  # fmt: skip

    def mend_nat(self):
        self.world.run("router", "nft", "flush", "chain", "ip", "filter", "cut")

    def end(self):
        for program in reversed(self.programs):
            if program.is_running():
                program.kill()
        for database in getattr(self, "databases", []):
            database.stop()
        self.world.end()
