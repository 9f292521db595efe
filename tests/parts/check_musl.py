"""
The parts of the library that need nothing but a C library are built and run with
musl's, without a warning.

    check_musl.py [COMPILER]
"""

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
COMPILER = sys.argv[1] if len(sys.argv) > 1 else "musl-gcc"

# What each program needs of lib/; base/ goes with all.
PARTS = {
    "breaker": ["routing/breaker.c", "provider/class.c"],
    "cache": [],
    "calendar": ["calendar/civil.c", "calendar/zone_rule.c", "calendar/zone.c",
                 "calendar/calendar.c"],
    "mask": ["security/mask.c"],
    "meter": ["wire/sse.c", "usage/meter.c", "anthropic/error_body.c"],
    "queue": [],
    "sse": ["wire/sse.c"],
}
FLAGS = ["-std=c11", "-O2", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wconversion", "-Wshadow",
         "-Werror", "-ffunction-sections", "-Wl,--gc-sections",
         f"-I{ROOT / 'include'}", f"-I{ROOT / 'lib'}"]


def sources(name, needed):
    wrapper = ROOT / "lib" / "parts" / f"{name}.c"
    base = [path for path in (ROOT / "lib" / "base").glob("*.c")
            if path.name not in ("seams.c", "thread.c")]
    return [HERE / f"part_{name}.c", *base, *(ROOT / "lib" / path for path in needed),
            *([wrapper] if wrapper.exists() else [])]


failed = 0
with tempfile.TemporaryDirectory() as folder:
    for part, needed in PARTS.items():
        program = Path(folder) / part
        built = subprocess.run([COMPILER, *FLAGS, *sources(part, needed), "-o", program],
                               capture_output=True, text=True)
        ran = built.returncode == 0 and subprocess.run([program]).returncode == 0
        if not ran:
            failed += 1
            print(f"{part}:\n{built.stderr}")
print(f"musl: {len(PARTS) - failed} passed, {failed} failed")
sys.exit(failed > 0)
