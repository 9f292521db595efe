"""Includes go up the layers only, and never into a program."""

import re

from project import ROOT, report, shown, tracked

INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.MULTILINE)


KNOW_CIVETWEB = ("app/serve.c", "app/http_exchange.h")


def layers():
    lines = (ROOT / "tests/promises/layers.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def folder_of(name):
    return name.split("/")[0] if "/" in name else None


def breaches_of_library(order):
    top = len(order)
    rank = {folder: i for i, folder in enumerate(order)}
    for path in tracked(".c", ".h", rooms=("lib",)):
        own = folder_of(str(path.relative_to(ROOT / "lib")))
        if own is not None and own not in rank:
            yield f"{shown(path)}: its folder is not in layers.txt"
            continue
        for name in INCLUDE.findall(path.read_text()):
            folder = folder_of(name)
            if not (ROOT / "lib" / name).is_file():
                continue
            if rank.get(folder, top) > rank.get(own, top):
                yield f"{shown(path)}: includes {name}, which is below it"


def breaches_of_outside():
    """Programs and public headers see the public headers alone."""
    for path in tracked(".c", ".h", rooms=("app", "examples", "include")):
        for name in INCLUDE.findall(path.read_text()):
            if (ROOT / "lib" / name).is_file() and not (path.parent / name).is_file():
                yield f"{shown(path)}: includes {name}, which is the library's inside"
            if name == "civetweb.h" and shown(path).as_posix() not in KNOW_CIVETWEB:
                yield f"{shown(path)}: only serve.c and http_exchange.h know CivetWeb"


report("layers", [*breaches_of_library(layers()), *breaches_of_outside()])
