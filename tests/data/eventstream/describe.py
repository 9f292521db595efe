#!/usr/bin/env python3
"""Writes <case>/frames.txt: what botocore 1.44.5 reads in each <case>/stream.bin.

A line is a frame: the strings :message-type, :event-type, :exception-type,
:error-code, :error-message and the payload, with "|" between them. Bytes that
are not printable ASCII, blanks, "|" and backslashes are written as \\xNN.
"""

import pathlib

from botocore.eventstream import EventStreamBuffer

NAMES = [":message-type", ":event-type", ":exception-type", ":error-code", ":error-message"]


def escaped(data: bytes) -> str:
    return "".join(
        chr(b) if 0x21 <= b <= 0x7E and b not in b"\\|" else f"\\x{b:02x}" for b in data
    )


def described(frame) -> str:
    values = [frame.headers.get(name) for name in NAMES]
    texts = [value.encode() if isinstance(value, str) else b"" for value in values]
    return "|".join(escaped(text) for text in texts + [frame.payload])


for stream in pathlib.Path(__file__).parent.glob("*/stream.bin"):
    frames = EventStreamBuffer()
    frames.add_data(stream.read_bytes())
    lines = [described(frame) + "\n" for frame in frames]
    stream.with_name("frames.txt").write_text("".join(lines))
