"""
clang-tidy 14 finds nothing. What it said of a file is remembered under the
build folder, by the text that it saw, so that only changed files cost time.

    check_tidy.py BUILD_FOLDER [FILE ...]
"""

import hashlib
import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from project import ROOT, report, shown

BUILD = Path(sys.argv[1]).resolve()
ASKED = {str(Path(name).resolve()) for name in sys.argv[2:]}
CACHE = BUILD / "tidy"
ROOMS = tuple(str(ROOT / room) for room in ("lib/", "app/", "examples/"))


def commands():
    """The project's own translation units, one command each."""
    found = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        path = str((Path(entry["directory"]) / entry["file"]).resolve())
        if path.startswith(ROOMS) and (not ASKED or path in ASKED):
            found[path] = entry
    return found


def preprocessed(entry):
    words = [word for word in shlex.split(entry["command"]) if word != "-c"]
    if Path(words[0]).name == "ccache":
        words = words[1:]
    del words[words.index("-o"):words.index("-o") + 2]
    return subprocess.run([*words, "-E", "-P"], cwd=entry["directory"], check=True,
                          capture_output=True).stdout


def key_of(path, entry):
    """All that the verdict depends on: the rules, the comments (NOLINT) and the code."""
    seen = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    seen.update(Path(path).read_bytes())
    seen.update(preprocessed(entry))
    return seen.hexdigest()


def findings(item):
    path, entry = item
    remembered = CACHE / key_of(path, entry)
    if remembered.exists():
        return remembered.read_text()
    done = subprocess.run(["clang-tidy-14", "--quiet", "-p", str(BUILD), path],
                          capture_output=True, text=True)
    said = "" if done.returncode == 0 else f"{shown(Path(path))}:\n{done.stdout}{done.stderr}"
    remembered.write_text(said)
    return said


CACHE.mkdir(exist_ok=True)
with ThreadPoolExecutor(os.cpu_count()) as pool:
    report("clang-tidy", [said for said in pool.map(findings, sorted(commands().items()))
                          if said])
