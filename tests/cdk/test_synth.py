"""The CDK app takes the templates as they are (needs Node.js; CCPROXY_CDK: a folder with its packages)."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest
from templates import FOLDER, ORDER, TEMPLATES

PACKAGES = os.environ.get("CCPROXY_CDK", "")

pytestmark = pytest.mark.skipif(not (PACKAGES and shutil.which("node")),
                                reason="no Node.js, or CCPROXY_CDK names no folder with the CDK's packages")


@pytest.fixture(scope="module")
def assembly(tmp_path_factory):
    """What `cdk synth --strict` writes, run on a copy beside the installed packages."""
    app = tmp_path_factory.mktemp("cdk")
    for file in FOLDER.iterdir():
        if file.is_file():
            shutil.copy(file, app)
    (app / "node_modules").symlink_to(pathlib.Path(PACKAGES).resolve() / "node_modules")
    result = subprocess.run([app / "node_modules" / ".bin" / "cdk", "synth", "--strict", "--quiet"], cwd=app,
                            capture_output=True, text=True, env={**os.environ, "HOME": str(app), "CI": "true"})
    assert result.returncode == 0, result.stdout + result.stderr
    assert "WARNING" not in result.stdout + result.stderr
    return app / "cdk.out"


def test_the_validator_is_on_and_finds_nothing(assembly):
    assert json.loads((FOLDER / "cdk.json").read_text())["context"]["@aws-cdk/core:validateAgainstDefaultRules"] is True
    report = json.loads((assembly / "validation-report.json").read_text())
    assert [r for r in report["pluginReports"] if not r["summary"]["status"] == "success"] == []


@pytest.mark.parametrize("name", ORDER)
def test_the_app_changes_no_resource(assembly, name):
    made = json.loads((assembly / f"{name}.template.json").read_text())
    assert set(made["Resources"]) == set(TEMPLATES[name]["Resources"])
    for resource in made["Resources"].values():
        assert resource["Type"].startswith("AWS::")


def run_synth(app, out, *options):
    return subprocess.run([app / "node_modules" / ".bin" / "cdk", "synth", "--strict", "--quiet", "-o", out,
                           *options], cwd=app, capture_output=True, text=True,
                          env={**os.environ, "HOME": str(app), "CI": "true"})


def synth(app, *options):
    """One more synthesis beside the assembly; the templates by name."""
    out = app / f"out-{len(list(app.glob('out-*')))}"
    result = run_synth(app, out, *options)
    assert result.returncode == 0, result.stdout + result.stderr
    return {name: json.loads((out / f"{name}.template.json").read_text()) for name in ORDER}


def test_what_the_file_says_counts_at_every_deployment(assembly):
    """As the default of a parameter it would count at a stack's first one alone."""
    made = {name: json.loads((assembly / f"{name}.template.json").read_text()) for name in ORDER}
    given = json.loads((FOLDER / "parameters.dev.json").read_text())
    asked_for = {"HostedZoneId", "CertificateArn", "AlarmEmail", "BedrockServiceCredentials"}
    for template in made.values():
        assert not (set(template["Parameters"]) & set(given)) - asked_for
    [ranges] = [c["SourceIpConfig"]["Values"] for c in
                made["ComputeStack"]["Resources"]["AdminRule"]["Properties"]["Conditions"] if "SourceIpConfig" in c]
    assert ranges == given["AdminCidrs"].split(",")
    assert made["ComputeStack"]["Parameters"]["HostedZoneId"]["Default"] == given["HostedZoneId"]


def test_the_command_line_goes_over_the_file(assembly):
    made = synth(assembly.parent, "-c", "CpuArchitecture=X86_64", "-c", "Prefix=second-one")
    task = made["ComputeStack"]["Resources"]["TaskDefinition"]["Properties"]
    assert task["RuntimePlatform"]["CpuArchitecture"] == "X86_64"
    assert made["ComputeStack"]["Resources"]["Service"]["Properties"]["ServiceName"] == "second-one"


@pytest.mark.parametrize("given", ["Prefix=ends-in-", f"Prefix={'a' * 33}", "CpuArchitecture=RISCV", "ImageTag=a b"])
def test_what_cloudformation_would_refuse_is_refused_here(assembly, given):
    """It sees no parameter whose place a given value took."""
    result = run_synth(assembly.parent, assembly.parent / "refused", "-c", given)
    assert result.returncode != 0 and given in result.stderr


def test_the_stacks_stand_on_each_other_in_order(assembly):
    manifest = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    for before, name in zip(ORDER, ORDER[1:]):
        assert before in manifest[name]["dependencies"]
