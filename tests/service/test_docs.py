"""
What stands in README and docs is tried: each command of `ccproxy` on a database of
its own, JSON and links for what they are, and the rest for its syntax.
"""

import json
import re
import shlex
import subprocess

import pytest

from programs import ROOT

PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md"),
                *ROOT.glob("cdk-spec/*.md"), *ROOT.glob("examples/**/*.md")])


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


def commands():
    """Each command line of the program, with the page it stands in."""
    for page in PAGES:
        for block in blocks(page, "sh"):
            for line in block.replace("\\\n", " ").splitlines():
                if re.match(r"(build/)?ccproxy ", line) and not line.endswith("&"):
                    yield pytest.param(line, id=f"{page.name}: {line.split('  ')[0]}")


@pytest.fixture(scope="module")
def documented(tmp_path_factory, the_simulator):
    """A proxy for all commands of the docs, on which nothing else counts."""
    from proxy import Proxy

    proxy = Proxy(tmp_path_factory.mktemp("docs"), the_simulator)
    yield proxy
    proxy.stop()


@pytest.mark.parametrize("line", list(commands()))
def test_a_command_of_the_docs_does_what_it_is_for(documented, simulator, line, tmp_path):
    user = documented.user()
    credential = tmp_path / "credential"
    credential.write_text("ABSK-dummy-bedrock-credential-of-the-tests")
    line = re.sub(r"^(build/)?ccproxy", shlex.quote(str(documented.binary)), line)
    line = re.sub(r"\bak_[\w.]+", user.key[:9], line)
    line = re.sub(r"< *[\w./-]+", f"< {credential}", line)
    line = re.sub(r"(user (show|set|delete|deactivate)|key (issue|list)) (NAME|developer)\b",
                  rf"\1 {user.name}", line)
    finished = subprocess.run(["bash", "-c", line], capture_output=True, text=True,
                              env=documented.environment(), cwd=documented.folder, timeout=60)
    assert finished.returncode == 0, (line, finished.stderr)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_holds_no_broken_thing(page):
    for block in blocks(page, "sh"):
        done = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True)
        assert done.returncode == 0, (block, done.stderr)
    for block in blocks(page, "json"):
        json.loads(block)
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_there_are_commands_to_try():
    assert len(list(commands())) > 10
