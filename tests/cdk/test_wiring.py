"""The templates fit each other, the program and the services' own lists."""
import json
import pathlib
import re
import subprocess
import sys

import boto3
import pytest
from moto import mock_aws
from templates import FOLDER, ORDER, TEMPLATES, environment, exports, imports, of_type, properties, walk

ROOT = FOLDER.parent


@pytest.mark.parametrize("position", range(len(ORDER)))
def test_a_stack_imports_only_what_an_earlier_one_exports(position):
    before = set().union(*(exports(s) for s in ORDER[:position]), set())
    assert imports(ORDER[position]) <= before


def test_every_export_is_imported():
    assert set().union(*map(exports, ORDER)) <= set().union(*map(imports, ORDER))


def lint(*files):
    return subprocess.run([pathlib.Path(sys.executable).with_name("cfn-lint"), *files], capture_output=True, text=True)


def test_cfn_lint_finds_nothing():
    result = lint(*sorted(FOLDER.glob("*Stack.json")))
    assert (result.returncode, result.stdout) == (0, "")


def test_cfn_lint_would_find_an_action_that_does_not_exist(tmp_path):
    wrong = (FOLDER / "ComputeStack.json").read_text().replace("kms:GenerateDataKey", "kms:MakeDataKey")
    (tmp_path / "wrong.json").write_text(wrong)
    assert "W3037" in lint(tmp_path / "wrong.json").stdout


def test_every_template_file_is_in_the_order():
    assert {p.stem for p in FOLDER.glob("*Stack.json")} == set(ORDER)


def statements():
    for stack in ORDER:
        for value in walk(TEMPLATES[stack]):
            if "Effect" in value and "Action" in value:
                yield value


def test_policies_allow_no_action_by_wildcard():
    for statement in statements():
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        if statement.get("Sid") != "TheAccountDecidesByItsPolicies":
            assert not any("*" in action for action in actions), statement


def test_only_calls_without_resources_are_allowed_on_all():
    holders = [r["Properties"] for kind in ("IAM::Role", "IAM::Policy") for r in of_type("ComputeStack", kind).values()]
    allowed = [s for holder in holders for s in walk(holder) if "Effect" in s and "Resource" in s]
    assert "bedrock:ListInferenceProfiles" in [s["Action"] for s in allowed]
    wide = [s for s in allowed if "*" in (s["Resource"] if isinstance(s["Resource"], list) else [s["Resource"]])]
    assert [s["Action"] for s in wide] == ["ecr:GetAuthorizationToken", "cloudwatch:PutMetricData"]


def test_tasks_may_call_models_of_anthropic_and_profiles_of_the_account():
    policy = TEMPLATES["ComputeStack"]["Resources"]["BedrockPolicy"]
    assert policy["Condition"] == "HasServiceCredentials" and policy["Properties"]["Roles"] == [{"Ref": "TaskRole"}]
    resources = {r["Fn::Sub"].partition(":bedrock:")[2] for s in policy["Properties"]["PolicyDocument"]["Statement"]
                 for r in (s["Resource"] if isinstance(s["Resource"], list) else [s["Resource"]])}
    assert resources == {"*::foundation-model/anthropic.*", "*:${AWS::AccountId}:inference-profile/*",
                         "*:${AWS::AccountId}:application-inference-profile/*"}


def test_tasks_use_the_key_as_the_program_does_and_through_secrets_manager_alone():
    [context] = re.findall('#define CONTEXT_NAME "(.*)"', (ROOT / "lib" / "aws" / "kms.c").read_text())
    role = properties("ComputeStack", "TaskRole")
    of_kms = [s for s in walk(role) if "kms:" in str(s.get("Action"))]
    assert [(s["Action"], s["Condition"]) for s in of_kms] == [
        ("kms:Decrypt", {"StringEquals": {"kms:ViaService": {
            "Fn::Sub": "secretsmanager.${AWS::Region}.${AWS::URLSuffix}"}}}),
        (["kms:GenerateDataKey", "kms:Decrypt"], {"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": context},
                                                  "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": context}})]


def test_a_plan_key_that_is_not_there_is_told_as_missing_and_not_as_forbidden():
    """A name that no secret has is asked for without the six characters that end a secret's ARN."""
    [read] = [s for s in statements() if s["Action"] == "secretsmanager:GetSecretValue"]
    of_plan = [r["Fn::Sub"].partition(":secret:")[2] for r in read["Resource"] if "Fn::Sub" in r]
    assert of_plan == ["${Prefix}/plan-api-key", "${Prefix}/plan-api-key-??????"]
    assert environment()["CCPROXY_PLAN_API_KEY_SECRET"] == {"Fn::Sub": of_plan[0]}


def test_the_metric_namespace_is_one_for_program_policy_and_alarms():
    namespace = {"Ref": "MetricNamespace"}
    [put] = [s for s in statements() if s["Action"] == "cloudwatch:PutMetricData"]
    assert put["Condition"]["StringEquals"]["cloudwatch:namespace"] == namespace
    assert environment()["CCPROXY_CLOUDWATCH_NAMESPACE"] == namespace
    assert TEMPLATES["ComputeStack"]["Parameters"]["MetricNamespace"]["Default"] == "ClaudeCodeProxy"


def settings_of_the_program():
    """Names in the configuration reference, which a test of its own holds to the program's table."""
    return set(re.findall(r"^\|\s*`([a-z0-9_]+)`", (ROOT / "docs" / "configuration.md").read_text(), re.M))


def test_tasks_are_given_settings_that_exist():
    known = settings_of_the_program()
    for name in environment():
        setting = name.removeprefix("CCPROXY_").lower()
        assert setting in known or setting.removesuffix("_secret") in known, name


def metrics_of_alarms_and_dashboard():
    for value in walk(TEMPLATES["MonitoringStack"]):
        if "MetricName" in value and value.get("Namespace") == {"Fn::ImportValue": {"Fn::Sub": "${Prefix}-MetricNamespace"}}:
            yield value["MetricName"], frozenset(d["Name"] for d in value.get("Dimensions", []))
    body = json.loads(properties("MonitoringStack", "Dashboard")["DashboardBody"]["Fn::Sub"][0])
    for widget in body["widgets"]:
        for namespace, name, *rest in widget["properties"]["metrics"]:
            if namespace == "${Namespace}":
                names = [r for r in rest if isinstance(r, str)]
                yield name, frozenset(names[::2])


def sent():
    """Names and sets of dimensions in the program's own table of metrics; that it sends just these is a
    service test's (tests/service/test_alarms.py)."""
    source = (ROOT / "lib" / "observe" / "metric_table.c").read_text()
    dimensions = dict(re.findall(r'\{"(\w+)", "([A-Z]\w+)"\}', source))
    rows = re.findall(r'\{"([A-Z]\w+)", "\w+", [\w.]+, \{([^}]*)\}\}', source)
    found = {name: [{dimensions[label] for label in text.split(",") if label} for text in re.findall(r'"([^"]*)"', sets)]
             for name, sets in rows}
    assert len(found) == 12
    return found


def test_alarms_and_dashboard_read_what_the_program_sends():
    read = set(metrics_of_alarms_and_dashboard())
    assert len(read) > 10
    for name, dimensions in read:
        assert set(dimensions) in sent()[name], name


def test_widgets_stand_beside_each_other():
    body = json.loads(properties("MonitoringStack", "Dashboard")["DashboardBody"]["Fn::Sub"][0])
    places = [(w["x"], w["y"]) for w in body["widgets"]]
    assert len(places) == len(set(places))


@mock_aws
def test_the_network_can_be_made():
    cloud = boto3.client("cloudformation", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    ec2 = boto3.client("ec2", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    cloud.create_stack(StackName="NetworkStack", TemplateBody=(FOLDER / "NetworkStack.json").read_text())
    [stack] = cloud.describe_stacks(StackName="NetworkStack")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    made = {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [made["VpcId"]]}])["Subnets"]
    assert {s["CidrBlock"] for s in subnets} == {"10.0.1.0/24", "10.0.2.0/24", "10.0.11.0/24", "10.0.12.0/24"}
    assert len({s["AvailabilityZone"] for s in subnets}) == 2
    [nat] = ec2.describe_nat_gateways()["NatGateways"]
    assert nat["SubnetId"] == made["PublicSubnetA"]
    [group] = ec2.describe_security_groups(GroupIds=[made["DatabaseGroup"]])["SecurityGroups"]
    assert [(r["FromPort"], r["UserIdGroupPairs"][0]["GroupId"]) for r in group["IpPermissions"]] == [
        (5432, made["TaskGroup"])]
