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


def test_the_stacks_stand_on_each_other_in_order(assembly):
    manifest = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    for before, name in zip(ORDER, ORDER[1:]):
        assert before in manifest[name]["dependencies"]
