"""The deployment's alarms and dashboard ask for metrics that the program sends,
under the dimensions with which it sends them."""

import json

from programs import ROOT
from simulator import RATE_LIMITED, text


def numbers_of(value):
    """Every object within."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from numbers_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from numbers_of(inner)


def asked_for():
    """(metric, ((dimension, value), ...)) of the namespace of ours."""
    template = json.loads((ROOT / "cdk-spec/MonitoringStack.json").read_text())
    own = {"Fn::ImportValue": {"Fn::Sub": "${Prefix}-MetricNamespace"}}
    for found in numbers_of(template["Resources"]):
        if "MetricName" in found and found.get("Namespace") == own:
            dimensions = [(d["Name"], d["Value"]) for d in found.get("Dimensions", [])]
            yield found["MetricName"], tuple(sorted(dimensions))
    body = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0]
    for widget in json.loads(body)["widgets"]:
        for space, name, *rest in widget["properties"]["metrics"]:
            if space == "${Namespace}":
                texts = [part for part in rest if isinstance(part, str)]
                yield name, tuple(sorted(zip(texts[::2], texts[1::2], strict=True)))


def test_each_metric_of_alarms_and_dashboard_is_sent(start_proxy, simulator, tmp_path):
    proxy = start_proxy(cloudwatch_mode="emf", circuit_failure_threshold=1)
    simulator.plan(text("hello"), {"status": 400}, RATE_LIMITED, {"status": 529})
    simulator.bedrock(text("hello"), {"status": 400})
    user = proxy.user()
    for _ in range(2):
        user.ask()
    assert user.ask().fallback == "rate_limit"
    assert proxy.user(routing="bedrock_only").ask().status == 400
    proxy.stop()
    sent = set()
    for line in proxy.log():
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            for names in directive["Dimensions"]:
                dimensions = tuple(sorted((name, line[name]) for name in names))
                sent |= {(metric["Name"], dimensions) for metric in directive["Metrics"]}
    wanted = set(asked_for())
    assert len(wanted) > 15
    # A row is lost only when the disk is full.
    assert wanted - sent <= {("UsageDropped", ())}, sorted(wanted - sent)
