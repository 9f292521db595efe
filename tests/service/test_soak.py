"""Many streams over TLS, with clients that leave, stall and read slowly.

Nothing may fail that the load did not ask for, and nothing may be left of it:
what the proxy holds is compared with what the kernel says it holds.
"""

import json
import os
import pathlib
import resource
import subprocess

import pytest

from certificate import make_certificate
from programs import ROOT, Program, wait_for
from proxy import Proxy

BENCH = ROOT / "build" / "bench"
CALM = {"abort_percent": 0, "slow_percent": 0, "stall_percent": 0}
ROUGH = {"abort_percent": 15, "slow_percent": 10, "stall_percent": 10}

BUILDS = {"release": "build/ccproxy", "asan": "build/asan/ccproxy", "tsan": "build/tsan/ccproxy"}
# Streams at a time and seconds, in a usual run of the tests and in a long one.
SHORT = [("release", 400, 5), ("asan", 150, 4), ("tsan", 60, 4)]
LONG = [("release", 4000, 60), ("asan", 500, 60), ("tsan", 200, 60)]


class Upstream:
    """The mock upstream of the benchmarks, behind TLS, as the tests' own simulator is used."""

    def __init__(self, folder):
        self.ca, key = make_certificate(folder)
        self.program = Program(
            [BENCH / "mock_upstream", "--events", 20, "--interval-us", 100_000, "--text-bytes", 500,
             "--tls-cert", self.ca, "--tls-key", key],
            folder, "upstream",
        )
        self.port = int(wait_for(self.program.out, what="the upstream's port"))
        self.anthropic_url = self.bedrock_url = f"https://localhost:{self.port}"


def load(user, streams, seconds, **options):
    command = [BENCH / "load", "--port", user.proxy.port, "--path", f"/ak/{user.key}/v1/messages",
               "--streams", streams, "--seconds", seconds, "--warmup", 2]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}"] + ([] if value is True else [value])
    output = subprocess.run(list(map(str, command)), check=True, capture_output=True, timeout=seconds + 60).stdout
    return json.loads(output)


def sockets_to(port):
    """The inodes of all TCP sockets of this machine that are connected to the port."""
    wanted = f":{port:04X}"
    lines = [line.split() for name in ("tcp", "tcp6")
             for line in pathlib.Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return {fields[9] for fields in lines if fields[2].endswith(wanted)}


def descriptors(proxy, upstream):
    """How many descriptors it has beside its pool of connections, and how large that is."""
    folder = f"/proc/{proxy.program.pid}/fd"
    pooled = sockets_to(upstream.port)
    names = []
    for entry in os.listdir(folder):
        try:
            names.append(os.readlink(f"{folder}/{entry}"))
        except FileNotFoundError:
            pass
    of_pool = sum(name[8:-1] in pooled for name in names if name.startswith("socket:["))
    return len(names) - of_pool, of_pool


@pytest.fixture
def upstream(tmp_path):
    if not (BENCH / "load").exists():
        pytest.skip("the programs of the benchmarks are not built (-DCCP_BENCH=ON)")
    upstream = Upstream(tmp_path)
    yield upstream
    upstream.program.stop()


@pytest.fixture
def many_descriptors():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def soak(tmp_path, upstream, most, streams, seconds):
    folder = tmp_path / "proxy"
    folder.mkdir()
    proxy = Proxy(folder, upstream, max_streams=most, max_streams_per_key=0, plan_ca_file=upstream.ca)
    try:
        user = proxy.user(bedrock_key=None)
        assert load(user, 1, 1, json=True, **CALM)["errors"] == 0
        others_before, _ = descriptors(proxy, upstream)
        threads_before = proxy.program.threads()

        report = load(user, streams, seconds, **ROUGH)

        assert report["errors"] == 0, report
        assert report["requests"] > 0 and report["aborts"] > 0 and report["stalls"] > 0, report
        wait_for(lambda: descriptors(proxy, upstream)[0] <= others_before, timeout=20,
                 what="the end of all connections of clients")
        assert descriptors(proxy, upstream)[1] <= streams + 1
        wait_for(lambda: proxy.program.threads() <= threads_before, timeout=20, what="the end of idle threads")

        # As many at once as there are slots: one that leaked would show as a refusal.
        full = load(user, most, 3, json=True, once=True, **CALM)
        assert full["errors"] == 0, full
        if not proxy.is_sanitized:
            after_first = proxy.program.memory_kib()
            assert load(user, streams, seconds, **ROUGH)["errors"] == 0
            wait_for(lambda: proxy.program.memory_kib() < after_first * 1.1 + 16 * 1024, timeout=10,
                     what="the return of the memory")
    finally:
        proxy.stop()


def run(tmp_path, upstream, monkeypatch, build, streams, seconds):
    binary = ROOT / BUILDS[build]
    if not binary.exists():
        pytest.skip(f"{BUILDS[build]} is not built")
    monkeypatch.setenv("CCPROXY_BIN", str(binary))
    # Room for those whose client has just left: when few workers are free, new ones that say nothing go.
    soak(tmp_path, upstream, streams * 3 // 2, streams, seconds)


@pytest.mark.parametrize(("build", "streams", "seconds"), SHORT)
def test_rough_clients_leave_nothing_behind(tmp_path, upstream, many_descriptors, monkeypatch, build, streams, seconds):
    run(tmp_path, upstream, monkeypatch, build, streams, seconds)


@pytest.mark.long
@pytest.mark.parametrize(("build", "streams", "seconds"), LONG)
def test_thousands_of_rough_clients_leave_nothing_behind(
    tmp_path, upstream, many_descriptors, monkeypatch, build, streams, seconds
):
    run(tmp_path, upstream, monkeypatch, build, streams, seconds)
