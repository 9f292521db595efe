"""
How each block of code in README and docs is tried: every one is named here, by its page
and what it begins with, so that a new one without a trial fails.
"""

import json
import os
import re
import shlex
import signal
import subprocess
import time

import pytest

from claude import Claude, DUMMY_KEY, DUMMY_LOGIN
from database_server import Postgres
from http_client import PLAN_HEADERS, ask
from programs import ROOT, Program, find_program, free_port, wait_for
from test_docs import PAGES

# Who tries it. None: a test of this file, by its page and beginning. Commands of
# `ccproxy` are tried one by one in test_docs.py.
TRIED = {
    ("README.md", "./run.sh "): None,
    ("README.md", "export ANTHROPIC_BASE_URL"): None,
    ("README.md", "flowchart"): "a drawing",
    ("admin-api.md", "URL="): "test_admin_docs.py",
    ("admin-api.md", "api()"): "test_admin_docs.py",
    ("admin-api.md", "CCPROXY_PUBLIC_URL"): None,
    ("bedrock.md", "{"): "tests/cdk: the same actions stand in the task's role",
    ("benchmarks.md", "./test.sh bench"): "its table is what it wrote",
    ("deployment.md", "location / {"): None,
    ("deployment.md", "install "): "systemd: tests/packages installs and checks the same unit",
    ("deployment.md", "docker compose"): "Docker: test_image.py reads both files",
    ("deployment.md", "CREATE ROLE"): None,
    ("library.md", "cmake --preset package"): "tests/packages/check_install.py",
    ("library.md", "find_package"): "tests/packages/check_install.py",
    ("library.md", "cc my-program.c"): "tests/packages/check_install.py",
    ("library.md", "cpack "): "tests/packages/check_packages.py",
    ("library.md", "$ example-"): "test_examples.py",
    ("operations.md", "ccproxy "): "test_docs.py",
    ("operations.md", "jq "): None,
    ("proxy-api.md", '{"period_start"'): None,
    ("proxy-api.md", '{"type":"error"'): None,
    ("quick-start.md", "./run.sh"): "the same as README.md",
    ("quick-start.md", "build/ccproxy "): "test_docs.py",
    ("quick-start.md", "export ANTHROPIC_BASE_URL"): "the same as README.md",
    ("security.md", "export ANTHROPIC_BASE_URL"): None,
    ("README.md", "cd cdk-spec"): "AWS: tests/cdk synthesizes the same stacks",
    ("README.md", "out() {"): "AWS",
    ("README.md", "npx cdk deploy"): "AWS: tests/cdk synthesizes the same stacks",
    ("README.md", "TASK="): "AWS",
    ("README.md", "aws "): "AWS",
    ("README.md", "for stack in"): "AWS: tests/cdk makes the network by its template on moto",
    ("CONTRIBUTING.md", "./run.sh --build"): "test.sh does it",
}


def blocks():
    for page in PAGES:
        for found in re.finditer(r"^```\w*\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
            yield page.name, found.group(1)


def block(page, start):
    return next(text for name, text in blocks() if name == page and text.startswith(start))


def test_every_block_is_tried_somewhere():
    unknown = [f"{name}: {text.splitlines()[0]}" for name, text in blocks()
               if not any(name == page and text.startswith(start) for page, start in TRIED)]
    assert unknown == []
    stale = [entry for entry in TRIED
             if not any(name == entry[0] and text.startswith(entry[1]) for name, text in blocks())]
    assert stale == []


def test_the_demo_shows_a_plans_answer_and_bedrocks(tmp_path):
    words = block("README.md", "./run.sh ").splitlines()[1].split("#")[0].split()
    assert words == ["./run.sh", "--demo"]
    running = subprocess.Popen([*words, "--listen", f"127.0.0.1:{free_port()}"], cwd=ROOT, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    said, deadline = "", time.monotonic() + 120
    try:
        for line in running.stdout:
            said += line
            if "Ctrl-C stops everything" in line or time.monotonic() > deadline:
                break
    finally:
        os.killpg(running.pid, signal.SIGINT)
        running.wait(30)
    assert "Hello from the plan." in said and "Hello from Bedrock." in said, said
    assert re.search(r"bedrock +claude-sonnet-5-5 .* usage_limit +complete", said), said


@pytest.mark.parametrize("page, credential", [
    ("README.md", {"ANTHROPIC_API_KEY": DUMMY_KEY}),
    ("security.md", {"CLAUDE_CODE_OAUTH_TOKEN": DUMMY_LOGIN}),
])
def test_claude_code_works_with_the_lines_of_the_page(simulator, proxy, user, tmp_path, page, credential):
    claude = Claude(tmp_path, "to be said by the page", **credential)
    script = block(page, "export ANTHROPIC_BASE_URL")
    script = re.sub(r"https?://(127.0.0.1:8000|proxy.example.com)", proxy.url, script).replace("ak_...", user.key)
    script = re.sub(r"^claude\n", "", script, flags=re.MULTILINE)
    script += f"{shlex.quote(str(claude.binary))} -p hello </dev/null\n"
    finished = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, timeout=90,
                              env=claude.environment, cwd=claude.work)
    assert finished.returncode == 0, finished.stderr + finished.stdout
    assert simulator.plan_requests(contains="hello")


def test_the_settings_of_sign_in_are_settings(documented_binary, tmp_path):
    secret = tmp_path / "oidc"
    secret.write_text("a-secret-of-the-client")
    given = dict(line.split("=", 1) for line in block("admin-api.md", "CCPROXY_PUBLIC_URL").splitlines())
    given["CCPROXY_OIDC_CLIENT_SECRET_FILE"] = str(secret)
    checked = subprocess.run([documented_binary, "config", "--check", "--data-dir", tmp_path / "data"],
                             capture_output=True, text=True, env={**os.environ, **given}, timeout=30)
    assert checked.returncode == 0 and "unknown" not in checked.stderr, checked.stderr


@pytest.fixture
def documented_binary():
    return find_program("CCPROXY_BIN", "build/ccproxy")


def test_nginx_before_the_proxy_passes_a_stream(proxy, user, tmp_path):
    port = free_port()
    location = block("deployment.md", "location / {").replace("http://127.0.0.1:8000", proxy.url)
    places = "".join(f"{name}_temp_path {tmp_path}/{name};"
                     for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(f"""daemon off; pid {tmp_path}/pid; error_log stderr;
        events {{}} http {{ access_log off; {places} server {{ listen 127.0.0.1:{port}; {location} }} }}""")
    if os.getuid() == 0:
        configuration.write_text("user root;" + configuration.read_text())
    nginx = Program(["nginx", "-c", configuration], tmp_path, "nginx")
    try:
        wait_for(lambda: (tmp_path / "pid").exists(), what="nginx")
        answer = ask(f"http://127.0.0.1:{port}/ak/{user.key}", stream=True)
    finally:
        nginx.stop()
    assert answer.status == 200 and answer.event_names[-1] == "message_stop"


def test_the_database_of_the_page_is_migrated(documented_binary, tmp_path):
    server = Postgres()
    try:
        for statement in block("deployment.md", "CREATE ROLE").replace("...", "pw").replace("ccproxy", "keeper").splitlines():
            server.sql(statement)
        url = f"postgresql://keeper:pw@127.0.0.1:{server.port}/proxy"
        done = subprocess.run([documented_binary, "migrate", "--database-url", url, "--data-dir", tmp_path / "data"],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
    finally:
        server.remove()


def test_the_log_is_searched_as_the_page_says(simulator, start_proxy, tmp_path):
    proxy = start_proxy()
    user = proxy.user()
    simulator.plan({"status": 529})
    fallen = user.ask()
    proxy.stop()
    (tmp_path / "ccproxy.log").write_text(proxy.program.out())
    script = block("operations.md", "jq ").replace("req_...", fallen.request_id)
    for line in script.splitlines():
        found = subprocess.run(["bash", "-euo", "pipefail", "-c", line], cwd=tmp_path, capture_output=True, text=True)
        assert found.returncode == 0, found.stderr
        if fallen.request_id in line or "is_fallback" in line:
            assert fallen.request_id in found.stdout, line


def shape(value):
    """The names in an object, and of what kinds their values are."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    return "number" if isinstance(value, (int, float)) else type(value).__name__


def test_usage_and_errors_have_the_shape_that_the_page_shows(simulator, proxy):
    user = proxy.user(budget="20")
    user.ask(headers=[*PLAN_HEADERS, ("x-claude-code-session-id", "one")])

    def told():
        return user.send("GET", "/usage?session_id=one").json

    wait_for(lambda: told()["session"]["requests"] == 1, what="the session's cost")
    shown, seen = json.loads(block("proxy-api.md", '{"period_start"')), told()
    if seen["plan_window"] is None or None in seen["plan_window"].values():
        shown.pop("plan_window"), seen.pop("plan_window")
    assert shape(seen) == shape(shown)
    refused = ask(f"{proxy.url}/ak/ak_{'A' * 43}")
    assert shape(refused.json) == shape(json.loads(block("proxy-api.md", '{"type":"error"')))
