"""
An installed libccproxy is found by CMake and by pkg-config, and what is built
with it runs.

    check_install.py BUILD_FOLDER

BUILD_FOLDER holds a build without sanitizers; it is installed below itself.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
GUIDE = HERE.parents[1] / "docs" / "library.md"
BUILD = Path(sys.argv[1]).resolve()
PREFIX = BUILD / "installed"
WORK = BUILD / "consumer"


def run(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          **options)
    if done.returncode:
        sys.exit(f"{shlex.join(map(str, words))}:\n{done.stdout}{done.stderr}")
    return done.stdout


def library_folder():
    return next(PREFIX.glob("lib*/**/libccproxy.so")).parent


def check_program(program, is_static):
    environment = dict(os.environ, LD_LIBRARY_PATH=str(library_folder()))
    said = run(program, env=environment)
    assert re.fullmatch(r"libccproxy \d+\.\d+\.\d+, ak_[\w-]{6}\n", said), said
    needed = re.findall(r"NEEDED.*\[(.*?)\]", run("readelf", "-d", program))
    assert ("libccproxy.so.0" in needed) != is_static, needed


def check_symbols():
    """Every exported symbol carries the version of the linker map."""
    listed = run("nm", "-D", "--defined-only", library_folder() / "libccproxy.so")
    names = [line.split()[-1] for line in listed.splitlines() if " A " not in line]
    odd = [name for name in names if not re.fullmatch(r"ccp_\w+@@CCPROXY_0", name)]
    assert names and not odd, odd


def documented(start):
    """The block of the guide that begins so."""
    found = re.search(rf"```\w*\n({re.escape(start)}.*?)```", GUIDE.read_text(), re.DOTALL)
    return found.group(1)


def check_cmake():
    run("cmake", "-S", HERE / "cmake", "-B", WORK / "cmake", f"-DCMAKE_PREFIX_PATH={PREFIX}")
    run("cmake", "--build", WORK / "cmake")
    check_program(WORK / "cmake" / "with-ccproxy", is_static=False)
    check_program(WORK / "cmake" / "with-static", is_static=True)


def check_guide():
    """The lines of the guide, in a project of their own and in a shell."""
    folder = WORK / "guide"
    folder.mkdir()
    shutil.copy(HERE / "consumer.c", folder / "my-program.c")
    *finds, links = documented("find_package").splitlines()
    (folder / "CMakeLists.txt").write_text("\n".join([
        "cmake_minimum_required(VERSION 3.16)", "project(guide LANGUAGES C)", *finds,
        "add_executable(my-program my-program.c)", links]))
    run("cmake", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={PREFIX}")
    run("cmake", "--build", folder / "build")
    check_program(folder / "build" / "my-program", is_static=False)
    environment = dict(os.environ, PKG_CONFIG_PATH=str(library_folder() / "pkgconfig"))
    run("bash", "-euc", documented("cc my-program.c"), cwd=folder, env=environment)
    check_program(folder / "a.out", is_static=False)


def check_pkg_config():
    environment = dict(os.environ, PKG_CONFIG_PATH=str(library_folder() / "pkgconfig"))
    flags = shlex.split(run("pkg-config", "--cflags", "--libs", "ccproxy", env=environment))
    program = WORK / "with-pkg-config"
    run("cc", HERE / "consumer.c", "-o", program, *flags)
    check_program(program, is_static=False)


shutil.rmtree(PREFIX, ignore_errors=True)
shutil.rmtree(WORK, ignore_errors=True)
WORK.mkdir(parents=True)
run("cmake", "--install", BUILD, "--prefix", PREFIX)
check_symbols()
check_cmake()
check_pkg_config()
check_guide()
print("install: 1 passed, 0 failed")
