"""The project's files, as the promise tests see them."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("include", "lib", "app", "examples", "tests")


def tracked(*suffixes, rooms=ROOMS):
    """Files of these kinds that git knows or would know, sorted."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "--cached", "--others",
         "--exclude-standard", *rooms],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return sorted(path for name in set(listed)
                  if (path := ROOT / name).suffix in suffixes and path.is_file())


def shown(path):
    return path.relative_to(ROOT)


def report(promise, breaches):
    """Prints each breach and ends the program: 0 when there is none."""
    for breach in breaches:
        print(breach)
    print(f"{promise}: {'kept' if not breaches else f'broken {len(breaches)} times'}")
    sys.exit(1 if breaches else 0)
