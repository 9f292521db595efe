"""A program's standard error as a person sees it."""

import contextlib
import os
import pty
import select
import time


def read_until(terminal, wanted, seconds=30):
    """What the program showed, up to what is wanted; b"": to its end."""
    shown, deadline = b"", time.monotonic() + seconds
    while not (wanted and wanted in shown):
        ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
        assert ready, shown
        try:
            read = os.read(terminal, 4096)
        except OSError:  # a terminal's end, as Linux says it
            read = b""
        if not read:
            assert not wanted, shown
            break
        shown += read
    return shown


@contextlib.contextmanager
def terminal_of(start):
    """Starts a program with start(its end of a terminal); gives it, and our end."""
    ours, theirs = pty.openpty()
    try:
        program = start(theirs)
    finally:
        os.close(theirs)
    try:
        yield program, ours
    finally:
        os.close(ours)
        if program.poll() is None:
            program.kill()
            program.wait()
