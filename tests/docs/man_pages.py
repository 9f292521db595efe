"""
The man pages hold what the program's help and docs/configuration.md say.

    man_pages.py PROGRAM          # checks
    man_pages.py PROGRAM --write  # writes the parts between the marks anew
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
PROGRAM = Path(sys.argv[1]).resolve()
BEGIN, END = '.\\" begin\n', '.\\" end\n'


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text.strip())


def plain(text):
    """Markdown in a table's cell."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("`", "")
    for mark, word in (("–", "none"), ("…", "..."), ("→", "->"), ("×", "x")):
        text = text.replace(mark, word)
    return roff(text)


def settings():
    for line in (DOCS / "configuration.md").read_text().splitlines():
        if line.startswith("## "):
            yield f'.SS "{plain(line[3:])}"\n'
        found = re.match(r"\| `([a-z0-9_]+)` \| (.*?) \| (.*?) \| (.*) \|$", line)
        if found:
            name, kind, default, meaning = found.groups()
            yield f".TP\n.B {name}\n({plain(kind)}; {plain(default)}) {plain(meaning)}\n"


def help_of(*words):
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run([PROGRAM, *words, "--help"], check=True, text=True,
                              capture_output=True, cwd=folder).stdout


def commands():
    listed = help_of().split("Commands:\n")[1].split("\n\n")[0]
    for name, summary in re.findall(r"^  (\S.*?)  +(\S.*)$", listed, re.MULTILINE):
        if name.startswith("-"):
            continue
        yield f".TP\n.B {roff(name)}\n{roff(summary)}\n"
        words = [word for word in name.split() if word.islower() and "|" not in word]
        _, description, options, *_ = help_of(*words[:2]).split("\n\n")
        details = description.split("\n")[1:]
        if details:
            yield roff("\n".join(details)) + "\n"
        rows = re.findall(r"^  (--(?!output|config|SETTING|help)\S.*?)  +(\S.*)$", options,
                          re.MULTILINE)
        if rows:
            yield ".RS\n"
            yield from (f".TP\n.B {roff(option)}\n{roff(meaning)}\n" for option, meaning in rows)
            yield ".RE\n"


def hold(page, lines):
    path = DOCS / "man" / page
    text = path.read_text()
    before, rest = text.split(BEGIN)
    wanted = before + BEGIN + "".join(lines) + END + rest.split(END)[1]
    if "--write" in sys.argv:
        path.write_text(wanted)
        return
    if text != wanted:
        sys.exit(f"docs/man/{page} is not up to date: {sys.argv[0]} PROGRAM --write")
    said = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", path], text=True,
                          capture_output=True, check=True).stderr
    if said:
        sys.exit(f"docs/man/{page}:\n{said}")


hold("ccproxy.conf.5", settings())
hold("ccproxy.1", commands())
print("man pages: 2 passed, 0 failed")
