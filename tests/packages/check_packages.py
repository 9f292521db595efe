"""
The Debian packages can be made, hold what they should, and lintian finds no error
in them. In a clean root they install, run and go away again.

    check_packages.py BUILD_FOLDER [long]
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
PACKAGES = BUILD / "packages"
HOLDS = {
    "libccproxy0": [r"\./usr/lib/[\w-]+/libccproxy\.so\.0"],
    "libccproxy-dev": [r"\./usr/include/ccproxy/proxy\.h", r"\./usr/lib/[\w-]+/libccproxy\.a",
                       r"\./usr/lib/[\w-]+/libccproxy\.so",
                       r"\./usr/lib/[\w-]+/pkgconfig/ccproxy\.pc",
                       r"\./usr/lib/[\w-]+/cmake/ccproxy/ccproxy-config\.cmake",
                       r"\./usr/share/man/man3/libccproxy\.3\.gz"],
    "ccproxy": [r"\./usr/bin/ccproxy", r"\./usr/lib/systemd/system/ccproxy\.service",
                r"\./usr/lib/sysusers\.d/ccproxy\.conf", r"\./etc/ccproxy/ccproxy\.json",
                r"\./usr/share/man/man1/ccproxy\.1\.gz",
                r"\./usr/share/man/man5/ccproxy\.conf\.5\.gz"],
}


def run(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          **options)
    if done.returncode:
        sys.exit(f"{shlex.join(map(str, words))}:\n{done.stdout}{done.stderr}")
    return done.stdout


def make():
    for old in PACKAGES.glob("*.deb"):
        old.unlink()
    run("cpack", "--config", BUILD / "CPackConfig.cmake", cwd=BUILD)
    made = {path.name.split("_")[0]: path for path in PACKAGES.glob("*.deb")}
    assert made.keys() == HOLDS.keys(), made
    return made


def check_contents(name, package):
    listed = [line.split()[5] for line in run("dpkg-deb", "-c", package).splitlines()]
    for wanted in (*HOLDS[name], rf"\./usr/share/doc/{name}/copyright"):
        assert any(re.fullmatch(wanted, path) for path in listed), (name, wanted, listed)


def check_lintian(packages):
    done = subprocess.run(["lintian", "--fail-on", "error", "--allow-root", *packages],
                          capture_output=True, text=True)
    errors = [line for line in done.stdout.splitlines() if line.startswith("E:")]
    if errors or done.returncode not in (0, 1):
        sys.exit("\n".join(errors) or done.stderr)


def in_root(root, script, **options):
    return run("chroot", root, "sh", "-ec", script, **options)


def check_installation(packages):
    """As an administrator does it, on a machine that has nothing yet."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        run("debootstrap", "--variant=minbase", "bookworm", root)
        for package in packages:
            (root / package.name).write_bytes(package.read_bytes())
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        in_root(root, "apt-get update && apt-get install -y --no-install-recommends /*.deb",
                env=environment)
        said = in_root(root, "ccproxy --version && getent passwd ccproxy && "
                             "ccproxy config --check --config /etc/ccproxy/ccproxy.json")
        assert re.match(r"ccproxy \d+\.\d+\.\d+\nccproxy:x:\d+:", said), said
        in_root(root, "apt-get remove -y ccproxy && ! test -e /usr/bin/ccproxy && "
                      "test -e /etc/ccproxy/ccproxy.json", env=environment)


made = make()
for name, package in made.items():
    check_contents(name, package)
check_lintian(made.values())
if "long" in sys.argv:
    if os.geteuid() == 0:
        check_installation(list(made.values()))
    else:
        print("not root: the packages were not installed in a clean root")
print("packages: 1 passed, 0 failed")
