"""The programs under test, started and stopped so that nothing is left behind."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What a sanitizer writes when it found something.
_SANITIZER_REPORT = re.compile(
    r"ERROR: (Address|Leak)Sanitizer|WARNING: ThreadSanitizer|runtime error:"
)


def wait_for(condition, timeout=10, what="it"):
    """Asks until the condition gives something true, and returns that."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < deadline, f"{what} did not happen within {timeout} s"
        time.sleep(0.02)


def find_program(variable, *defaults):
    """The program that the environment names, else the first default that exists."""
    if os.environ.get(variable):
        return pathlib.Path(os.environ[variable]).resolve()
    for path in defaults:
        if (ROOT / path).exists():
            return ROOT / path
    raise FileNotFoundError(f"build the program first, or set {variable}: {defaults}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Program:
    """One process, its output kept in files."""

    def __init__(self, arguments, folder, name, environment=None):
        self.name = name
        self.out_path = folder / f"{name}.out"
        self.err_path = folder / f"{name}.err"
        with open(self.out_path, "ab") as out, open(self.err_path, "ab") as err:
            self.process = subprocess.Popen(
                [str(argument) for argument in arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=environment,
                cwd=folder,
            )

    @property
    def pid(self):
        return self.process.pid

    def out(self):
        return self.out_path.read_text(errors="replace")

    def out_lines(self):
        """Split at line feeds alone; Python knows many other line ends."""
        return [line for line in self.out().split("\n") if line]

    def err(self):
        return self.err_path.read_text(errors="replace")

    def is_running(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=20):
        return self.process.wait(timeout)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, timeout=20):
        """Asks it to end; its exit code. Never leaves it running."""
        if self.is_running():
            self.signal(signal.SIGTERM)
        try:
            return self.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def memory_kib(self):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise AssertionError("the process has no memory")

    def threads(self):
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def assert_no_sanitizer_report(self):
        for text in (self.err(), self.out()):
            found = _SANITIZER_REPORT.search(text)
            assert not found, f"{self.name}: {text[found.start() : found.start() + 4000]}"
