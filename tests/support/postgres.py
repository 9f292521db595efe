"""A PostgreSQL 15 server of the test's own, with passwords, on a free port."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

from programs import Program, free_port, wait_for

BINARIES = pathlib.Path("/usr/lib/postgresql/15/bin")


def is_there():
    return (BINARIES / "postgres").exists()


class Postgres:
    """standby_of (host, server): a standby that streams from that one."""

    def __init__(
        self, folder, password="first-password", host="127.0.0.1", tls=None, port=None,
        settings=(), standby_of=None,
    ):  # fmt: skip
        self.logs = folder
        # Not below pytest's folder, which its every start closes to other accounts.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ccproxy-postgres-"))
        self.host = host
        self.port = port or free_port()
        self.account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        self.data = self.folder / "data"
        self.password = password
        if self.account:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        self.settings = dict(settings)
        if tls:
            self.use_tls(*tls)
        self.program = None
        if standby_of:
            self.copy(*standby_of)
        else:
            self.make()
        self.start()

    def make(self):
        secret = self.folder / "password"
        secret.write_text(self.password)
        secret.chmod(0o644)
        self.run(
            BINARIES / "initdb", "-D", self.data, "-U", "postgres", "-A", "scram-sha-256",
            f"--pwfile={secret}", "--no-sync", "-E", "UTF8",
        )  # fmt: skip

    def copy(self, host, server):
        self.run(
            BINARIES / "pg_basebackup", "-D", self.data, "-R", "-X", "stream", "-c", "fast",
            "-d", f"host={host} port={server.port} user=postgres password={server.password}",
        )  # fmt: skip

    def allow_all(self):
        """From any address, with the password; for replication too."""
        with open(self.data / "pg_hba.conf", "a") as rules:
            rules.write("host all all 0.0.0.0/0 scram-sha-256\n")
            rules.write("host replication all 0.0.0.0/0 scram-sha-256\n")
        self.sql("SELECT pg_reload_conf()")

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
            self.logs,
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
        if self.program.is_running():
            self.program.signal(signal.SIGINT)  # "fast"
            self.program.wait(30)
        shutil.rmtree(self.folder)
