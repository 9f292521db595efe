"""The programs of a benchmark: started pinned to a core, measured by the kernel, stopped."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = pathlib.Path(os.environ.get("CCPROXY_BENCH_BUILD", ROOT / "build"))
TEST_CORE, OTHER_CORE = "0", "1"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for_port(port, seconds=10):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.005)
    raise RuntimeError(f"nothing listens on {port}")


def established_to(port):
    """How many TCP connections of this machine go to that port and are established."""
    wanted = f":{port:04X}"
    lines = [line.split() for name in ("tcp", "tcp6")
             for line in pathlib.Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return sum(fields[2].endswith(wanted) and fields[3] == "01" for fields in lines)


class Cgroup:
    """CPU and memory of one server by the kernel's own accounting (cgroup v1 or v2)."""

    def __init__(self, name, cpu_quota=None):
        self.v2 = pathlib.Path("/sys/fs/cgroup/cgroup.controllers").exists()
        kinds = [""] if self.v2 else ["memory", "cpuacct", "cpu"]
        self.paths = {k: pathlib.Path("/sys/fs/cgroup") / k / f"ccproxy-bench-{name}" for k in kinds}
        for path in self.paths.values():
            path.mkdir(exist_ok=True)
        if cpu_quota and self.v2:
            self._write("", "cpu.max", f"{int(cpu_quota * 100000)} 100000")
        elif cpu_quota:
            self._write("cpu", "cpu.cfs_quota_us", int(cpu_quota * 100000))

    def watch(self, pid):
        """Nothing to do: the child has entered it."""

    def _write(self, kind, file, value):
        (self.paths[kind] / file).write_text(str(value))

    def _read(self, kind, file):
        return (self.paths[kind] / file).read_text()

    def enter(self):
        """For a child before exec."""
        for path in self.paths.values():
            (path / "cgroup.procs").write_text("0")

    def cpu_seconds(self):
        if self.v2:
            return int(self._read("", "cpu.stat").split()[1]) / 1e6
        return int(self._read("cpuacct", "cpuacct.usage")) / 1e9

    def memory_bytes(self):
        """Without the page cache: anonymous memory and the kernel's (sockets, TLS, stacks)."""
        if self.v2:
            stat = dict(l.split() for l in self._read("", "memory.stat").splitlines())
            return int(self._read("", "memory.current")) - int(stat["inactive_file"]) - int(stat["active_file"])
        stat = dict(l.split() for l in self._read("memory", "memory.stat").splitlines())
        tcp = int(self._read("memory", "memory.kmem.tcp.usage_in_bytes"))
        return int(self._read("memory", "memory.usage_in_bytes")) - int(stat["total_cache"]) + tcp

    def remove(self):
        for path in self.paths.values():
            for _ in range(50):
                try:
                    path.rmdir()
                    break
                except OSError:
                    time.sleep(0.02)


class ProcessAccount:
    """The same where no control group can be made: what the kernel says of the processes.

    Without the memory of the kernel, and without a quota.
    """

    def __init__(self):
        self.root = None

    def enter(self):
        pass

    def watch(self, pid):
        self.root = pid

    def _pids(self):
        children = subprocess.run(["pgrep", "-P", str(self.root)], capture_output=True, text=True).stdout.split()
        return [self.root, *map(int, children)]

    def cpu_seconds(self):
        ticks = 0
        for pid in self._pids():
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(stat[11]) + int(stat[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_bytes(self):
        return sum(1024 * int(line.split()[1]) for pid in self._pids()
                   for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                   if line.startswith("Pss_Anon:"))

    def remove(self):
        pass


class Unavailable(Exception):
    """The machine does not give what a case needs."""


def account(name, cpu_quota=None):
    try:
        return Cgroup(name, cpu_quota)
    except OSError as error:
        if cpu_quota:
            raise Unavailable("no control group with a quota can be made here") from error
        return ProcessAccount()


def has_control_groups():
    made = account("probe")
    made.remove()
    return isinstance(made, Cgroup)


class Server:
    """One process on one core. `cgroup` only for those under test."""

    def __init__(self, command, core, cgroup=None, **kwargs):
        self.cgroup = cgroup
        self.process = subprocess.Popen(["taskset", "-c", core, *map(str, command)],
                                        preexec_fn=cgroup.enter if cgroup else None, **kwargs)
        if cgroup:
            cgroup.watch(self.process.pid)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def stop(self):
        self.end()
        if self.cgroup:
            self.cgroup.remove()


class Bench:
    """What all contenders share: a folder, a certificate, the mock upstream."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ccproxy-bench-"))
        self.ca, self.key = self.folder / "ca.pem", self.folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                        "-keyout", self.key, "-out", self.ca], check=True, capture_output=True)

    def upstream(self, tls=False, **options):
        command = [BUILD / "bench" / "mock_upstream"]
        for name, value in options.items():
            command += [f"--{name.replace('_', '-')}", value]
        if tls:
            command += ["--tls-cert", self.ca, "--tls-key", self.key]
        server = Server(command, OTHER_CORE, stdout=subprocess.PIPE)
        server.port = int(server.process.stdout.readline())
        return server

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
worker_rlimit_nofile 65536;
events {{ worker_connections 16384; }}
http {{
  access_log {folder}/nginx.log; client_body_temp_path {folder}/nginx-body;
  proxy_temp_path {folder}/nginx-proxy; keepalive_requests 1000000000;
  client_max_body_size 64m; client_body_buffer_size 2m;
  upstream u {{ server 127.0.0.1:{upstream}; keepalive 8192; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      proxy_pass {scheme}://u; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off; proxy_ssl_session_reuse on;
    }}
  }}
}}
"""


class Nginx:
    name = "nginx"
    path = "/v1/messages"

    def __init__(self, bench, upstream, tls=False, cpu_quota=None, **of_ours):
        self.port = free_port()
        conf = bench.folder / "nginx.conf"
        conf.write_text(NGINX.format(folder=bench.folder, port=self.port, upstream=upstream.port,
                                     scheme="https" if tls else "http"))
        self.cgroup = account(self.name, cpu_quota)
        self.server = Server(["nginx", "-e", bench.folder / "nginx.err", "-c", conf], TEST_CORE, self.cgroup)
        wait_for_port(self.port)

    def stop(self):
        self.server.stop()


class Ccproxy:
    name = "ccproxy"

    def __init__(self, bench, upstream, tls=False, cpu_quota=None, bedrock=False, settings=()):
        self.port = free_port()
        self.data = pathlib.Path(tempfile.mkdtemp(dir=bench.folder))
        url = f"{'https' if tls else 'http'}://localhost:{upstream.port}"
        # A literal loopback address without TLS; by its name with it.
        url = url if tls else url.replace("localhost", "127.0.0.1")
        self.settings = ["--data-dir", self.data, "--max-streams-per-key", 0,
                         "--memory-budget-bytes", "2GiB"]
        self.settings += ["--bedrock-endpoint" if bedrock else "--plan-api-url", url]
        if tls:
            self.settings += ["--aws-ca-file" if bedrock else "--plan-ca-file", bench.ca]
        self.settings += settings
        user = self._run("user", "create", "bench")
        key = self._run("key", "issue", user)
        if bedrock:
            self._run("key", "bedrock-key", "set", key[:9], stdin="bedrock-api-key-bench")
            self._run("user", "set", user, "--routing", "bedrock_only")
        self.path = f"/ak/{key}/v1/messages"
        self.cgroup = account(self.name, cpu_quota)
        self.log = open(bench.folder / "ccproxy.log", "wb")
        self._start()

    def _start(self):
        started = time.monotonic()
        self.server = Server([BUILD / "ccproxy", "serve", "--listen", f"127.0.0.1:{self.port}", *self.settings],
                             TEST_CORE, self.cgroup, stdout=self.log, stderr=subprocess.DEVNULL)
        wait_for_port(self.port)
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health") as answer:
            assert answer.status == 200
        self.start_seconds = time.monotonic() - started

    def restart(self):
        self.server.end()
        self._start()

    def _run(self, *command, stdin=""):
        return subprocess.run([BUILD / "ccproxy", *map(str, command), *map(str, self.settings)], input=stdin,
                              capture_output=True, text=True, check=True).stdout.strip()

    def stop(self):
        self.server.stop()
        self.log.close()


# Any other gateway joins the comparison by one line here: a class as above.
CONTENDERS = [Nginx, Ccproxy]


def load(target, **options):
    """Runs the load client to its end and gives what it printed."""
    import json

    command = ["taskset", "-c", OTHER_CORE, BUILD / "bench" / "load", "--port", target.port, "--path", target.path]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}"] + ([] if value is True else [value])
    return json.loads(subprocess.run(list(map(str, command)), check=True, capture_output=True).stdout)
