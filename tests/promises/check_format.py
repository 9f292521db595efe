"""Every C file is as clang-format 14 writes it."""

import subprocess

from project import report, shown, tracked

files = tracked(".c", ".h")
done = subprocess.run(["clang-format-14", "--dry-run", "-Werror", *map(str, files)],
                      capture_output=True, text=True)
report("formatting", sorted({
    str(shown(path)) for path in files if f"{path}:" in done.stderr
}) if done.returncode else [])
