"""Hosts and networks of a test's own: network namespaces with addresses that exist
nowhere else, routers between them, and names that only they know."""

import contextlib
import ctypes
import os
import pathlib
import subprocess

_libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


def run(*arguments, check=True):
    done = subprocess.run(
        [str(a) for a in arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert not check or done.returncode == 0, f"{arguments}: {done.stderr}"
    return done.stdout


def why_not():
    """Why no namespaces can be made here, or None."""
    if os.geteuid() != 0:
        return "making network namespaces needs root"
    name = f"ccp-try-{os.getpid()}"
    try:
        run("ip", "netns", "add", name)
        run("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        run("ip", "netns", "exec", name, "nft", "add", "table", "ip", "nat")
    except (AssertionError, OSError) as reason:
        return f"no network namespaces here: {str(reason)[:120]}"
    finally:
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return None


class World:
    """All hosts of one test. Nothing of it is reached from outside, nor reaches out."""

    def __init__(self):
        self.prefix = f"ccp{os.getpid()}"
        self.hosts = []
        self.names = {}
        self.router = self.make("router")
        self.run("router", "sysctl", "-qw", "net.ipv4.ip_forward=1")

    def space(self, host):
        return f"{self.prefix}-{host}"

    def make(self, host):
        space = self.space(host)
        run("ip", "netns", "add", space)
        self.hosts.append(host)
        run("ip", "-n", space, "link", "set", "lo", "up")
        folder = pathlib.Path("/etc/netns") / space
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hosts").write_text("127.0.0.1 localhost\n")
        (folder / "resolv.conf").write_text("")
        self.write_names()
        return space

    def prefix_of(self, host):
        """What a command line begins with to run there."""
        return ["ip", "netns", "exec", self.space(host)]

    def run(self, host, *arguments, check=True):
        return run(*self.prefix_of(host), *arguments, check=check)

    def subnet(self, name, gateway):
        """A bridge of the router's, which has the gateway's address ("10.0.1.1/24")."""
        router = self.space("router")
        run("ip", "-n", router, "link", "add", name, "type", "bridge")
        run("ip", "-n", router, "addr", "add", gateway, "dev", name)
        run("ip", "-n", router, "link", "set", name, "up")

    def host(self, host, subnet, address, gateway=None):
        """A host in a subnet; without a gateway it reaches nothing else."""
        space = self.make(host)
        number = len(self.hosts)
        run("ip", "link", "add", f"v{number}", "netns", self.space("router"), "type", "veth",
            "peer", "name", "eth0", "netns", space)  # fmt: skip
        run("ip", "-n", self.space("router"), "link", "set", f"v{number}", "master", subnet, "up")
        run("ip", "-n", space, "addr", "add", address, "dev", "eth0")
        run("ip", "-n", space, "link", "set", "eth0", "up")
        if gateway:
            run("ip", "-n", space, "route", "add", "default", "via", gateway)

    def name(self, name, address):
        """What the name means to all hosts from now on."""
        self.names[name] = address
        self.write_names()

    def write_names(self):
        """In place, since running processes have the file mounted."""
        lines = "127.0.0.1 localhost\n"
        lines += "".join(f"{address} {name}\n" for name, address in self.names.items())
        for host in self.hosts:
            with open(f"/etc/netns/{self.space(host)}/hosts", "r+") as file:
                file.write(lines)
                file.truncate()

    @contextlib.contextmanager
    def inside(self, host):
        """Connections that this thread makes are the host's."""
        with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{self.space(host)}") as there:
            assert _libc.setns(there.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            try:
                yield
            finally:
                assert _libc.setns(home.fileno(), CLONE_NEWNET) == 0

    def end(self):
        for host in self.hosts:
            space = self.space(host)
            subprocess.run(["ip", "netns", "del", space], capture_output=True, check=False)
            folder = pathlib.Path("/etc/netns") / space
            for file in folder.glob("*"):
                file.unlink()
            with contextlib.suppress(OSError):
                folder.rmdir()
