"""Connections to the upstream: kept while they are good, and not longer than its name stands for their address."""

import pathlib
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from certificate import make_certificate
from http_client import PLAN_HEADERS, Connection, request_body
from programs import Program, free_port, wait_for
from proxy import Proxy

NAME = "plan.test"
FORMER, LATER = "127.0.0.1", "127.0.0.2"

# What nss_wrapper says a name stands for, instead of /etc/hosts and DNS.
NSS_WRAPPER = next(pathlib.Path("/usr/lib").glob("*/libnss_wrapper.so"), None)

NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ worker_connections 1024; }}
http {{
  log_format connections "$server_addr $connection $status";
  access_log {folder}/connections.log connections;
  keepalive_requests 1000000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy-temp;
  server {{
    listen {former}:{port} ssl; listen {later}:{port} ssl;
    ssl_certificate {certificate}; ssl_certificate_key {key};
    location / {{ proxy_pass {simulator}; proxy_http_version 1.1; proxy_buffering off; }}
  }}
}}
"""


class Upstream:
    """The simulated one behind TLS, at two addresses of this host; tells its connections apart."""

    def __init__(self, folder, simulator):
        self.folder = folder
        self.ca, key = make_certificate(folder, NAME)
        self.port = free_port()
        self.hosts = folder / "hosts"
        conf = folder / "nginx.conf"
        conf.write_text(NGINX.format(folder=folder, former=FORMER, later=LATER, port=self.port, certificate=self.ca,
                                     key=key, simulator=simulator.anthropic_url))
        self.program = Program(["nginx", "-e", folder / "nginx.err", "-c", conf], folder, "nginx")
        wait_for((folder / "nginx.pid").exists, what="nginx")
        self.anthropic_url = f"https://{NAME}:{self.port}"
        self.bedrock_url = simulator.bedrock_url

    def move_to(self, address):
        # In one step: a reader must never meet half a file.
        fresh = self.folder / "hosts.new"
        fresh.write_text(f"{address} {NAME}\n")
        fresh.replace(self.hosts)

    def requests(self):
        """Address and connection of each."""
        return [line.split()[:2] for line in (self.folder / "connections.log").read_text().splitlines()]


@pytest.fixture
def upstream(tmp_path, simulator):
    if not NSS_WRAPPER or not shutil.which("nginx"):
        pytest.skip("nginx or libnss-wrapper is not there")
    upstream = Upstream(tmp_path, simulator)
    upstream.move_to(FORMER)
    yield upstream
    upstream.program.stop()


@pytest.fixture
def start_behind_name(tmp_path, upstream):
    started = []

    def start(**settings):
        folder = tmp_path / "proxy"
        folder.mkdir()
        started.append(Proxy(folder, upstream, plan_ca_file=upstream.ca, LD_PRELOAD=NSS_WRAPPER,
                             NSS_WRAPPER_HOSTS=upstream.hosts, **settings))
        return started[-1]

    yield start
    for proxy in started:
        proxy.stop()


def test_in_a_steady_load_99_of_100_requests_find_a_connection(upstream, start_behind_name):
    user = start_behind_name().user(bedrock_key=None)
    before = len(upstream.requests()) if (upstream.folder / "connections.log").exists() else 0

    def ask_often(_):
        connection = Connection(user.url)
        for i in range(150):
            answer = connection.send("POST", "/v1/messages", request_body(stream=i % 2 == 0), PLAN_HEADERS)
            assert answer.status == 200
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask_often, range(8)))

    requests = upstream.requests()[before:]
    assert len(requests) == 8 * 150
    assert len({connection for _, connection in requests}) <= len(requests) / 100


def test_a_name_whose_address_changes_is_followed(upstream, start_behind_name):
    user = start_behind_name(connection_lifetime=1).user(bedrock_key=None)

    def address_of_next():
        assert user.ask().status == 200
        return upstream.requests()[-1][0]

    assert address_of_next() == FORMER
    upstream.move_to(LATER)
    # A steady load, so that nothing but its age ends the connection.
    wait_for(lambda: address_of_next() == LATER, timeout=10, what="a request at the new address")
    assert address_of_next() == LATER
