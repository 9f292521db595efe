"""plan_http2, with nginx as the end of HTTP/2 before the mock upstream."""

import subprocess

import pytest

from certificate import make_certificate
from programs import ROOT, Program, free_port, wait_for
from proxy import Proxy
from test_soak import CALM, load

MOCK = ROOT / "build" / "bench" / "mock_upstream"
STREAMS = 48

NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ worker_connections 1024; }}
http {{
  log_format protocols "$server_protocol $connection $status";
  access_log {folder}/protocols.log protocols;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy-temp;
  server {{
    listen 127.0.0.1:{port} ssl http2;
    ssl_certificate {certificate}; ssl_certificate_key {key};
    location / {{ proxy_pass http://127.0.0.1:{upstream}; proxy_http_version 1.1; proxy_buffering off; }}
  }}
}}
"""


class Upstream:
    def __init__(self, folder):
        self.folder = folder
        self.ca, key = make_certificate(folder)
        self.mock = Program([MOCK, "--events", 10, "--interval-us", 50_000], folder, "mock")
        mock_port = int(wait_for(self.mock.out, what="the upstream's port"))
        self.port = free_port()
        conf = folder / "nginx.conf"
        conf.write_text(NGINX.format(folder=folder, port=self.port, certificate=self.ca, key=key, upstream=mock_port))
        self.nginx = Program(["nginx", "-e", folder / "nginx.err", "-c", conf], folder, "nginx")
        wait_for((folder / "nginx.pid").exists, what="nginx")
        self.anthropic_url = self.bedrock_url = f"https://localhost:{self.port}"

    def requests(self):
        """Protocol, connection and status of each."""
        return [line.split() for line in (self.folder / "protocols.log").read_text().splitlines()]

    def stop(self):
        self.nginx.stop()
        self.mock.stop()


@pytest.fixture
def upstream(tmp_path):
    if not MOCK.exists() or subprocess.run(["which", "nginx"], capture_output=True).returncode != 0:
        pytest.skip("nginx or the programs of the benchmarks are not there")
    upstream = Upstream(tmp_path)
    yield upstream
    upstream.stop()


@pytest.mark.parametrize("is_on", [True, False], ids=["on", "off"])
def test_streams_share_connections_where_http2_is_on(tmp_path, upstream, is_on):
    folder = tmp_path / "proxy"
    folder.mkdir()
    proxy = Proxy(folder, upstream, plan_ca_file=upstream.ca, plan_http2=str(is_on).lower(), max_streams_per_key=0)
    try:
        report = load(proxy.user(bedrock_key=None), STREAMS, 2, **CALM)
    finally:
        proxy.stop()

    assert report["errors"] == 0 and report["requests"] > STREAMS, report
    requests = upstream.requests()
    connections = {connection for _, connection, _ in requests}
    assert {protocol for protocol, _, _ in requests} == {"HTTP/2.0" if is_on else "HTTP/1.1"}
    # At most 32 streams a connection; without HTTP/2 one each.
    assert (len(connections) <= 4) if is_on else (len(connections) >= STREAMS)
