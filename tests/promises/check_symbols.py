"""The shared library exports exactly the functions that the headers declare."""

import re
import subprocess
import sys

from project import report, tracked

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
DIRECTIVE = re.compile(r"^\s*#(?:.*\\\n)*.*$", re.MULTILINE)
FUNCTION = re.compile(r"\b(ccp_\w+)\s*\(")


def without_bodies(text):
    """Drops what stands in braces, so that members of structs are not seen."""
    depth, kept = 0, []
    for character in text:
        depth += character == "{"
        if depth == 0:
            kept.append(character)
        depth -= character == "}"
    return "".join(kept)


def declared():
    names = set()
    for header in tracked(".h", rooms=("include",)):
        text = DIRECTIVE.sub("", COMMENT.sub("", header.read_text()))
        for statement in without_bodies(text).split(";"):
            found = FUNCTION.search(statement)
            if found and "typedef" not in statement:
                names.add(found.group(1))
    return names


def exported(library):
    listed = subprocess.run(["nm", "-D", "--defined-only", library], check=True,
                            capture_output=True, text=True).stdout
    # An absolute one is the name of a version in lib/ccproxy.map.
    return {line.split()[-1].split("@")[0] for line in listed.splitlines()
            if line.split()[-2] != "A"}


# What sanitizers and the linker add.
FOREIGN = re.compile(r"^(__asan|__ubsan|__tsan|__odr_asan|_init$|_fini$|_edata$|_end$|__bss_start$)")

in_headers = declared()
in_library = {name for name in exported(sys.argv[1]) if not FOREIGN.match(name)}
report("exported symbols",
       [f"{name}: declared and not exported" for name in sorted(in_headers - in_library)] +
       [f"{name}: exported and not declared" for name in sorted(in_library - in_headers)])
