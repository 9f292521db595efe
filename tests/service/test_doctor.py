"""`ccproxy doctor` says what is not well and what to do; completion completes."""

import json
import re
import subprocess
import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from programs import free_port


def findings(proxy, expect=0, **settings):
    """What the doctor says, by what it is about; several of a kind as a list."""
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    finished = subprocess.run(
        [str(proxy.binary), "doctor", "--output", "json", *flags],
        capture_output=True,
        text=True,
        env=proxy.environment(),
        cwd=proxy.folder,
        timeout=60,
    )
    assert finished.returncode == expect, finished.stderr + finished.stdout
    found = {}
    for finding in json.loads(finished.stdout):
        found.setdefault(finding["about"], []).append(finding)
    return found


def test_a_proxy_that_lacks_nothing_is_well(proxy):
    found = findings(proxy)
    assert {f["health"] for each in found.values() for f in each} == {"ok"}
    assert {"settings", "files", "limits", "database", "plan", "bedrock"} <= set(found)
    assert all(f["advice"] is None for each in found.values() for f in each)


def test_a_secret_that_others_may_read_is_named(start_proxy):
    proxy = start_proxy()
    secret = proxy.data / "encryption_key"
    secret.chmod(0o600)
    (proxy.data / "notes").write_text("x")
    (proxy.data / "notes").chmod(0o644)
    bad = [f for f in findings(proxy, expect=1)["files"] if f["health"] == "bad"]
    assert len(bad) == 1
    assert "notes is open to others (mode 644)" in bad[0]["seen"]
    assert bad[0]["advice"] == "chmod 600 it"


@pytest.mark.parametrize("about, setting", [("plan", "plan_api_url"),
                                            ("bedrock", "bedrock_endpoint")])
def test_an_upstream_out_of_reach_is_named(proxy, about, setting):
    nowhere = f"http://127.0.0.1:{free_port()}"
    (finding,) = findings(proxy, expect=1, **{setting: nowhere})[about]
    assert finding["health"] == "bad"
    assert nowhere in finding["seen"]
    assert "firewall" in finding["advice"]


def test_a_clock_that_is_off_is_told(proxy):
    class Late(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response_only(404)
            self.send_header("Date", formatdate(0, usegmt=True))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Late) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        found = findings(proxy, expect=1, plan_api_url=url)
        server.shutdown()
    off = [f for f in found["clock"] if f["health"] == "bad"]
    assert len(off) == 1 and "synchronise" in off[0]["advice"]


def test_a_database_that_cannot_be_opened_fails_with_its_reason(proxy, tmp_path):
    finished = subprocess.run(
        [str(proxy.binary), "doctor", "--database-url", f"sqlite:{tmp_path}/no/where.db"],
        capture_output=True, text=True, env=proxy.environment(), cwd=proxy.folder, timeout=60)
    assert finished.returncode == 1
    assert "No such file or directory" in finished.stderr


def test_text_is_one_line_a_finding(proxy):
    for line in proxy.command("doctor").splitlines():
        assert re.match(r"(ok|doubtful|bad) +(settings|files|disk|limits|database|plan|"
                        r"bedrock|clock) +\S", line), line


def complete(proxy, *words):
    script = f"""source <("$0" completion bash)
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ccproxy; echo "${{COMPREPLY[@]}}" """
    return subprocess.run(["bash", "-c", script, str(proxy.binary), *words], check=True,
                          capture_output=True, text=True, timeout=30).stdout.split()


def test_bash_completes_commands_options_and_settings(proxy):
    assert complete(proxy, "ccproxy", "doc") == ["doctor"]
    assert complete(proxy, "ccproxy", "user", "cr") == ["create"]
    assert complete(proxy, "ccproxy", "key", "rotate", "--gr") == ["--grace"]
    assert "--max-streams" in complete(proxy, "ccproxy", "serve", "--max-")
    assert complete(proxy, "ccproxy", "user", "list", "--output", "") == ["json"]
