"""
Each part needs the libraries that the table of docs/library.md names, and no other:
what the parts' programs load is held against that table.

    check_needed.py PROGRAM...
"""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "library.md"
ROW = re.compile(r"^\| [^|]+ \| `(\w+)\.h` \| ([^|]+) \|", re.MULTILINE)
# As the table calls them, and as they are loaded. The C library holds the threads.
LOADED = {"nothing": None, "threads": "libc", "zlib": "libz", "libcrypto": "libcrypto",
          "libcrypt": "libcrypt", "Jansson": "libjansson", "libm": "libm"}
# Of the C library, and of the sanitizers.
BESIDE = {"libc", "libpthread", "ld-linux-x86-64", "ld-linux-aarch64", "libasan", "libubsan",
          "libgcc_s", None}
# What AddressSanitizer stands in for, so that a linker may leave the library out.
INTERCEPTED = {"libcrypt", "libm"}


def needed(program):
    listed = subprocess.run(["readelf", "-d", program], check=True, capture_output=True,
                            text=True).stdout
    return {name.split(".so")[0] for name in re.findall(r"\(NEEDED\).*\[(.*?)\]", listed)}


promised = {part: {LOADED[word] for word in words.split(", ")}
            for part, words in ROW.findall(PAGE.read_text()) if words != "all"}
programs = {Path(name).name.removeprefix("part_"): name for name in sys.argv[1:]}
broken = [f"{part}: a program or a row of {PAGE.name} is missing"
          for part in sorted(promised.keys() ^ programs.keys())]
for part in sorted(promised.keys() & programs.keys()):
    wanted, loaded = promised[part] - BESIDE, needed(programs[part])
    missing = wanted - loaded - (INTERCEPTED if "libasan" in loaded else set())
    loaded -= BESIDE
    if missing or loaded - wanted:
        broken.append(f"{part}: the page says {sorted(wanted)}, it loads {sorted(loaded)}")
print(*broken, f"parts: {len(programs)} held against the page, {len(broken)} differ", sep="\n")
sys.exit(bool(broken))
