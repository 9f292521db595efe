"""Each public header compiles alone, as C11 and as C++17."""

import subprocess
import tempfile
from pathlib import Path

from project import ROOT, report, shown, tracked

FLAGS = ["-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
         f"-I{ROOT / 'include'}"]
LANGUAGES = {"C11": (["cc", "-std=c11"], ".c"), "C++17": (["c++", "-std=c++17"], ".cc")}


def breaches():
    for header in tracked(".h", rooms=("include",)):
        name = header.relative_to(ROOT / "include")
        for language, (compiler, suffix) in LANGUAGES.items():
            with tempfile.TemporaryDirectory() as folder:
                source = Path(folder) / f"alone{suffix}"
                source.write_text(f"#include <{name}>\n#include <{name}>\nextern int something;\n")
                done = subprocess.run([*compiler, *FLAGS, str(source)],
                                      capture_output=True, text=True)
            if done.returncode != 0:
                yield f"{shown(header)}: does not compile alone as {language}\n{done.stderr}"


report("headers alone", list(breaches()))
