"""The real Claude Code command line, kept away from everything but the base URL."""

import os
import subprocess
import time

from programs import find_program

DUMMY_KEY = "sk-ant-api03-dummy-credential-of-the-tests"
DUMMY_LOGIN = "sk-ant-oat01-dummy-login-of-the-tests"


class Turn:
    """What one prompt came to."""

    def __init__(self, finished, seconds):
        self.exit_code = finished.returncode
        self.out = finished.stdout
        self.err = finished.stderr
        self.seconds = seconds

    @property
    def text(self):
        return f"{self.out}\n{self.err}"


class Claude:
    def __init__(self, folder, base_url, **credential):
        self.binary = find_program("CCPROXY_CLAUDE", "build/npm/node_modules/.bin/claude")
        self.home = folder / "home"
        self.work = folder / "work"
        self.home.mkdir(exist_ok=True)
        self.work.mkdir(exist_ok=True)
        self.environment = {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "ANTHROPIC_BASE_URL": base_url,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            **(credential or {"ANTHROPIC_API_KEY": DUMMY_KEY}),
        }

    def prompt(self, words, *options, timeout=90):
        began = time.monotonic()
        finished = subprocess.run(
            [self.binary, "-p", words, *options],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=self.environment,
            cwd=self.work,
            timeout=timeout,
        )
        return Turn(finished, time.monotonic() - began)
