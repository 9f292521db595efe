"""Every number of the design stands in the templates (DE-2 to DE-6)."""
import json

import pytest
from templates import ORDER, TEMPLATES, attributes, environment, of_type, properties


def test_the_network_is_the_one_drawn():
    assert properties("NetworkStack", "Vpc")["CidrBlock"] == "10.0.0.0/16"
    subnets = {name: (s["Properties"]["CidrBlock"], s["Properties"]["AvailabilityZone"]["Fn::Select"][0])
               for name, s in of_type("NetworkStack", "EC2::Subnet").items()}
    assert subnets == {"PublicSubnetA": ("10.0.1.0/24", 0), "PublicSubnetB": ("10.0.2.0/24", 1),
                       "PrivateSubnetA": ("10.0.11.0/24", 0), "PrivateSubnetB": ("10.0.12.0/24", 1)}
    assert len(of_type("NetworkStack", "EC2::InternetGateway")) == 1
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
        return {(r["GroupId"]["Fn::GetAtt"][0], r["FromPort"], r["ToPort"],
                 r.get("CidrIp") or r[other]["Fn::GetAtt"][0])
                for r in (x["Properties"] for x in of_type("NetworkStack", f"EC2::SecurityGroup{kind}").values())}

    assert rules("Ingress", "SourceSecurityGroupId") == {
        ("BalancerGroup", 443, 443, "0.0.0.0/0"), ("BalancerGroup", 80, 80, "0.0.0.0/0"),
        ("TaskGroup", 8000, 8000, "BalancerGroup"), ("DatabaseGroup", 5432, 5432, "TaskGroup")}
    assert rules("Egress", "DestinationSecurityGroupId") == {
        ("BalancerGroup", 8000, 8000, "TaskGroup"), ("TaskGroup", 5432, 5432, "DatabaseGroup"),
        ("TaskGroup", 443, 443, "0.0.0.0/0")}


def test_the_key_rotates_under_its_alias():
    assert properties("SecretsStack", "Key")["EnableKeyRotation"] is True
    assert properties("SecretsStack", "KeyAlias")["AliasName"] == {"Fn::Sub": "alias/${Prefix}"}
    for template in TEMPLATES.values():
        assert template["Parameters"]["Prefix"]["Default"] == "claude-code-proxy"


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
    assert version["Default"].startswith("15.") and "15.4" in version["Description"]
    assert cluster["ServerlessV2ScalingConfiguration"] == {"MinCapacity": 0.5, "MaxCapacity": 4}
    assert cluster["StorageEncrypted"] is True and cluster["DatabaseName"] == "proxy"
    assert cluster["BackupRetentionPeriod"] == 7 and cluster["PreferredBackupWindow"] == "03:00-04:00"
    assert cluster["ManageMasterUserPassword"] is True
    assert properties("DatabaseStack", "Parameters")["Parameters"] == {"rds.force_ssl": "1"}
    assert TEMPLATES["DatabaseStack"]["Resources"]["Cluster"]["DeletionPolicy"] == "Snapshot"
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
    assert task["RuntimePlatform"]["CpuArchitecture"] == "ARM64"
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
    assert len(network["Subnets"]) == 2 and network["AssignPublicIp"] == "DISABLED"
    assert service["DeploymentConfiguration"]["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert service["HealthCheckGracePeriodSeconds"] > 0


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
    assert http["Port"] == 80 and redirect["RedirectConfig"]["Protocol"] == "HTTPS"
    settings = attributes(properties("ComputeStack", "Balancer"), "LoadBalancerAttributes")
    assert settings["idle_timeout.timeout_seconds"] == "4000"
    assert float(environment()["CCPROXY_KEEP_ALIVE_TIMEOUT"]) > 4000, "else the balancer meets closed connections"


def test_health_is_asked_as_designed():
    group = properties("ComputeStack", "TargetGroup")
    assert group["Port"] == 8000 and group["HealthCheckPath"] == "/health"
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
    assert properties("ComputeStack", "Record")["Type"] == "A"
    assert TEMPLATES["ComputeStack"]["Parameters"]["DomainName"]["Default"] == "proxy.example.com"


def test_logs_are_kept_thirty_days():
    group = properties("ComputeStack", "LogGroup")
    assert group["LogGroupName"] == {"Fn::Sub": "/ecs/${Prefix}"} and group["RetentionInDays"] == 30


# Name: threshold, period, evaluations, of which breaching
ALARMS = {"HighErrorRate-Plan": (5, 300, 5, 3), "HighErrorRate-Bedrock": (1, 300, 5, 3),
          "HighLatency-Plan": (500, 300, 5, 3), "HighLatency-Bedrock": (1000, 300, 5, 3),
          "HighFallbackRate": (10, 300, 5, 3), "UnhealthyTasks": (2, 60, 1, 1), "DatabaseCpu": (80, 300, 5, 3),
          "ServiceCpu": (90, 300, 5, 3), "CircuitBreakerOpen": (0, 300, 1, 1)}


def alarms():
    return {a["Properties"]["AlarmName"]["Fn::Sub"].removeprefix("${Prefix}-"): a["Properties"]
            for a in of_type("MonitoringStack", "CloudWatch::Alarm").values()}


def test_alarms_are_those_designed():
    def period(alarm):
        periods = {m["MetricStat"]["Period"] for m in alarm.get("Metrics", []) if "MetricStat" in m}
        return periods.pop() if periods else alarm["Period"]

    assert {name: (a["Threshold"], period(a), a["EvaluationPeriods"], a["DatapointsToAlarm"])
            for name, a in alarms().items()} == ALARMS


@pytest.mark.parametrize("name", [n for n in ALARMS if n.startswith("High")])
def test_rates_count_only_with_enough_requests(name):
    [value] = [m["Expression"] for m in alarms()[name]["Metrics"] if "Expression" in m]
    assert value.startswith("IF(") and ">= 10," in value


def test_only_the_informing_alarm_tells_nobody():
    assert [n for n, a in alarms().items() if "AlarmActions" not in a] == ["CircuitBreakerOpen"]


def test_nothing_that_holds_data_is_deleted_with_its_stack():
    keeps = {("SecretsStack", "Key"), ("SecretsStack", "AdminCredentials"), ("SecretsStack", "KeyHasherSecret"),
             ("DatabaseStack", "Cluster"), ("ComputeStack", "Repository"), ("ComputeStack", "LogGroup")}
    for stack in ORDER:
        for name, resource in TEMPLATES[stack]["Resources"].items():
            if (stack, name) in keeps:
                assert resource["DeletionPolicy"] in ("Retain", "Snapshot"), name
                assert resource["UpdateReplacePolicy"] == resource["DeletionPolicy"], name
