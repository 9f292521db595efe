"""Side by side with nginx on one core: CPU, delay, throughput and memory.

./test.sh bench [CASE...]; --rounds N (3), --seconds N (8). Writes the medians and ratios of
all rounds to docs/benchmarks.md and docs/benchmarks.json; a single CASE is printed only.
"""
import argparse
import contextlib
import datetime
import json
import os
import pathlib
import platform
import socket
import statistics
import subprocess
import sys
import threading
import time

import servers
from servers import Bench, Ccproxy, CONTENDERS, load

RATE = 50


@contextlib.contextmanager
def running(bench, contender, upstream_options, tls=False, **options):
    upstream = bench.upstream(tls=tls, **upstream_options)
    target = contender(bench, upstream, tls=tls, **options)
    try:
        yield target
    finally:
        target.stop()
        upstream.stop()


def measured(target, seconds, **options):
    """CPU seconds of the target while the load is on, its warm-up left out."""
    result = {}
    thread = threading.Thread(target=lambda: result.update(
        load(target, seconds=seconds, warmup=3, **options)))
    thread.start()
    time.sleep(3)
    before = target.cgroup.cpu_seconds()
    time.sleep(seconds - 0.2)
    result["cpu"] = (target.cgroup.cpu_seconds() - before) / (seconds - 0.2) * seconds
    thread.join()
    return result


def stream_case(tls=False, bedrock=False, quota=None, streams=1000):
    def run(bench, contender, seconds):
        options = {"events": 500, "interval_us": 1000000 // RATE}
        with running(bench, contender, options, tls=tls, cpu_quota=quota,
                     bedrock=bedrock and contender is Ccproxy) as target:
            r = measured(target, seconds, streams=streams)
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
        with running(bench, contender, {"events": 1, "interval_us": 1000}, tls=tls,
                     bedrock=bedrock and contender is Ccproxy) as target:
            r = measured(target, seconds, streams=4, body_bytes=1_000_000)
        return {"cpu_ms_per_request": r["cpu"] / max(r["requests"], 1) * 1e3, "errors": r["errors"]}
    return run


def memory(streams):
    def run(bench, contender, seconds):
        options = {"events": 30, "interval_us": 500000}
        with running(bench, contender, options, tls=True) as target:
            idle = target.cgroup.memory_bytes()
            thread = threading.Thread(target=load, args=(target,), kwargs=dict(
                streams=streams, seconds=10, warmup=6))
            thread.start()
            time.sleep(13)
            busy = target.cgroup.memory_bytes()
            thread.join()
        return {"memory_mb": busy / 1e6, "idle_mb": idle / 1e6}
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
        time.sleep(3)
        stalled = load(target, streams=50, seconds=seconds, warmup=1)
        stuck.close()
    return {"p99_calm_us": calm["delay_p99_us"], "p99_with_stuck_us": stalled["delay_p99_us"]}


def start(bench, contender, seconds):
    if contender is not Ccproxy:
        return {}
    with running(bench, contender, {}) as target:
        pid = target.server.process.pid
        rss = int(next(l for l in open(f"/proc/{pid}/status") if l.startswith("VmRSS")).split()[1])
    size = (servers.BUILD / "ccproxy").stat().st_size
    return {"start_ms": target.start_seconds * 1e3, "rss_mb": rss / 1e3, "program_mb": size / 1e6}


def pool_full(bench, contender, seconds):
    if contender is not Ccproxy:
        return {}
    with running(bench, contender, {"events": 1000, "interval_us": 1000000}, settings=["--max-streams", 8]) as target:
        thread = threading.Thread(target=load, args=(target,), kwargs=dict(streams=8, seconds=3, warmup=0))
        thread.start()
        time.sleep(1)
        r = load(target, streams=1, seconds=1, warmup=0, json=True)
        thread.join()
    return {"refusal_p99_ms": r["first_byte_p99_us"] / 1e3, "refused": r["errors"]}


# name: (what, function, the number whose ratio counts, must)
CASES = {
    "stream": ("1000 streams x 50 events/s, plain upstream", stream_case(), "cpu_us_per_event", "<= 1.3 x nginx"),
    "stream_tls": ("the same over TLS upstream", stream_case(tls=True), "cpu_us_per_event", "<= 1.3 x nginx"),
    "stream_converse": ("Converse stream, decoded and converted", stream_case(bedrock=True), "cpu_us_per_event",
                        "<= 3 x our Plan path"),
    "stream_half": ("1000 streams x 50 events/s on half a core", stream_case(quota=0.5), "p99_delay_us",
                    "<= max(1 ms, 2 x nginx)"),
    "small": ("small JSON requests, 32 connections", small_requests, "requests_per_s", ">= 0.25 x nginx"),
    "body_tls": ("1 MB request bodies, TLS upstream", large_body(True), "cpu_ms_per_request", "<= 1.2 x nginx"),
    "body_converse": ("1 MB request bodies to Converse", large_body(False, True), "cpu_ms_per_request", "<= 25 ms"),
    "memory_2000": ("2000 TLS streams", memory(2000), "memory_mb", "<= 300 MB"),
    "memory_4000": ("4000 TLS streams", memory(4000), "memory_mb", "<= 550 MB"),
    "stopped_reader": ("one client that stops reading, 50 others", stopped_reader, "p99_with_stuck_us",
                       "<= 1.5 x calm"),
    "start": ("start to first 200; idle", start, "start_ms", "<= 100 ms; <= 15 MB beside workers; <= 4 MB"),
    "pool_full": ("no slot free", pool_full, "refusal_p99_ms", "<= 100 ms"),
}


def run_case(bench, name, rounds, seconds):
    samples = {c.name: [] for c in CONTENDERS}
    for _ in range(rounds):
        for contender in CONTENDERS:
            samples[contender.name].append(CASES[name][1](bench, contender, seconds))
            print(f"  {name} {contender.name} {json.dumps(samples[contender.name][-1])}", file=sys.stderr)
    return {who: {k: statistics.median(s[k] for s in runs) for k in runs[0]} for who, runs in samples.items()}


def number(value):
    return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"


def table(results):
    lines = ["| Case | Measure | nginx | ccproxy | Ratio | Must |", "| --- | --- | --- | --- | --- | --- |"]
    for name, medians in results.items():
        what, _, key, must = CASES[name]
        ours, theirs = medians["ccproxy"].get(key), medians["nginx"].get(key)
        ratio = f"{ours / theirs:.2f}" if theirs else "–"
        lines.append(f"| {what} | {key} | {number(theirs) if theirs is not None else '–'} | {number(ours)} "
                     f"| {ratio} | {must} |")
    return "\n".join(lines)


def versions():
    first = lambda *c: (lambda r: (r.stdout + r.stderr).splitlines()[0])(subprocess.run(c, capture_output=True, text=True))
    return [first(servers.BUILD / "ccproxy", "--version"), first("nginx", "-v"), first("curl", "--version").split(" (")[0],
            platform.platform(), f"{os.cpu_count()} cores"]


def write(results, command):
    docs = pathlib.Path(servers.ROOT) / "docs"
    date = datetime.date.today().isoformat()
    report = {"date": date, "command": command, "versions": versions(), "medians": results}
    (docs / "benchmarks.json").write_text(json.dumps(report, indent=1) + "\n")
    page = docs / "benchmarks.md"
    before, _, rest = page.read_text().partition("<!-- results -->")
    _, _, after = rest.partition("<!-- end of results -->")
    page.write_text(f"{before}<!-- results -->\n{date}, `{command}`, {'; '.join(map(str, report['versions']))}.\n\n"
                    f"{table(results)}\n<!-- end of results -->{after}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="*", choices=[[], *CASES], default=[])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=8)
    options = parser.parse_args()
    bench, results = Bench(), {}
    try:
        for name in options.case or CASES:
            results[name] = run_case(bench, name, options.rounds, options.seconds)
    finally:
        bench.close()
    print(table(results))
    if not options.case:
        write(results, f"./test.sh bench --rounds {options.rounds} --seconds {options.seconds}")


if __name__ == "__main__":
    main()
