"""Side by side with nginx on one core: CPU, delay, throughput and memory.

./test.sh bench [CASE...]; --rounds N (3), --seconds N (6). Writes the medians and ratios of
all rounds to docs/benchmarks.md and docs/benchmarks.json; with CASEs it only prints. A whole run takes
about ten minutes.
"""
import argparse
import contextlib
import datetime
import json
import os
import pathlib
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time

import servers
from servers import Bench, Ccproxy, CONTENDERS, load

RATE = 50
WARMUP_S = 2
HANDSHAKES_S = 40


@contextlib.contextmanager
def running(bench, contender, upstream_options, tls=False, **options):
    upstream = bench.upstream(tls=tls, **upstream_options)
    try:
        target = contender(bench, upstream, tls=tls, **options)
        target.upstream_port = upstream.port
        try:
            yield target
        finally:
            target.stop()
    finally:
        upstream.stop()


def measured(target, seconds, warmup=WARMUP_S, **options):
    """What the load client printed, and the CPU seconds of the target meanwhile."""
    result = {}
    thread = threading.Thread(target=lambda: result.update(
        load(target, seconds=seconds, warmup=warmup, **options)))
    thread.start()
    time.sleep(warmup)
    before = target.cgroup.cpu_seconds()
    time.sleep(seconds - 0.2)
    result["cpu"] = (target.cgroup.cpu_seconds() - before) / (seconds - 0.2) * seconds
    thread.join()
    return result


def stream_case(tls=False, bedrock=False, quota=None, streams=1000):
    def run(bench, contender, seconds):
        options = {"events": 500, "interval_us": 1000000 // RATE}
        with running(bench, contender, options, tls=tls, cpu_quota=quota, bedrock=bedrock) as target:
            # A thousand TLS handshakes are no part of the events' cost.
            r = measured(target, seconds, streams=streams, warmup=5 if tls else WARMUP_S)
        return {"cpu_us_per_event": r["cpu"] / max(r["events"], 1) * 1e6,
                "events_per_s": r["events"] / seconds, "p99_delay_us": r["delay_p99_us"],
                "p50_delay_us": r["delay_p50_us"], "errors": r["errors"]}
    return run


def small_requests(bench, contender, seconds):
    with running(bench, contender, {}) as target:
        r = measured(target, seconds, streams=32, json=True)
    return {"requests_per_s": r["requests"] / seconds,
            "cpu_us_per_request": r["cpu"] / max(r["requests"], 1) * 1e6, "errors": r["errors"]}


def large_body(tls, bedrock=False):
    def run(bench, contender, seconds):
        with running(bench, contender, {"events": 1, "interval_us": 1000}, tls=tls, bedrock=bedrock) as target:
            r = measured(target, seconds, streams=4, body_bytes=1_000_000)
        return {"cpu_ms_per_request": r["cpu"] / max(r["requests"], 1) * 1e3, "errors": r["errors"]}
    return run


def memory(streams):
    """With all of them established: on one core the handshakes of thousands take their time."""
    def run(bench, contender, seconds):
        options = {"events": 120, "interval_us": 500000}
        with running(bench, contender, options, tls=True, settings=["--max-streams", streams + 100]) as target:
            idle = target.cgroup.memory_bytes()
            result = {}
            thread = threading.Thread(target=lambda: result.update(
                load(target, streams=streams, seconds=6, warmup=HANDSHAKES_S)))
            thread.start()
            deadline = time.monotonic() + HANDSHAKES_S
            while servers.established_to(target.upstream_port) < streams and time.monotonic() < deadline:
                time.sleep(0.2)
            established = servers.established_to(target.upstream_port)
            time.sleep(2)
            busy = target.cgroup.memory_bytes()
            thread.join()
        return {"memory_mb": busy / 1e6, "idle_mb": idle / 1e6, "streams": established, "errors": result["errors"]}
    return run


def stopped_reader(bench, contender, seconds):
    options = {"events": 4000, "interval_us": 5000, "text_bytes": 4000}
    with running(bench, contender, options) as target:
        calm = load(target, streams=50, seconds=seconds, warmup=1)
        body = b'{"model":"claude-opus-5-5","max_tokens":9,"stream":true,"messages":[]}'
        stuck = socket.create_connection(("127.0.0.1", target.port))
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.sendall(b"POST %s HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
                      b"x-api-key: sk-bench\r\ncontent-length: %d\r\n\r\n%s"
                      % (target.path.encode(), len(body), body))
        time.sleep(2)
        stalled = load(target, streams=50, seconds=seconds, warmup=1)
        stuck.close()
    return {"p99_ratio": stalled["delay_p99_us"] / max(calm["delay_p99_us"], 1),
            "p99_calm_us": calm["delay_p99_us"], "p99_with_stuck_us": stalled["delay_p99_us"]}


def start(bench, contender, seconds):
    """Of the second start: the first one makes secrets and a password."""
    with running(bench, contender, {}) as target:
        target.restart()
        status = pathlib.Path(f"/proc/{target.server.process.pid}/status").read_text()
    value = lambda name: int(next(l for l in status.splitlines() if l.startswith(name)).split()[1])
    size = (servers.BUILD / "ccproxy").stat().st_size
    return {"start_ms": target.start_seconds * 1e3, "rss_mb": value("VmRSS:") / 1e3,
            "threads": value("Threads:"), "program_mb": size / 1e6}


def idle_without_workers(bench, contender, seconds):
    """What is left when there are hardly any workers, whose share the targets leave out."""
    with running(bench, contender, {}, settings=["--max-streams", 1]) as target:
        pid = target.server.process.pid
        rss = int(next(l for l in open(f"/proc/{pid}/status") if l.startswith("VmRSS")).split()[1])
    return {"rss_mb": rss / 1e3}


def record(bench, contender, seconds):
    """What the end of each request costs the thread that answers it, without a server around it."""
    folder = bench.folder / "record"
    folder.mkdir(exist_ok=True)
    command = ["taskset", "-c", servers.TEST_CORE, servers.BUILD / "bench" / "record", folder, folder / "log"]
    result = json.loads(subprocess.run(list(map(str, command)), check=True, capture_output=True).stdout)
    shutil.rmtree(folder)
    return result


def program_size(bench, contender, seconds):
    return {"program_mb": (servers.BUILD / "ccproxy").stat().st_size / 1e6}


def pool_full(bench, contender, seconds):
    with running(bench, contender, {"events": 1000, "interval_us": 1000000}, settings=["--max-streams", 8]) as target:
        thread = threading.Thread(target=load, args=(target,), kwargs=dict(streams=8, seconds=3, warmup=0))
        thread.start()
        time.sleep(1)
        r = load(target, streams=1, seconds=1, warmup=0, json=True)
        thread.join()
    return {"refusal_p99_ms": r["first_byte_p99_us"] / 1e3, "refused": r["errors"]}


class Case:
    """What is measured, and what it must be: the ratio to nginx or to our Plan path, or itself."""

    def __init__(self, what, run, key, must, beside="nginx", rounds=None):
        self.what, self.run, self.key, self.must = what, run, key, must
        self.beside, self.rounds = beside, rounds

    def contenders(self):
        return CONTENDERS if self.beside == "nginx" else [Ccproxy]

    def reference(self, results):
        if self.beside == "nginx":
            return results["nginx"].get(self.key)
        return self.beside and results["plan"].get(self.key)


CASES = {
    "stream": Case("1000 streams x 50 events/s, plain upstream", stream_case(), "cpu_us_per_event", "<= 1.3"),
    "stream_tls": Case("the same, TLS upstream", stream_case(tls=True), "cpu_us_per_event", "<= 1.3"),
    "stream_converse": Case("the same, Converse: decoded and converted", stream_case(bedrock=True),
                            "cpu_us_per_event", "<= 3 x our Plan path", beside="plan"),
    "stream_half": Case("the first on half a core: p99 of the added delay", stream_case(quota=0.5), "p99_delay_us",
                        "<= 2, or <= 1 ms"),
    "small": Case("small JSON requests, 32 connections", small_requests, "requests_per_s", ">= 0.25"),
    "body_tls": Case("1 MB request bodies, TLS upstream", large_body(True), "cpu_ms_per_request", "<= 1.2"),
    "body_converse": Case("1 MB request bodies to Converse", large_body(False, True), "cpu_ms_per_request",
                          "<= 25 ms", beside=None),
    "memory_2000": Case("2000 TLS streams", memory(2000), "memory_mb", "<= 300 MB", rounds=1),
    "memory_4000": Case("4000 TLS streams", memory(4000), "memory_mb", "<= 550 MB", rounds=1),
    "stopped_reader": Case("50 streams beside a client that stops reading: p99 of their delay", stopped_reader,
                           "p99_ratio", "<= 1.5 x without it", beside=None),
    "record": Case("usage row, metrics and log line of a request", record, "cpu_us", "<= 10 us", beside=None),
    "start": Case("start to the first 200", start, "start_ms", "<= 100 ms", beside=None),
    "idle": Case("resident memory beside the idle workers", idle_without_workers, "rss_mb", "<= 15 MB", beside=None,
                 rounds=1),
    "program": Case("size of the program, pages included", program_size, "program_mb", "<= 4 MB", beside=None,
                    rounds=1),
    "pool_full": Case("no slot free: p99 of the refusal", pool_full, "refusal_p99_ms", "<= 100 ms", beside=None),
}


def run_case(bench, name, rounds, seconds):
    case = CASES[name]
    samples = {c.name: [] for c in case.contenders()}
    for _ in range(min(rounds, case.rounds or rounds)):
        for contender in case.contenders():
            samples[contender.name].append(case.run(bench, contender, seconds))
            print(f"  {name} {contender.name} {json.dumps(samples[contender.name][-1])}", file=sys.stderr)
    return {who: {k: statistics.median(s[k] for s in runs) for k in runs[0]} for who, runs in samples.items()}


def run_all(bench, names, rounds, seconds):
    """One case that fails is said so in its row, and does not cost the others."""
    results = {}
    for name in names:
        try:
            results[name] = run_case(bench, name, rounds, seconds)
        except (servers.Unavailable, OSError, RuntimeError, subprocess.SubprocessError, StopIteration) as error:
            print(f"  {name}: {error}", file=sys.stderr)
            results[name] = {"left_out": str(error)}
        if name == "stream_converse" and "ccproxy" in results.get("stream", {}):
            results[name]["plan"] = results["stream"]["ccproxy"]
    return results


def number(value):
    return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"


def row(name, medians):
    case = CASES[name]
    if "left_out" in medians:
        return f"| {case.what} | {case.key} | left out: {medians['left_out']} | | | {case.must} |"
    ours = medians["ccproxy"][case.key]
    theirs = case.reference({"nginx": {}, "plan": {}, **medians})
    errors = medians["ccproxy"].get("errors")
    shown = number(ours) + (f" ({errors:.0f} errors)" if errors else "")
    return (f"| {case.what} | {case.key} | {number(theirs) if theirs else '–'} | {shown} "
            f"| {f'{ours / theirs:.2f}' if theirs else '–'} | {case.must} |")


def table(results):
    lines = ["| Case | Measure | nginx, or our Plan path | ccproxy | Ratio | Must |",
             "| --- | --- | --- | --- | --- | --- |"]
    return "\n".join(lines + [row(name, medians) for name, medians in results.items()])


def versions():
    first = lambda *c: (lambda r: (r.stdout + r.stderr).splitlines()[0])(subprocess.run(c, capture_output=True, text=True))
    return [first(servers.BUILD / "ccproxy", "--version"), first("nginx", "-v"), first("curl", "--version").split(" (")[0],
            platform.platform(), f"{os.cpu_count()} cores"]


def write(results, command):
    docs = pathlib.Path(servers.ROOT) / "docs"
    date = datetime.date.today().isoformat()
    account = "control groups" if servers.has_control_groups() else "/proc: without the kernel's memory"
    report = {"date": date, "command": command, "versions": versions(), "account": account, "medians": results}
    (docs / "benchmarks.json").write_text(json.dumps(report, indent=1) + "\n")
    page = docs / "benchmarks.md"
    before, _, rest = page.read_text().partition("<!-- results -->")
    _, _, after = rest.partition("<!-- end of results -->")
    page.write_text(f"{before}<!-- results -->\n{date}, `{command}`, {'; '.join(report['versions'])}; "
                    f"accounting by {account}.\n\n"
                    f"{table(results)}\n<!-- end of results -->{after}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="*", choices=[[], *CASES], default=[])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=6)
    options = parser.parse_args()
    bench = Bench()
    try:
        results = run_all(bench, options.case or CASES, options.rounds, options.seconds)
    finally:
        bench.close()
    print(table(results))
    if not options.case:
        write(results, f"./test.sh bench --rounds {options.rounds} --seconds {options.seconds}")


if __name__ == "__main__":
    main()
