"""The built proxy, run as an operator runs it: settings in the environment,
users and keys by the command line, rows read from the database file."""

import contextlib
import itertools
import json
import os
import re
import sqlite3
import subprocess
import time

from http_client import PLAN_HEADERS, ask, send
from programs import Program, find_program, wait_for

BEDROCK_KEY = "ABSK-dummy-bedrock-credential-of-the-tests"


def settle(command, statuses):
    """Waits until all have heeded every change so far. A process that heeds one forgets whom
    it knew, and then reads the table of models anew; from then on it keeps whom it knows."""
    name = f"settled-{time.monotonic_ns()}"
    command("model", "map", name, "global.anthropic.claude-opus-5")
    wait_for(lambda: set(statuses(f"/v1/models/{name}")) == {200}, what="heeding all changes")


class User:
    """A developer with one access key."""

    def __init__(self, proxy, name, user_id, key):
        self.proxy = proxy
        self.name = name
        self.id = user_id
        self.key = key

    @property
    def url(self):
        return f"{self.proxy.url}/ak/{self.key}"

    def ask(self, words="hello", **more):
        return ask(self.url, words, **more)

    def send(self, method, path, body=None, headers=PLAN_HEADERS, timeout=30):
        return send(self.url, method, path, body, headers, timeout)


class Proxy:
    def __init__(self, folder, simulator, config_file=None, **settings):
        self.folder = folder
        self.flags = ["--config", config_file] if config_file else []
        self.binary = find_program("CCPROXY_BIN", "build/ccproxy", "build/debug/ccproxy")
        self.data = folder / "ccproxy-data"
        self.database = self.data / "ccproxy.db"
        self.port = 0
        self.url = None
        self.settings = {
            "data_dir": self.data,
            "listen": "127.0.0.1:0",
            "plan_api_url": simulator.anthropic_url,
            "bedrock_endpoint": simulator.bedrock_url,
            **settings,
        }
        content = self.binary.read_bytes()
        self.is_sanitized = b"__asan_init" in content or b"__tsan_init" in content
        self.program = None
        self.runs = itertools.count(1)
        self.names = itertools.count(1)
        self.start()

    def environment(self):
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CCPROXY_", "AWS_", "ANTHROPIC_"))
        }
        # Names in capitals are variables of their own, such as those of AWS.
        chosen = {
            name if name.isupper() else f"CCPROXY_{name.upper()}": str(value)
            for name, value in self.settings.items()
        }
        return {**kept, **chosen}

    def start(self):
        self.program = Program(
            [self.binary, "serve", *self.flags],
            self.folder,
            f"proxy-{next(self.runs)}",
            self.environment(),
        )
        if self.port == 0:
            self.port = wait_for(self.chosen_port, timeout=60, what="the proxy's start")
            self.url = f"http://127.0.0.1:{self.port}"
            # A later start is to be found where this one was.
            self.settings["listen"] = f"127.0.0.1:{self.port}"
        wait_for(self.is_ready, timeout=60, what="the proxy's start")

    def chosen_port(self):
        """The port that the system gave: no other process can have taken it."""
        assert self.program.is_running(), self.program.err()
        found = re.search(r"listening on http://[^/]*:([0-9]+)", self.program.err())
        return int(found.group(1)) if found else None

    def is_ready(self):
        assert self.program.is_running(), self.program.err()
        with contextlib.suppress(OSError):
            return send(self.url, "GET", "/ready").status == 200

    def stop(self):
        """Ends it as an orchestrator does, and looks at what it left."""
        code = self.program.stop()
        self.program.assert_no_sanitizer_report()
        assert code == 0, (code, self.program.err()[-2000:])

    def run(self, *arguments, given=""):
        """Runs the command line."""
        return subprocess.run(
            [str(self.binary), *arguments, *map(str, self.flags)],
            input=given,
            capture_output=True,
            text=True,
            env=self.environment(),
            cwd=self.folder,
            timeout=60,
        )

    def command(self, *arguments, given="", expect=0):
        """Runs it; its standard output without the last line end, if that was expected."""
        finished = self.run(*arguments, given=given)
        assert finished.returncode == expect, (
            arguments,
            finished.returncode,
            finished.stderr,
        )
        return finished.stdout.rstrip("\n") if expect == 0 else finished.stderr

    def user(self, name=None, bedrock_key=BEDROCK_KEY, routing=None, budget=None):
        """A new user with a key; bedrock_key None: without a way to Bedrock."""
        name = name or f"user-{next(self.names)}"
        options = ["--budget", budget] if budget else []
        user_id = self.command("user", "create", name, *options)
        key = self.command("key", "issue", name)
        if bedrock_key:
            self.command("key", "bedrock-key", "set", key[:9], given=bedrock_key)
        if routing:
            self.command("user", "set", name, "--routing", routing)
        return User(self, name, user_id, key)

    def settle(self, key):
        settle(self.command, lambda path: [send(self.url, "GET", f"/ak/{key}{path}").status])

    def log(self):
        """The log of this run, as objects."""
        return [json.loads(line) for line in self.program.out_lines()]

    def query(self, sql, *values):
        with contextlib.closing(
            sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)
        ) as database:
            database.row_factory = sqlite3.Row
            return database.execute(sql, values).fetchall()

    def rows(self, request_id=None):
        if request_id is None:
            return self.query("SELECT * FROM token_usage ORDER BY created_at")
        return self.query("SELECT * FROM token_usage WHERE request_id = ?", request_id)

    def row(self, request_id):
        """The row of one request, which the recorder writes within a second or so."""
        found = wait_for(
            lambda: self.rows(request_id), timeout=10, what=f"the row of {request_id}"
        )
        assert len(found) == 1
        return found[0]
