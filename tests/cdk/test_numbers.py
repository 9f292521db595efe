"""Every number of the design stands in the templates (DE-2 to DE-6)."""
import json
import re

import pytest
from templates import ORDER, TEMPLATES, attributes, environment, of_type, properties


def test_the_network_is_the_one_drawn():
    assert properties("NetworkStack", "Vpc")["CidrBlock"] == "10.0.0.0/16"
    subnets = {name: (s["Properties"]["CidrBlock"], s["Properties"]["AvailabilityZone"]["Fn::Select"][0])
               for name, s in of_type("NetworkStack", "EC2::Subnet").items()}
    assert subnets == {"PublicSubnetA": ("10.0.1.0/24", 0), "PublicSubnetB": ("10.0.2.0/24", 1),
                       "PrivateSubnetA": ("10.0.11.0/24", 0), "PrivateSubnetB": ("10.0.12.0/24", 1)}
    assert len(of_type("NetworkStack", "EC2::InternetGateway")) == 1
    [attachment] = of_type("NetworkStack", "EC2::VPCGatewayAttachment").values()
    assert attachment["Properties"] == {"VpcId": {"Ref": "Vpc"}, "InternetGatewayId": {"Ref": "InternetGateway"}}
    [nat] = of_type("NetworkStack", "EC2::NatGateway").values()
    assert nat["Properties"]["SubnetId"] == {"Ref": "PublicSubnetA"}


def routes_of(subnet):
    [table] = [a["Properties"]["RouteTableId"]["Ref"]
               for a in of_type("NetworkStack", "EC2::SubnetRouteTableAssociation").values()
               if a["Properties"]["SubnetId"] == {"Ref": subnet}]
    return [r["Properties"] for r in of_type("NetworkStack", "EC2::Route").values()
            if r["Properties"]["RouteTableId"] == {"Ref": table}]


@pytest.mark.parametrize("subnet", ["PublicSubnetA", "PublicSubnetB"])
def test_public_subnets_reach_the_internet_gateway(subnet):
    [route] = routes_of(subnet)
    assert route["DestinationCidrBlock"] == "0.0.0.0/0" and route["GatewayId"] == {"Ref": "InternetGateway"}


@pytest.mark.parametrize("subnet", ["PrivateSubnetA", "PrivateSubnetB"])
def test_private_subnets_go_out_by_the_one_nat_gateway(subnet):
    [route] = routes_of(subnet)
    assert route["DestinationCidrBlock"] == "0.0.0.0/0" and route["NatGatewayId"] == {"Ref": "NatGateway"}


def test_security_groups_have_the_least_reach():
    def rules(kind, other):
        return {(r["GroupId"]["Fn::GetAtt"][0], r["IpProtocol"], r["FromPort"], r["ToPort"],
                 r.get("CidrIp") or r[other]["Fn::GetAtt"][0])
                for r in (x["Properties"] for x in of_type("NetworkStack", f"EC2::SecurityGroup{kind}").values())}

    assert rules("Ingress", "SourceSecurityGroupId") == {
        ("BalancerGroup", "tcp", 443, 443, "0.0.0.0/0"), ("BalancerGroup", "tcp", 80, 80, "0.0.0.0/0"),
        ("TaskGroup", "tcp", 8000, 8000, "BalancerGroup"), ("DatabaseGroup", "tcp", 5432, 5432, "TaskGroup")}
    assert rules("Egress", "DestinationSecurityGroupId") == {
        ("BalancerGroup", "tcp", 8000, 8000, "TaskGroup"), ("TaskGroup", "tcp", 5432, 5432, "DatabaseGroup"),
        ("TaskGroup", "tcp", 443, 443, "0.0.0.0/0")}
    for group in of_type("NetworkStack", "EC2::SecurityGroup").values():
        [nothing] = group["Properties"]["SecurityGroupEgress"]
        assert nothing["CidrIp"] == "255.255.255.255/32" and "SecurityGroupIngress" not in group["Properties"]


def test_the_key_rotates_under_its_alias():
    assert properties("SecretsStack", "Key")["EnableKeyRotation"] is True
    assert properties("SecretsStack", "KeyAlias")["AliasName"] == {"Fn::Sub": "alias/${Prefix}"}
    for template in TEMPLATES.values():
        assert template["Parameters"]["Prefix"]["Default"] == "claude-code-proxy"


@pytest.mark.parametrize("prefix, fits", [
    ("claude-code-proxy", True), ("abc", True), ("a" * 32, True), ("a" * 33, False), ("ab", False), ("proxy-", False),
    ("-proxy", False), ("two--hyphens", False), ("1st", False), ("Proxy", False), ("internal-proxy", False)])
def test_every_name_built_from_the_prefix_is_one_that_its_service_takes(prefix, fits):
    """Of those, the balancer's and the target group's are the shortest (32), and a cluster's is the strictest."""
    for stack in ORDER:
        asked = TEMPLATES[stack]["Parameters"]["Prefix"]
        is_taken = (asked["MinLength"] <= len(prefix) <= asked["MaxLength"]
                    and bool(re.fullmatch(asked["AllowedPattern"], prefix)))
        assert is_taken == fits
    assert properties("ComputeStack", "Balancer")["Name"] == {"Ref": "Prefix"}
    assert properties("ComputeStack", "TargetGroup")["Name"] == {"Ref": "Prefix"}
    assert properties("DatabaseStack", "Cluster")["DBClusterIdentifier"] == {"Fn::Sub": "${Prefix}-database"}


def test_the_stacks_make_two_secrets_and_not_the_plan_key():
    secrets = {s["Properties"]["Name"]["Fn::Sub"]: s["Properties"]["GenerateSecretString"]
               for s in of_type("SecretsStack", "SecretsManager::Secret").values()}
    assert set(secrets) == {"${Prefix}/admin-credentials", "${Prefix}/key-hasher-secret"}
    assert secrets["${Prefix}/key-hasher-secret"]["PasswordLength"] == 64
    assert json.loads(secrets["${Prefix}/admin-credentials"]["SecretStringTemplate"]) == {"username": "admin"}
    assert secrets["${Prefix}/admin-credentials"]["GenerateStringKey"] == "password"


def test_the_database_is_as_designed():
    cluster = properties("DatabaseStack", "Cluster")
    assert cluster["Engine"] == "aurora-postgresql"
    version = TEMPLATES["DatabaseStack"]["Parameters"]["EngineVersion"]
    assert version["Default"] == "15.15" and "15.4" in version["Description"]
    assert cluster["EngineVersion"] == {"Ref": "EngineVersion"}
    assert cluster["ServerlessV2ScalingConfiguration"] == {"MinCapacity": 0.5, "MaxCapacity": 4}
    assert cluster["StorageEncrypted"] is True and cluster["DatabaseName"] == "proxy"
    assert cluster["BackupRetentionPeriod"] == 7 and cluster["PreferredBackupWindow"] == "03:00-04:00"
    assert cluster["ManageMasterUserPassword"] is True
    assert properties("DatabaseStack", "Parameters")["Parameters"] == {"rds.force_ssl": "1"}
    zones = {name: i["Properties"]["AvailabilityZone"]["Fn::Select"][0]
             for name, i in of_type("DatabaseStack", "RDS::DBInstance").items()}
    assert zones == {"Writer": 0, "Reader": 1}
    for instance in of_type("DatabaseStack", "RDS::DBInstance").values():
        assert instance["Properties"]["DBInstanceClass"] == "db.serverless"
        assert instance["Properties"]["PubliclyAccessible"] is False


def test_tasks_have_the_designed_size_and_stop_in_time():
    task = properties("ComputeStack", "TaskDefinition")
    [container] = task["ContainerDefinitions"]
    assert (task["Cpu"], task["Memory"]) == ("512", "1024")
    assert task["RuntimePlatform"]["CpuArchitecture"] == {"Ref": "CpuArchitecture"}
    built_for = TEMPLATES["ComputeStack"]["Parameters"]["CpuArchitecture"]
    assert built_for["Default"] == "ARM64" and set(built_for["AllowedValues"]) == {"ARM64", "X86_64"}
    assert task["RequiresCompatibilities"] == ["FARGATE"] and task["NetworkMode"] == "awsvpc"
    assert container["Name"] == "claude-code-proxy"
    assert [p["ContainerPort"] for p in container["PortMappings"]] == [8000]
    assert container["StopTimeout"] == 120 and container["ReadonlyRootFilesystem"] is True


def test_the_service_fits_its_container_and_balancer():
    service = properties("ComputeStack", "Service")
    [balancer] = service["LoadBalancers"]
    container = properties("ComputeStack", "TaskDefinition")["ContainerDefinitions"][0]
    assert balancer["ContainerName"] == container["Name"]
    assert balancer["ContainerPort"] == container["PortMappings"][0]["ContainerPort"]
    assert balancer["TargetGroupArn"] == {"Ref": "TargetGroup"}
    network = service["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert network["AssignPublicIp"] == "DISABLED"
    assert service["DeploymentConfiguration"] == {"MinimumHealthyPercent": 100, "MaximumPercent": 200,
                                                  "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True}}
    assert service["HealthCheckGracePeriodSeconds"] == 60
    assert "DesiredCount" not in service, "an update would undo what scaling has done"


def subnets(stack, *path):
    found = properties(stack, path[0])
    for key in path[1:]:
        found = found[key]
    return [s["Fn::ImportValue"]["Fn::Sub"] for s in found]


def test_tasks_and_database_are_in_private_subnets_and_the_balancer_in_public_ones():
    private, public = ([f"${{Prefix}}-{kind}Subnet{zone}" for zone in "AB"] for kind in ("Private", "Public"))
    assert subnets("ComputeStack", "Service", "NetworkConfiguration", "AwsvpcConfiguration", "Subnets") == private
    assert subnets("DatabaseStack", "Subnets", "SubnetIds") == private
    assert properties("DatabaseStack", "Cluster")["DBSubnetGroupName"] == {"Ref": "Subnets"}
    assert subnets("ComputeStack", "Balancer", "Subnets") == public
    for name, output in TEMPLATES["NetworkStack"]["Outputs"].items():
        if "Subnet" in name:
            assert output["Value"] == {"Ref": name} and output["Export"]["Name"] == {"Fn::Sub": f"${{Prefix}}-{name}"}


@pytest.mark.parametrize("stack, path, group", [
    ("ComputeStack", ("Service", "NetworkConfiguration", "AwsvpcConfiguration", "SecurityGroups"), "Task"),
    ("ComputeStack", ("Balancer", "SecurityGroups"), "Balancer"),
    ("DatabaseStack", ("Cluster", "VpcSecurityGroupIds"), "Database")])
def test_each_is_in_its_own_security_group(stack, path, group):
    assert subnets(stack, *path) == [f"${{Prefix}}-{group}Group"]


def test_two_to_ten_tasks_follow_cpu_and_memory():
    target = properties("ComputeStack", "ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 10)
    goals = {}
    for policy in of_type("ComputeStack", "ApplicationAutoScaling::ScalingPolicy").values():
        rule = policy["Properties"]["TargetTrackingScalingPolicyConfiguration"]
        goals[rule["PredefinedMetricSpecification"]["PredefinedMetricType"]] = rule["TargetValue"]
        assert (rule["ScaleOutCooldown"], rule["ScaleInCooldown"]) == (60, 300)
    assert goals == {"ECSServiceAverageCPUUtilization": 70, "ECSServiceAverageMemoryUtilization": 80}


def test_the_balancer_serves_https_and_redirects_http():
    https, http = properties("ComputeStack", "HttpsListener"), properties("ComputeStack", "HttpListener")
    assert (https["Port"], https["Protocol"]) == (443, "HTTPS") and "TLS13-1-2" in https["SslPolicy"]
    [redirect] = http["DefaultActions"]
    assert (http["Port"], http["Protocol"], redirect["Type"]) == (80, "HTTP", "redirect")
    assert redirect["RedirectConfig"] == {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    assert properties("ComputeStack", "Balancer")["Scheme"] == "internet-facing"
    settings = attributes(properties("ComputeStack", "Balancer"), "LoadBalancerAttributes")
    assert settings["idle_timeout.timeout_seconds"] == "4000"
    assert float(environment()["CCPROXY_KEEP_ALIVE_TIMEOUT"]) > 4000, "else the balancer meets closed connections"


def test_health_is_asked_as_designed():
    group = properties("ComputeStack", "TargetGroup")
    assert (group["Port"], group["Protocol"], group["TargetType"]) == (8000, "HTTP", "ip")
    assert (group["HealthCheckPath"], group["Matcher"]) == ("/health", {"HttpCode": "200"})
    assert (group["HealthCheckIntervalSeconds"], group["HealthCheckTimeoutSeconds"]) == (30, 5)
    assert (group["HealthyThresholdCount"], group["UnhealthyThresholdCount"]) == (2, 3)
    assert attributes(group, "TargetGroupAttributes")["deregistration_delay.timeout_seconds"] == "330"


def test_admin_paths_are_open_to_configured_ranges_alone():
    for name, rule in of_type("ComputeStack", "ElasticLoadBalancingV2::ListenerRule").items():
        conditions = {c["Field"]: c for c in rule["Properties"]["Conditions"]}
        paths = conditions["path-pattern"]["PathPatternConfig"]["Values"]
        if any(p.startswith(("/admin", "/ui")) for p in paths):
            assert conditions["source-ip"]["SourceIpConfig"]["Values"] == {"Ref": "AdminCidrs"}
        else:
            assert "source-ip" not in conditions and not any(p in ("*", "/*") for p in paths), name
    assert properties("ComputeStack", "HttpsListener")["DefaultActions"][0]["Type"] == "fixed-response"


def test_the_domain_has_a_validated_certificate_and_a_record():
    certificate = properties("ComputeStack", "Certificate")
    assert certificate["ValidationMethod"] == "DNS"
    assert certificate["DomainValidationOptions"][0]["HostedZoneId"] == {"Ref": "HostedZoneId"}
    record = properties("ComputeStack", "Record")
    assert (record["Type"], record["Name"]) == ("A", {"Ref": "DomainName"})
    assert record["AliasTarget"] == {"DNSName": {"Fn::GetAtt": ["Balancer", "DNSName"]},
                                     "HostedZoneId": {"Fn::GetAtt": ["Balancer", "CanonicalHostedZoneID"]},
                                     "EvaluateTargetHealth": True}
    assert TEMPLATES["ComputeStack"]["Parameters"]["DomainName"]["Default"] == "proxy.example.com"


def test_logs_are_kept_thirty_days():
    names = {"ComputeStack": "/ecs/${Prefix}", "DatabaseStack": "/aws/rds/cluster/${Prefix}-database/postgresql"}
    for stack, name in names.items():
        group = properties(stack, "LogGroup")
        assert (group["LogGroupName"], group["RetentionInDays"]) == ({"Fn::Sub": name}, 30)
        assert name in json.dumps(properties("SecretsStack", "Key")["KeyPolicy"]), "CloudWatch may not use the key for it"
    log = properties("ComputeStack", "TaskDefinition")["ContainerDefinitions"][0]["LogConfiguration"]
    assert log["LogDriver"] == "awslogs" and log["Options"]["awslogs-group"] == {"Ref": "LogGroup"}
    assert log["Options"]["mode"] == "non-blocking", "a log that is not taken must not stop the program"


def test_the_databases_log_group_is_there_before_the_database_makes_one_that_lasts_for_ever():
    cluster = TEMPLATES["DatabaseStack"]["Resources"]["Cluster"]
    assert cluster["DependsOn"] == "LogGroup"
    assert cluster["Properties"]["EnableCloudwatchLogsExports"] == ["postgresql"]
    identifier = cluster["Properties"]["DBClusterIdentifier"]["Fn::Sub"]
    assert properties("DatabaseStack", "LogGroup")["LogGroupName"]["Fn::Sub"] == f"/aws/rds/cluster/{identifier}/postgresql"


# Name: comparison, threshold, statistic, period, evaluations, of which breaching, what no data means
ABOVE, GOOD = "GreaterThanThreshold", "notBreaching"
ALARMS = {"HighErrorRate-Plan": (ABOVE, 5, {"Sum"}, 300, 5, 3, GOOD),
          "HighErrorRate-Bedrock": (ABOVE, 1, {"Sum"}, 300, 5, 3, GOOD),
          "HighLatency-Plan": (ABOVE, 500, {"p95", "Sum"}, 300, 5, 3, GOOD),
          "HighLatency-Bedrock": (ABOVE, 1000, {"p95", "Sum"}, 300, 5, 3, GOOD),
          "HighFallbackRate": (ABOVE, 10, {"Sum"}, 300, 5, 3, GOOD),
          "UnhealthyTasks": ("LessThanThreshold", 2, {"Minimum"}, 60, 1, 1, "breaching"),
          "DatabaseCpu": (ABOVE, 80, {"Average"}, 300, 5, 3, GOOD),
          "ServiceCpu": (ABOVE, 90, {"Average"}, 300, 5, 3, GOOD),
          "CircuitBreakerOpen": (ABOVE, 0, {"Sum"}, 300, 1, 1, GOOD)}


def alarms():
    return {a["Properties"]["AlarmName"]["Fn::Sub"].removeprefix("${Prefix}-"): a["Properties"]
            for a in of_type("MonitoringStack", "CloudWatch::Alarm").values()}


def test_alarms_are_those_designed():
    def measured(alarm):
        stats = [m["MetricStat"] for m in alarm.get("Metrics", []) if "MetricStat" in m]
        [period] = {s["Period"] for s in stats} or {alarm["Period"]}
        return {s["Stat"] for s in stats} or {alarm["Statistic"]}, period

    assert {name: (a["ComparisonOperator"], a["Threshold"], *measured(a), a["EvaluationPeriods"],
                   a["DatapointsToAlarm"], a["TreatMissingData"]) for name, a in alarms().items()} == ALARMS


@pytest.mark.parametrize("name", [n for n in ALARMS if n.startswith("HighLatency")])
def test_latency_is_the_95th_percentile_of_what_the_proxy_adds(name):
    stats = {m["Id"]: m["MetricStat"] for m in alarms()[name]["Metrics"] if "MetricStat" in m}
    assert (stats["overhead"]["Stat"], stats["overhead"]["Metric"]["MetricName"]) == ("p95", "ProxyOverhead")
    assert stats["requests"]["Stat"] == "Sum"


@pytest.mark.parametrize("name", [n for n in ALARMS if n.startswith("High")])
def test_rates_count_only_with_enough_requests(name):
    [value] = [m["Expression"] for m in alarms()[name]["Metrics"] if "Expression" in m]
    assert value.startswith("IF(") and ">= 10," in value


def test_only_the_informing_alarm_tells_nobody():
    assert [n for n, a in alarms().items() if "AlarmActions" not in a] == ["CircuitBreakerOpen"]


def test_nothing_that_holds_data_is_deleted_with_its_stack():
    """What a first deployment has made that then fails goes with it, else the next one meets its name."""
    keeps = {("SecretsStack", "Key"), ("SecretsStack", "AdminCredentials"), ("SecretsStack", "KeyHasherSecret"),
             ("SecretsStack", "Repository"), ("DatabaseStack", "Cluster"), ("DatabaseStack", "LogGroup"),
             ("ComputeStack", "LogGroup")}
    policies = {(stack, name): (r["DeletionPolicy"], r["UpdateReplacePolicy"]) for stack in ORDER
                for name, r in TEMPLATES[stack]["Resources"].items() if r.get("DeletionPolicy", "Delete") != "Delete"}
    assert policies == {of: ("Snapshot", "Snapshot") if of == ("DatabaseStack", "Cluster")
                        else ("RetainExceptOnCreate", "Retain") for of in keeps}
