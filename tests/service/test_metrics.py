"""Metrics (OB-3 to OB-5): what Prometheus, a collector of OpenTelemetry and
CloudWatch Logs are told, and that none of them is ever waited for."""

import json
import re
import shutil
import subprocess
import time

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from collector import Collector
from http_client import send
from programs import ROOT, wait_for
from simulator import RATE_LIMITED, text

MODEL = "claude-sonnet-5-5"


@pytest.fixture
def collector():
    collector = Collector()
    yield collector
    collector.stop()


def serve_some(proxy, simulator):
    """One answer of the Plan, one of Bedrock, one error, one refusal."""
    user = proxy.user()
    simulator.plan(text("hello"), RATE_LIMITED, {"status": 400})
    simulator.bedrock(text("hello"))
    assert [user.ask(model=MODEL).status for _ in range(3)] == [200, 200, 400]
    assert send(proxy.url, "POST", "/ak/ak_wrong/v1/messages", b"{}").status == 403
    return user


def scrape(proxy):
    answer = send(proxy.url, "GET", "/metrics", None, [])
    assert answer.status == 200
    return answer.body.decode()


def samples(page):
    """{name{labels}: value} of a page."""
    lines = [line for line in page.splitlines() if line and not line.startswith("#")]
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines}


def value(found, name, **labels):
    """The sum of the samples that have these labels."""
    wanted = [f'{key}="{text_}"' for key, text_ in labels.items()]
    return sum(
        number
        for sample, number in found.items()
        if sample.split("{")[0] == name and all(label in sample for label in wanted)
    )


def test_promtool_finds_nothing_in_the_page_for_prometheus(start_proxy, simulator):
    proxy = start_proxy(prometheus_enabled="true", otel_user_metrics="true")
    serve_some(proxy, simulator)
    promtool = shutil.which("promtool")
    if not promtool:
        pytest.skip("no promtool (Debian's package prometheus)")
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=scrape(proxy), capture_output=True, text=True
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_prometheus_is_told_what_happened(start_proxy, simulator):
    proxy = start_proxy(prometheus_enabled="true")
    serve_some(proxy, simulator)
    found = samples(scrape(proxy))
    requests = "ccproxy_requests_total"
    assert value(found, requests, provider="plan", model=MODEL, status="complete") == 1
    assert value(found, requests, provider="bedrock", model=MODEL) == 1
    assert value(found, requests, provider="plan", status="error") == 1
    assert value(found, requests, provider="none", status="error") == 1
    errors = "ccproxy_errors_total"
    assert value(found, errors, provider="plan", error_type="invalid_request_error") == 1
    assert value(found, errors, provider="none", error_type="permission_error") == 1
    assert value(found, errors) == 2
    fallback = {"from_provider": "plan", "to_provider": "bedrock", "reason": "rate_limit"}
    assert value(found, "ccproxy_fallbacks_total", **fallback) == 1
    assert value(found, "ccproxy_tokens_total", provider="plan", token_type="output") > 0
    assert value(found, "ccproxy_cost_usd_total", provider="bedrock") > 0
    assert value(found, "ccproxy_latency_seconds_count") == 4
    assert value(found, "ccproxy_overhead_seconds_bucket", le="600") == 4
    assert "ccproxy_user_requests_total" not in scrape(proxy)


def test_the_dashboard_asks_for_metrics_that_there_are(start_proxy, simulator, tmp_path):
    proxy = start_proxy(prometheus_enabled="true")
    serve_some(proxy, simulator)
    simulator.plan({"status": 500, "times": 0})
    simulator.bedrock(text("hello", times=0))
    user = proxy.user()
    for _ in range(3):
        user.ask()
    told = {sample.split("{")[0] for sample in samples(scrape(proxy))}
    dashboard = json.loads((ROOT / "docs/grafana-dashboard.json").read_text())
    asked = [t["expr"] for panel in dashboard["panels"] for t in panel["targets"]]
    assert {name for query in asked for name in re.findall(r"ccproxy_\w+", query)} <= told
    if promtool := shutil.which("promtool"):
        rules = [{"record": f"q:{i}", "expr": query} for i, query in enumerate(asked)]
        text_ = json.dumps({"groups": [{"name": "dashboard", "rules": rules}]})
        file = tmp_path / "rules.yml"
        file.write_text(text_.replace("$__rate_interval", "5m").replace("$__range", "6h"))
        checked = subprocess.run([promtool, "check", "rules", file], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_an_open_circuit_shows(start_proxy, simulator):
    proxy = start_proxy(prometheus_enabled="true")
    user = proxy.user()
    simulator.plan({"status": 500, "times": 0})
    simulator.bedrock(text("hello", times=0))
    for _ in range(3):
        assert user.ask(model=MODEL).status == 200
    found = samples(scrape(proxy))
    assert value(found, "ccproxy_circuits_opened_total", provider="plan") == 1
    assert value(found, "ccproxy_circuits_open", provider="plan") == 1


def test_without_the_setting_there_is_no_such_page(proxy):
    assert send(proxy.url, "GET", "/metrics", None, []).status == 404


def test_other_addresses_than_the_allowed_ones_are_refused(start_proxy):
    proxy = start_proxy(
        prometheus_enabled="true",
        prometheus_allowed_cidrs="10.9.8.0/24",
        trusted_proxies="127.0.0.1",
    )
    assert send(proxy.url, "GET", "/metrics", None, []).status == 403
    for address, status in (("10.9.8.7", 200), ("10.9.9.7", 403)):
        headers = [("x-forwarded-for", address)]
        assert send(proxy.url, "GET", "/metrics", None, headers).status == status


# ---- OpenTelemetry ----


def read_otlp(post):
    """The request, by the schema of OpenTelemetry: unknown fields fail."""
    path, headers, body = post
    assert path == "/v1/metrics"
    assert {k.lower(): v for k, v in headers.items()}["content-type"] == "application/json"
    return json_format.Parse(body, ExportMetricsServiceRequest())


def metrics_of(request):
    [resource] = request.resource_metrics
    [scope] = resource.scope_metrics
    return {metric.name: metric for metric in scope.metrics}


def attributes(point):
    return {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in point.attributes}


def test_a_collector_is_told_the_metrics_of_the_schema(start_proxy, simulator, collector):
    proxy = start_proxy(
        otel_enabled="true",
        otel_endpoint=collector.url,
        otel_interval_ms=100,
        otel_user_metrics="true",
    )
    user = serve_some(proxy, simulator)

    def told():
        found = metrics_of(read_otlp(collector.posts[-1])) if collector.posts else {}
        points = found["proxy.requests"].sum.data_points if "proxy.requests" in found else []
        return sum(point.as_int for point in points) == 4 and found

    found = wait_for(told, what="all requests at the collector")
    assert {
        "proxy.requests", "proxy.latency", "proxy.ttft", "proxy.overhead", "proxy.tokens",
        "proxy.cost", "proxy.errors", "proxy.fallbacks", "proxy.circuits_open",
        "proxy.user.requests", "proxy.user.tokens", "proxy.user.cost",
    } <= set(found)  # fmt: skip
    requests = found["proxy.requests"].sum
    assert requests.is_monotonic and requests.aggregation_temporality == 2
    served = [attributes(p) for p in requests.data_points]
    assert {"provider": "plan", "model": MODEL, "status": "complete", "stream": False} in served
    [fallback] = found["proxy.fallbacks"].sum.data_points
    assert attributes(fallback) == {
        "from_provider": "plan", "to_provider": "bedrock", "reason": "rate_limit",
    }  # fmt: skip
    latency = found["proxy.latency"].histogram.data_points[0]
    assert latency.explicit_bounds[-1] == 600
    assert len(latency.bucket_counts) == len(latency.explicit_bounds) + 1
    assert sum(latency.bucket_counts) == latency.count and latency.sum > 0
    assert latency.time_unix_nano > latency.start_time_unix_nano > 0
    [mine] = found["proxy.user.requests"].sum.data_points
    assert (attributes(mine), mine.as_int) == ({"user_id": user.id}, 3)


def test_the_last_metrics_are_sent_when_the_server_ends(start_proxy, simulator, collector):
    proxy = start_proxy(
        otel_enabled="true", otel_endpoint=collector.url, otel_interval_ms=3600000
    )
    serve_some(proxy, simulator)
    assert collector.posts == []
    proxy.stop()
    [post] = collector.posts
    requests = metrics_of(read_otlp(post))["proxy.requests"].sum.data_points
    assert sum(point.as_int for point in requests) == 4


def test_trouble_with_the_collector_never_reaches_a_request(start_proxy, simulator, collector):
    collector.hold.clear()
    proxy = start_proxy(
        otel_enabled="true", otel_endpoint=collector.url, otel_interval_ms=100,
        otel_timeout_ms=300,
    )  # fmt: skip
    wait_for(lambda: collector.posts, what="a sending that hangs")
    user = proxy.user()
    simulator.plan(text("hello", times=0))
    begun = time.monotonic()
    assert user.ask(model=MODEL).status == 200
    assert time.monotonic() - begun < 5
    wait_for(
        lambda: any(line["event"] == "metrics_failed" for line in proxy.log()),
        what="the log's word of it",
    )
    collector.hold.set()
    wait_for(
        lambda: any(line["event"] == "metrics_recovered" for line in proxy.log()),
        what="the log's word of its end",
    )
    collector.status = 500
    wait_for(
        lambda: sum(line["event"] == "metrics_failed" for line in proxy.log()) == 2,
        what="the log's word of a refusal",
    )
    assert user.ask(model=MODEL).status == 200


# ---- CloudWatch's log lines ----


def emf_lines(proxy):
    return [line for line in proxy.log() if "_aws" in line]


def test_log_lines_in_cloudwatchs_embedded_format_tell_all_metrics(start_proxy, simulator):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html"""
    proxy = start_proxy(cloudwatch_mode="emf", cloudwatch_namespace="Some/Space")
    serve_some(proxy, simulator)
    proxy.stop()
    told = {}
    for line in emf_lines(proxy):
        assert abs(line["_aws"]["Timestamp"] / 1000 - time.time()) < 60
        [directive] = line["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "Some/Space"
        [dimensions] = directive["Dimensions"]
        [metric] = directive["Metrics"]
        key = (metric["Name"], *(line[name] for name in dimensions))
        assert key not in told
        told[key] = line[metric["Name"]]
    assert told[("RequestCount", "plan")] == 2
    assert told[("RequestCount", "bedrock")] == 1
    assert told[("ErrorCount", "plan")] == 1
    assert told[("ErrorCount", "plan", "invalid_request_error")] == 1
    assert told[("FallbackCount",)] == told[("FallbackCount", "plan")] == 1
    assert told[("TokensUsed", "plan", "output")] > 0
    assert told[("EstimatedCost", "bedrock")] > 0
    latency = told[("RequestLatency", "plan")]
    assert len(latency["Values"]) == len(latency["Counts"]) <= 100
    assert sum(latency["Counts"]) == latency["Count"] == 2


def test_metrics_name_no_secret(start_proxy, simulator, collector):
    proxy = start_proxy(
        otel_enabled="true", otel_endpoint=collector.url, otel_user_metrics="true",
        prometheus_enabled="true", cloudwatch_mode="emf",
    )  # fmt: skip
    user = proxy.user()
    secret = "sk-ant-api03-canary-in-the-place-of-a-model"
    simulator.plan(text("hello", times=0))
    user.ask(model=secret)
    page = scrape(proxy)
    proxy.stop()
    everything = page + proxy.program.out() + json.dumps([b.decode() for *_, b in collector.posts])
    assert "canary" not in everything and user.key not in everything
