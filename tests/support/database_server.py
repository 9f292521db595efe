"""A PostgreSQL server of the test's own: a new data folder on a free port."""

import contextlib
import glob
import json
import os
import pathlib
import pwd
import signal
import subprocess
import tempfile

from programs import free_port, wait_for


def find_programs():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    assert found, "a PostgreSQL server is needed: apt-get install postgresql-15"
    return pathlib.Path(found[-1]).parent


def _as_its_user():
    """The server refuses to run as root."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class Postgres:
    def __init__(self, settings=(), clone_of=None, room=None):
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ccproxy-postgres-", dir=room or memory))
        self.data = self.folder / "data"
        self.programs = find_programs()
        self.port = free_port()
        self.settings = settings
        self.process = None
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        if clone_of:
            self.run(
                "pg_basebackup", "-R", "-D", self.data, "-c", "fast", "-d", clone_of.address
            )
        else:
            self.run("initdb", "-D", self.data, "-U", "ccproxy", "-A", "trust", "--no-sync")
        self.start()

    @property
    def address(self):
        return f"postgresql://ccproxy@127.0.0.1:{self.port}/postgres"

    def url(self, database):
        return f"postgresql://ccproxy@127.0.0.1:{self.port}/{database}"

    def run(self, name, *arguments, **more):
        return subprocess.run(
            [str(self.programs / name), *map(str, arguments)],
            check=True,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={**os.environ, "LC_ALL": "C"},
            **_as_its_user(),
            **more,
        )

    def start(self):
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "max_connections": "100",
            **dict(self.settings),
        }
        with open(self.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen(
                [
                    str(self.programs / "postgres"),
                    *("-D", str(self.data), "-p", str(self.port)),
                    *[part for name in options for part in ("-c", f"{name}={options[name]}")],
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={**os.environ, "LC_ALL": "C"},
                start_new_session=True,
                **_as_its_user(),
            )
        wait_for(self.answers, timeout=30, what="the start of PostgreSQL")

    def answers(self):
        assert self.process.poll() is None, (self.folder / "server.log").read_text()
        return (
            subprocess.run(
                [self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)],
                check=False,
            ).returncode
            == 0
        )

    def members(self):
        """The server's processes, its own first."""
        found = [self.process.pid]
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)],
            check=False,
            capture_output=True,
            text=True,
        )
        return found + [int(line) for line in children.stdout.split()]

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # a fast shutdown
            self.process.wait(30)

    def kill(self):
        """As a machine's end would: all at once, connections and all."""
        self.signal_all(signal.SIGKILL)
        self.process.wait(30)

    def freeze(self):
        self.signal_all(signal.SIGSTOP)

    def thaw(self):
        self.signal_all(signal.SIGCONT)

    def signal_all(self, number):
        for pid in self.members():
            with contextlib.suppress(ProcessLookupError):  # one that ended meanwhile
                os.kill(pid, number)

    def sql(self, statement, database="postgres"):
        """The rows of a statement as objects."""
        answer = self.run(
            "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url(database),
            "-c", statement,
        )
        return answer.stdout.strip()

    def rows(self, query, database):
        found = self.sql(f"SELECT coalesce(json_agg(t), '[]') FROM ({query}) t", database)
        return json.loads(found)

    def remove(self):
        if self.process.poll() is None:
            self.thaw()
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(30)
        subprocess.run(["rm", "-rf", str(self.folder)], check=True)
