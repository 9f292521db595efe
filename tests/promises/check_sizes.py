"""A C file has at most 500 lines. (The size of functions is clang-tidy's business.)"""

from project import report, shown, tracked

MOST_LINES = 500

report("sizes", [
    f"{shown(path)}: {lines} lines"
    for path in tracked(".c", ".h", rooms=("include", "lib", "app", "examples"))
    if (lines := len(path.read_text().splitlines())) > MOST_LINES
])
