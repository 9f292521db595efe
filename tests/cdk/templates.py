"""The five templates as data, and how to find things in them."""
import json
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "cdk-spec"
ORDER = ["NetworkStack", "SecretsStack", "DatabaseStack", "ComputeStack", "MonitoringStack"]


def load(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


TEMPLATES = {name: load(name) for name in ORDER}


def properties(stack, resource):
    return TEMPLATES[stack]["Resources"][resource]["Properties"]


def of_type(stack, kind):
    resources = TEMPLATES[stack]["Resources"]
    return {name: r for name, r in resources.items() if r["Type"] == f"AWS::{kind}"}


def walk(value):
    """Every object within a template, itself included."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)


def imports(stack):
    """Names that a stack imports, without the prefix."""
    return {v["Fn::ImportValue"]["Fn::Sub"].removeprefix("${Prefix}-")
            for v in walk(TEMPLATES[stack]) if "Fn::ImportValue" in v}


def exports(stack):
    return {o["Export"]["Name"]["Fn::Sub"].removeprefix("${Prefix}-")
            for o in TEMPLATES[stack].get("Outputs", {}).values() if "Export" in o}


def attributes(resource, key="Attributes"):
    return {a["Key"]: a["Value"] for a in resource[key]}


def environment():
    container = properties("ComputeStack", "TaskDefinition")["ContainerDefinitions"][0]
    return {e["Name"]: e["Value"] for e in container["Environment"]}
