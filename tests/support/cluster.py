"""Several proxies on one PostgreSQL behind nginx, as a deployment has them."""

import base64
import contextlib

from http_client import send
from database_server import Postgres
from programs import Program, free_port, wait_for
from proxy import Proxy, settle

NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_max_body_size 64m;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream proxies {{ {servers} }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://proxies;
      proxy_http_version 1.1;
      proxy_buffering off;
      proxy_read_timeout 60s;
      proxy_next_upstream error;
    }}
  }}
}}
"""

# What the processes of one deployment have in common.
SECRETS = {
    "key_hasher_secret": "the-secret-that-all-processes-of-the-test-share",
    "encryption_key": base64.b64encode(b"thirty-two-bytes-for-all-of-them").decode(),
}


class Member(Proxy):
    """One of them: its rows are in PostgreSQL."""

    def __init__(self, cluster, folder, simulator, **settings):
        self.cluster = cluster
        super().__init__(folder, simulator, **settings)

    def query(self, sql, *values):
        for value in values:
            sql = sql.replace("?", "'" + value.replace("'", "''") + "'", 1)
        return self.cluster.rows(sql)


class Cluster:
    def __init__(self, folder, simulator, count=3, postgres=None, **settings):
        self.folder = folder
        self.postgres = postgres or Postgres()
        self.database = f"proxy_{folder.name.replace('-', '_').lower()}"
        self.postgres.sql(f'CREATE DATABASE "{self.database}"')
        self.settings = {
            "database_url": self.postgres.url(self.database),
            "auto_migrate": "true",  # all at once: only one of them does it
            "rejected_keys_per_minute": 100000,
            **SECRETS,
            **settings,
        }
        self.members = []
        self.nginx = None
        for _ in range(count):
            self.add_member(simulator)
        if count:
            self.start_nginx()

    def add_member(self, simulator):
        place = self.folder / f"member-{len(self.members)}"
        place.mkdir()
        self.members.append(Member(self, place, simulator, **self.settings))

    def start_nginx(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        servers = " ".join(
            f"server 127.0.0.1:{member.port} max_fails=0;" for member in self.members
        )
        configuration = self.folder / "nginx.conf"
        configuration.write_text(
            NGINX.format(folder=self.folder, servers=servers, port=self.port)
        )
        self.nginx = Program(
            ["/usr/sbin/nginx", "-p", self.folder, "-c", configuration], self.folder, "nginx"
        )
        wait_for(self.answers, what="nginx")

    def answers(self):
        assert self.nginx.is_running(), self.nginx.err()
        with contextlib.suppress(OSError):
            return send(self.url, "GET", "/health").status == 200

    def user(self, **more):
        """A user who reaches all of them through nginx."""
        user = self.members[0].user(**more)
        user.proxy = self
        return user

    def everywhere(self, ask):
        """What each process says: ask(url)."""
        return [ask(member.url) for member in self.members]

    def settle(self, key):
        settle(
            self.command,
            lambda path: self.everywhere(lambda url: send(url, "GET", f"/ak/{key}{path}").status),
        )

    def command(self, *arguments, **more):
        return self.members[0].command(*arguments, **more)

    def rows(self, sql):
        return self.postgres.rows(sql, self.database)

    def usage(self):
        return self.rows("SELECT * FROM token_usage")

    def stop(self):
        if self.nginx:
            self.nginx.stop()
        for member in self.members:
            if member.program.is_running():
                member.stop()


def stop_all(cluster, postgres):
    with contextlib.ExitStack() as ends:
        ends.callback(postgres.remove)
        ends.callback(cluster.stop)


