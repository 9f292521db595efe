"""
Prices tokens from Python, by the shared library's plain C interface:

    LD_LIBRARY_PATH=build/lib python3 examples/price.py < stream.sse

The library is found as libccproxy.so.0; nothing has to be compiled.
"""

import ctypes
import sys


class Tokens(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int64) for name in (
        "input", "output", "cache_read", "cache_write_5m", "cache_write_1h")]


class Reading(ctypes.Structure):
    _fields_ = [("tokens", Tokens), ("has_started", ctypes.c_bool),
                ("has_usage", ctypes.c_bool), ("has_stopped", ctypes.c_bool),
                ("has_failed", ctypes.c_bool), ("content_bytes", ctypes.c_int64)]


library = ctypes.CDLL("libccproxy.so.0")
library.ccp_version.restype = ctypes.c_char_p
library.ccp_meter_read.restype = Reading
library.ccp_meter_read.argtypes = [ctypes.c_void_p]
library.ccp_meter_feed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
library.ccp_meter_free.argtypes = [ctypes.c_void_p]

meter = ctypes.c_void_p()
if library.ccp_meter_new(ctypes.byref(meter)) != 0:
    sys.exit("no memory")
while chunk := sys.stdin.buffer.read1(4096):
    library.ccp_meter_feed(meter, chunk, len(chunk))
reading = library.ccp_meter_read(meter)
library.ccp_meter_free(meter)

print(f"libccproxy {library.ccp_version().decode()}: "
      f"{reading.tokens.input} in, {reading.tokens.output} out, "
      f"{'whole' if reading.has_stopped else 'broken off'}")
