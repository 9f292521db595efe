"""
clang-tidy 14 finds nothing. What it said of a file is remembered under the
build folder, by the text that it saw, so that only changed files cost time.

    check_tidy.py [--shallow] BUILD_FOLDER [FILE ...]

--shallow: the analyzer walks fewer paths, in an eighth of the time.
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

is_shallow = "--shallow" in sys.argv
ARGUMENTS = [word for word in sys.argv[1:] if word != "--shallow"]
BUILD = Path(ARGUMENTS[0]).resolve()
ASKED = {str(Path(name).resolve()) for name in ARGUMENTS[1:]}
CACHE = BUILD / "tidy"
# https://clang.llvm.org/docs/analyzer/developer-docs/DebugChecks.html (mode)
DEPTH = [f"--extra-arg={word}" for word in ("-Xclang", "-analyzer-config", "-Xclang", "mode=shallow")
         if is_shallow]
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
    deep = CACHE / key_of(path, entry)
    remembered = deep.with_suffix(".shallow") if is_shallow else deep
    for known in (remembered, deep):
        if known.exists():
            return known.read_text()
    done = subprocess.run(["clang-tidy-14", "--quiet", *DEPTH, "-p", str(BUILD), path],
                          capture_output=True, text=True)
    said = "" if done.returncode == 0 else f"{shown(Path(path))}:\n{done.stdout}{done.stderr}"
    remembered.write_text(said)
    return said


CACHE.mkdir(exist_ok=True)
with ThreadPoolExecutor(os.cpu_count()) as pool:
    report("clang-tidy", [said for said in pool.map(findings, sorted(commands().items()))
                          if said])
