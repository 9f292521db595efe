"""Wrong changes of the templates, each of which some test beside this file must see."""
import copy

import pytest
import test_numbers
import test_wiring
from templates import TEMPLATES

GONE = object()
PUBLIC = {"Fn::ImportValue": {"Fn::Sub": "${Prefix}-PublicSubnetA"}}
PRIVATE = {"Fn::ImportValue": {"Fn::Sub": "${Prefix}-PrivateSubnetA"}}


def of(resource, path):
    return f"Resources/{resource}/Properties/{path}"


TASK_STATEMENT = of("TaskRole", "Policies/0/PolicyDocument/Statement/{}/{}")
MUTATIONS = [
    ("ComputeStack", of("Service", "NetworkConfiguration/AwsvpcConfiguration/Subnets/0"), PUBLIC),
    ("ComputeStack", of("Service", "NetworkConfiguration/AwsvpcConfiguration/Subnets/1"), GONE),
    ("ComputeStack", of("Service", "NetworkConfiguration/AwsvpcConfiguration/SecurityGroups/0"), PUBLIC),
    ("ComputeStack", of("Service", "DeploymentConfiguration/MinimumHealthyPercent"), 0),
    ("ComputeStack", of("Service", "DeploymentConfiguration/MaximumPercent"), 100),
    ("ComputeStack", of("Service", "HealthCheckGracePeriodSeconds"), 1),
    ("ComputeStack", of("Service", "DesiredCount"), 2),
    ("ComputeStack", of("Balancer", "Subnets/0"), PRIVATE),
    ("ComputeStack", of("Balancer", "Scheme"), "internal"),
    ("ComputeStack", of("HttpListener", "DefaultActions/0/RedirectConfig/Port"), "8443"),
    ("ComputeStack", of("HttpListener", "DefaultActions/0/RedirectConfig/StatusCode"), "HTTP_302"),
    ("ComputeStack", of("Record", "AliasTarget/DNSName/Fn::GetAtt/0"), "Cluster"),
    ("ComputeStack", of("Record", "AliasTarget/HostedZoneId"), {"Ref": "HostedZoneId"}),
    ("ComputeStack", of("Record", "Name"), "another.example.com"),
    ("ComputeStack", of("TaskDefinition", "ContainerDefinitions/0/LogConfiguration/LogDriver"), "splunk"),
    ("ComputeStack", of("TaskDefinition", "RuntimePlatform/CpuArchitecture"), "X86_64"),
    ("ComputeStack", of("TargetGroup", "Matcher/HttpCode"), "200-499"),
    ("ComputeStack", TASK_STATEMENT.format(1, "Condition"), GONE),
    ("ComputeStack", TASK_STATEMENT.format(2, "Condition"), GONE),
    ("ComputeStack", TASK_STATEMENT.format(2, "Condition/ForAnyValue:StringEquals"), GONE),
    ("ComputeStack", TASK_STATEMENT.format(0, "Resource/3"), GONE),
    ("ComputeStack", TASK_STATEMENT.format(0, "Resource/4"), GONE),
    ("ComputeStack", of("BedrockPolicy", "PolicyDocument/Statement/0/Resource"), "*"),
    ("ComputeStack", of("BedrockPolicy", "PolicyDocument/Statement/0/Resource/0"), "*"),
    ("ComputeStack", of("BedrockPolicy", "PolicyDocument/Statement/1/Resource"), "*"),
    ("ComputeStack", "Parameters/CpuArchitecture/Default", "X86_64"),
    ("ComputeStack", "Parameters/Prefix/MaxLength", 40),
    ("ComputeStack", "Resources/LogGroup", GONE),
    ("DatabaseStack", of("Subnets", "SubnetIds/0"), PUBLIC),
    ("DatabaseStack", of("Cluster", "VpcSecurityGroupIds/0"), PUBLIC),
    ("DatabaseStack", of("LogGroup", "RetentionInDays"), GONE),
    ("DatabaseStack", of("LogGroup", "LogGroupName/Fn::Sub"), "/aws/rds/cluster/${Prefix}/postgresql"),
    ("DatabaseStack", "Resources/Cluster/DependsOn", GONE),
    ("DatabaseStack", "Resources/Cluster/DeletionPolicy", GONE),
    ("DatabaseStack", "Resources/LogGroup", GONE),
    ("DatabaseStack", "Parameters/EngineVersion/Default", "15.2"),
    ("DatabaseStack", "Parameters/Prefix/AllowedPattern", "[a-z][a-z0-9-]{2,30}"),
    ("SecretsStack", "Resources/Key", GONE),
    ("SecretsStack", "Resources/Repository", GONE),
    ("SecretsStack", "Resources/KeyHasherSecret/UpdateReplacePolicy", "Delete"),
    ("NetworkStack", of("TasksFromBalancer", "IpProtocol"), "-1"),
    ("NetworkStack", of("TasksToInternet", "IpProtocol"), "udp"),
    ("NetworkStack", of("TaskGroup", "SecurityGroupEgress/0/CidrIp"), "0.0.0.0/0"),
    ("NetworkStack", of("InternetGatewayAttachment", "VpcId"), GONE),
    ("NetworkStack", "Resources/InternetGatewayAttachment", GONE),
    ("NetworkStack", "Outputs/PrivateSubnetA/Value/Ref", "PublicSubnetA"),
    ("MonitoringStack", of("HighErrorRatePlan", "ComparisonOperator"), "LessThanThreshold"),
    ("MonitoringStack", of("HighErrorRatePlan", "TreatMissingData"), "breaching"),
    ("MonitoringStack", of("HighErrorRateBedrock", "Metrics/0/MetricStat/Stat"), "Average"),
    ("MonitoringStack", of("HighLatencyPlan", "Metrics/0/MetricStat/Stat"), "Sum"),
    ("MonitoringStack", of("HighLatencyPlan", "Metrics/1/MetricStat/Stat"), "p95"),
    ("MonitoringStack", of("UnhealthyTasks", "ComparisonOperator"), "LessThanOrEqualToThreshold"),
    ("MonitoringStack", of("UnhealthyTasks", "TreatMissingData"), "notBreaching"),
    ("MonitoringStack", of("UnhealthyTasks", "Statistic"), "Maximum"),
    ("MonitoringStack", of("DatabaseCpu", "Statistic"), "Minimum"),
]  # fmt: skip


def cases_of(test):
    """The arguments of each of a test's cases."""
    for mark in getattr(test, "pytestmark", []):
        if mark.name == "parametrize":
            names = [name.strip() for name in mark.args[0].split(",")]
            for values in mark.args[1]:
                yield dict(zip(names, values if len(names) > 1 else [values]))
            return
    yield {}


# Those of the templates alone: a linter and a cloud take seconds.
SLOW = ("lint", "can_be_made")
TESTS = [test for module in (test_numbers, test_wiring) for name, test in vars(module).items()
         if name.startswith("test_") and callable(test) and not any(part in name for part in SLOW)]


def is_seen():
    for test in TESTS:
        for case in cases_of(test):
            try:
                test(**case)
            except (AssertionError, LookupError, TypeError, ValueError):
                return True
    return False


def change(template, path, value):
    *way, last = [int(key) if key.isdigit() else key for key in path.split("/")]
    for key in way:
        template = template[key]
    if value is GONE:
        del template[last]
    else:
        template[last] = value


def test_the_templates_themselves_are_right():
    assert len(TESTS) > 25 and not is_seen()


@pytest.mark.parametrize("stack, path, value", MUTATIONS,
                         ids=[f"{stack}-{path}".replace("Resources/", "") for stack, path, _ in MUTATIONS])
def test_a_wrong_template_is_seen(monkeypatch, stack, path, value):
    wrong = copy.deepcopy(TEMPLATES[stack])
    change(wrong, path, value)
    monkeypatch.setitem(TEMPLATES, stack, wrong)
    assert is_seen()
