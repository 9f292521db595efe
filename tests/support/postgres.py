"""A PostgreSQL 15 server of the test's own, with passwords, on a free port."""

import os
import pathlib
import pwd
import subprocess

from programs import Program, free_port, wait_for

BINARIES = pathlib.Path("/usr/lib/postgresql/15/bin")


def is_there():
    return (BINARIES / "postgres").exists()


class Postgres:
    def __init__(self, folder, password="first-password", host="127.0.0.1", tls=None, settings=()):
        self.folder = folder
        self.host = host
        self.port = free_port()
        self.account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        self.data = folder / "data"
        if self.account:
            os.chown(folder, self.account.pw_uid, self.account.pw_gid)
            for parent in folder.parents:
                if parent.stat().st_uid == os.geteuid() and parent != pathlib.Path("/"):
                    parent.chmod(parent.stat().st_mode | 0o011)
        secret = folder / "password"
        secret.write_text(password)
        secret.chmod(0o644)
        self.run(
            BINARIES / "initdb", "-D", self.data, "-U", "postgres", "-A", "scram-sha-256",
            f"--pwfile={secret}", "--no-sync", "-E", "UTF8",
        )  # fmt: skip
        self.password = password
        self.settings = dict(settings)
        if tls:
            self.use_tls(*tls)
        self.program = None
        self.start()

    def as_account(self, arguments):
        arguments = [str(argument) for argument in arguments]
        if not self.account:
            return arguments
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *arguments]

    def run(self, *arguments):
        done = subprocess.run(
            self.as_account(arguments), capture_output=True, text=True, timeout=120,
            cwd="/", check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def use_tls(self, certificate, key):
        """PostgreSQL wants a key that nobody else may read."""
        own = self.folder / "server.key"
        own.write_bytes(key.read_bytes())
        own.chmod(0o600)
        shown = self.folder / "server.pem"
        shown.write_bytes(certificate.read_bytes())
        if self.account:
            os.chown(own, self.account.pw_uid, self.account.pw_gid)
        self.settings.update(ssl="on", ssl_key_file=own, ssl_cert_file=shown)

    def start(self):
        options = {
            "port": self.port,
            "listen_addresses": self.host,
            "unix_socket_directories": self.folder,
            "fsync": "off",
            **self.settings,
        }
        settings = [part for name in options for part in ("-c", f"{name}={options[name]}")]
        self.program = Program(
            self.as_account([BINARIES / "postgres", "-D", self.data, *settings]),
            self.folder,
            "postgres",
        )
        wait_for(self.is_up, timeout=60, what="PostgreSQL's start")

    def is_up(self):
        assert self.program.is_running(), self.program.err()
        return self.sql("SELECT 1", expect=None) == "1"

    def sql(self, statement, database="postgres", expect=0):
        done = subprocess.run(
            [BINARIES / "psql", "-XAtq", "-h", self.folder, "-p", str(self.port), "-U",
             "postgres", "-d", database, "-c", statement],
            capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "PGPASSWORD": self.password},
        )  # fmt: skip
        assert expect is None or done.returncode == expect, done.stderr
        return done.stdout.strip()

    def stop(self):
        self.program.signal(2)  # fast
        self.program.wait(30)
