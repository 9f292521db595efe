"""The image, the compose files and the systemd unit. No container engine is
needed: the stages' own commands run in a root of their own, and what the last
stage copies is measured and run, as the user that it names."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest
import yaml

from http_client import send
from programs import ROOT, Program, find_program, free_port, wait_for

ACCOUNT = 65532
MOST_BYTES = 60 * 1000 * 1000
MADE_CERTIFICATES = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
CHECKSUM_OF_MADE = hashlib.sha256(MADE_CERTIFICATES.encode()).hexdigest()

@pytest.fixture
def folder():
    """Not below pytest's, which its every start closes to other accounts."""
    with tempfile.TemporaryDirectory(prefix="ccproxy-image-") as made:
        pathlib.Path(made).chmod(0o755)
        yield pathlib.Path(made)


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="changes its root, so needs to be root")


def run(*arguments, **options):
    done = subprocess.run(
        [str(a) for a in arguments], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, f"{arguments}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout


def instructions():
    """(stage, instruction, arguments) of the Dockerfile, lines joined."""
    lines = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    stage = None
    for line in (line.strip() for line in lines):
        if not line or line.startswith("#"):
            continue
        name, rest = line.split(maxsplit=1)
        if name == "FROM":
            stage = rest.split(" AS ")[-1]
        yield stage, name, rest


def of_last_stage(name):
    return [rest for stage, found, rest in instructions() if stage == "scratch" and found == name]


def start_in(image, folder):
    """The server as the last stage starts it, on a port of ours."""
    variables = dict(part.split("=", 1) for part in of_last_stage("ENV")[0].split())
    variables["CCPROXY_LISTEN"] = f"0.0.0.0:{free_port()}"
    [entry], [command] = map(json.loads, of_last_stage("ENTRYPOINT")), map(
        json.loads, of_last_stage("CMD")
    )
    program = [shutil.which("chroot"), f"--userspec={ACCOUNT}:{ACCOUNT}", image / "root", *entry]
    return Program([*program, *command], folder, "in-the-image", variables), program, variables


def check_image(image, folder):
    """What the final stage holds does all that a task or a compose file wants of it."""
    root = image / "root"
    files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    size = sum(path.stat().st_size for path in files)
    assert size < MOST_BYTES, f"{size} bytes"
    assert not [path for path in files if path.stat().st_mode & 0o6000], "setuid files"
    assert not [path for path in files if path.stat().st_mode & 0o002], "files for all to write"
    assert {path.name for path in (root / "usr/bin").iterdir()} == {"ccproxy"}
    assert not (root / "bin").exists()
    # As `COPY --chown` and a volume do.
    shutil.copytree(image / "data", root / "data", dirs_exist_ok=True)
    os.chown(root / "data", ACCOUNT, ACCOUNT)
    server, program, variables = start_in(image, folder)
    healthcheck = json.loads(of_last_stage("HEALTHCHECK")[0].split(" CMD ")[1])
    url = "http://" + variables["CCPROXY_LISTEN"].replace("0.0.0.0", "127.0.0.1")

    def is_healthy():
        assert server.is_running(), server.err()
        asked = subprocess.run(
            [*map(str, program), *healthcheck[1:]], env=variables, capture_output=True, check=False
        )
        return asked.returncode == 0

    try:
        wait_for(is_healthy, timeout=20, what="health")
        assert send(url, "GET", "/ready", None, []).status == 200
        owner = pathlib.Path(f"/proc/{server.pid}").stat().st_uid
        assert owner == ACCOUNT
    finally:
        code = server.stop()
    assert code == 0, server.err()
    changed = [path for path in root.rglob("*") if path.lstat().st_uid == ACCOUNT]
    assert {path.relative_to(root).parts[0] for path in changed} == {"data"}
    return size


@needs_root
def test_the_last_stage_has_all_that_the_program_needs_and_little_else(folder):
    program = find_program("CCPROXY_BIN", "build/ccproxy", "build/debug/ccproxy")
    run("sh", ROOT / "app/image.sh", program, folder / "image", cwd=folder)
    check_image(folder / "image", folder)


@needs_root
def test_rds_certificates_beside_the_dockerfile_come_along(tmp_path):
    program = find_program("CCPROXY_BIN", "build/ccproxy", "build/debug/ccproxy")
    (tmp_path / "rds-ca.pem").write_text(MADE_CERTIFICATES)
    run("sh", ROOT / "app/image.sh", program, tmp_path / "image", "", CHECKSUM_OF_MADE, cwd=tmp_path)
    place = "etc/ssl/rds-ca.pem"
    assert (tmp_path / "image/root" / place).read_text() == MADE_CERTIFICATES
    template = json.loads((ROOT / "cdk-spec/ComputeStack.json").read_text())
    assert f"/{place}" in json.dumps(template), "the task looks for them elsewhere"


@pytest.mark.parametrize("checksum", ["0" * 64, ""])
def test_certificates_with_another_checksum_end_the_build(tmp_path, checksum):
    program = find_program("CCPROXY_BIN", "build/ccproxy", "build/debug/ccproxy")
    (tmp_path / "rds-ca.pem").write_text(MADE_CERTIFICATES)
    done = subprocess.run(
        ["sh", ROOT / "app/image.sh", program, tmp_path / "image", "", checksum],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert f"RDS_CA_SHA256={CHECKSUM_OF_MADE}" in done.stderr, "who looked at them is told what to say"


def test_a_plain_build_has_the_certificates_that_tasks_look_for():
    arguments = dict(rest.split("=", 1) for stage, name, rest in instructions()
                     if stage == "build" and name == "ARG")  # fmt: skip
    assert arguments["RDS_CA_URL"].startswith("https://truststore.pki.rds.amazonaws.com/")
    assert re.fullmatch("[0-9a-f]{64}", arguments["RDS_CA_SHA256"])
    assert '"$RDS_CA_URL" "$RDS_CA_SHA256"' in (ROOT / "Dockerfile").read_text()


def test_the_image_runs_as_nobody_and_checks_its_own_health():
    assert of_last_stage("USER") == [f"{ACCOUNT}:{ACCOUNT}"]
    [health] = of_last_stage("HEALTHCHECK")
    assert json.loads(health.split(" CMD ")[1]) == ["ccproxy", "healthcheck"]
    assert "--interval=30s --timeout=5s" in health
    assert of_last_stage("VOLUME") == ['["/data"]'] and of_last_stage("EXPOSE") == ["8000"]
    template = json.loads((ROOT / "cdk-spec/ComputeStack.json").read_text())
    [task] = template["Resources"]["TaskDefinition"]["Properties"]["ContainerDefinitions"]
    assert task["HealthCheck"]["Command"] == ["CMD", "ccproxy", "healthcheck"]
    assert task["MountPoints"][0]["ContainerPath"] == "/data"


def test_the_builders_packages_are_those_of_the_project():
    [installs] = [r for s, n, r in instructions() if s == "build" and "apt-get install" in r]
    names = (ROOT / ".ci/packages.sh").read_text()
    wanted = re.search(r"RUN_PACKAGES=\((.*?)\)", names, re.DOTALL)[1].split()
    assert set(wanted) <= set(installs.split())


@pytest.mark.parametrize("file", ["compose.yaml", "compose.postgres.yaml"])
def test_compose_files_are_well_formed(file):
    made = yaml.safe_load((ROOT / file).read_text())
    proxy = made["services"]["proxy"]
    assert proxy["read_only"] is True and proxy["cap_drop"] == ["ALL"]
    assert proxy["stop_grace_period"] == "120s" and proxy["build"] == {"context": ".", "args": {"RDS_CA_URL": ""}}
    for service in made["services"].values():
        assert {v.split(":")[0] for v in service.get("volumes", [])} <= set(made["volumes"])
        assert set(service.get("depends_on", {})) <= set(made["services"])
    docker = shutil.which("docker")
    if docker and not subprocess.run([docker, "compose", "version"], capture_output=True).returncode:
        run(docker, "compose", "-f", ROOT / file, "config", "--quiet",
            env={**os.environ, "POSTGRES_PASSWORD": "x"})  # fmt: skip
    known = set(re.findall(r"^\|\s*`([a-z0-9_]+)`", (ROOT / "docs/configuration.md").read_text(), re.M))
    for text in re.findall(r"`([a-z0-9_, `]+)`", (ROOT / "docs/configuration.md").read_text()):
        known |= set(text.replace("`", "").replace(",", " ").split())
    assert {name.removeprefix("CCPROXY_").lower() for name in proxy["environment"]} <= known


def test_the_systemd_unit_is_right_and_lets_little_out(tmp_path):
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        pytest.skip("no systemd-analyze")
    said = subprocess.run(
        [analyze, "verify", ROOT / "app/ccproxy.service"], capture_output=True, text=True
    )
    complaints = [
        line
        for line in (said.stdout + said.stderr).splitlines()
        if "ccproxy" in line and "is not executable" not in line
    ]
    assert complaints == []
    judged = run(analyze, "security", "--offline=true", "--threshold=20", ROOT / "app/ccproxy.service")
    assert "OK" in judged


# ---- the whole build in a clean root ----


# What is mounted for the clean root, its own processes alone see: nothing of it is
# there when the folder is removed.
PRIVATE = ["unshare", "--mount", "--propagation", "private"]
IN_ROOT = """
mount --bind /proc "$0/proc"
mount --bind /dev "$0/dev"
exec chroot "$0" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
  sh -c "$1"
"""


def in_root(root, command):
    return run(*PRIVATE, "sh", "-ec", IN_ROOT, root, command)


def copy_sources(target):
    """What `COPY . .` copies, as .dockerignore has it."""
    for file in filter(None, run("git", "-C", ROOT, "ls-files", "-z").split("\0")):
        if (ROOT / file).exists() and not file.startswith(("tests/", "cdk-spec/")):
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, target / file)


def is_reached(mirror):
    """Whether debootstrap's own client gets an answer there, be it a refusal."""
    asked = ["wget", "--quiet", "--tries=2", "--timeout=20", "-O", "/dev/null"]
    answer = subprocess.run([*asked, f"{mirror}/dists/bookworm/InRelease"], check=False)
    return answer.returncode != 4  # "network failure" in wget's manual


@needs_root
@pytest.mark.long
def test_the_builders_commands_make_the_image_in_a_clean_debian(folder):
    debootstrap = shutil.which("debootstrap")
    if not debootstrap:
        pytest.skip("no debootstrap")
    root = folder / "debian"
    sources = [pathlib.Path("/etc/apt/sources.list"), *pathlib.Path("/etc/apt").glob("*.d/*.sources")]
    lines = "\n".join(file.read_text() for file in sources if file.exists())
    mirrors = re.findall(r"^(?:URIs:|deb(?: \[.*?\])?) (https?://\S+/debian)/?(?:\s|$)", lines, re.M)
    mirror = mirrors[0] if mirrors else "http://deb.debian.org/debian"
    if not is_reached(mirror):
        pytest.skip(f"no network to {mirror}")
    run(*PRIVATE, debootstrap, "--variant=minbase", "--no-check-gpg", "bookworm", root, mirror)
    for file in ("/etc/apt/apt.conf.d", "/etc/resolv.conf", "/etc/hosts"):
        source = pathlib.Path(file)
        if source.is_dir():
            shutil.copytree(source, root / file[1:], dirs_exist_ok=True)
        elif source.exists():
            shutil.copy(source, root / file[1:])
    place = "/"
    for stage, name, rest in instructions():
        if stage != "build":
            continue
        if name == "WORKDIR":
            place = rest
            (root / place[1:]).mkdir(parents=True)
        elif name == "COPY":
            assert rest == ". ."
            copy_sources(root / place[1:])
            (root / place[1:] / "rds-ca.pem").write_text(MADE_CERTIFICATES)
        elif name == "RUN":
            arguments = rest.replace('"$RDS_CA_SHA256"', CHECKSUM_OF_MADE)
            in_root(root, f"cd {place} && {arguments}")
    size = check_image(root / "image", folder)
    print(f"the image has {size / 1e6:.1f} MB")
