"""Makes the vectors beside this file, with other people's libraries.

    pip install cryptography PyJWT && python3 make.py

Nothing of it is random, so that a second run changes nothing.
"""

import base64
import hashlib
import hmac
import json
import struct
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HERE = Path(__file__).parent


def derive(secret, purpose, length):
    return HKDF(SHA256(), length, None, purpose).derive(secret)


def envelope():
    """A blob as include/ccproxy/envelope.h lays it out, in local mode."""
    master, data_key = bytes(range(32)), bytes(range(100, 132))
    wrap_nonce, nonce = bytes(range(12)), bytes(range(20, 32))
    secret, context = b"ABSK-a-bedrock-key", b"0b0e6bd0-0000-4000-8000-000000000001"

    wrap = derive(master, b"ccproxy envelope: wrap data keys", 32)
    key_id = derive(master, b"ccproxy envelope: id of the master key", 8)
    head = bytes([1, 1]) + key_id + struct.pack(">H", 12 + 32 + 16)
    blob = head + wrap_nonce + AESGCM(wrap).encrypt(wrap_nonce, data_key, head)
    blob += nonce + AESGCM(data_key).encrypt(nonce, secret, context)
    return {"master": master.hex(), "context": context.decode(),
            "secret": secret.decode(), "blob": blob.hex(),
            "random": (data_key + wrap_nonce + nonce).hex()}


def encode(part):
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def by_hand(key, header, claims):
    signed = encode(header) + b"." + encode(claims)
    mac = hmac.new(key, signed, hashlib.sha256).digest()
    return (signed + b"." + encode(mac)).decode()


def tokens():
    secret = b"0123456789abcdef0123456789abcdef"
    key = derive(secret, b"ccproxy admin session", 32)
    claims = {"sub": "admin", "iat": 1736167845, "exp": 1736254245,
              "jti": "0b0e6bd0-0000-4000-8000-000000000001", "type": "admin_session"}
    plain = json.dumps(claims).encode()

    def sign(**changes):
        changed = {k: v for k, v in {**claims, **changes}.items() if v is not None}
        return jwt.encode(changed, key, "HS256")

    valid = sign()
    return {
        "secret": secret.decode(),
        "valid": valid,
        "with_a_name_that_needs_escapes": sign(sub='o"neil ü'),
        "refused": {
            "another algorithm of the same key": jwt.encode(claims, key, "HS512"),
            "no algorithm": jwt.encode(claims, None, "none"),
            "no algorithm, but signed": by_hand(key, b'{"alg":"none"}', plain),
            "no algorithm named": by_hand(key, b'{"typ":"JWT"}', plain),
            "another key": jwt.encode(claims, b"x" * 32, "HS256"),
            "another type of token": sign(type="refresh"),
            "no type": sign(type=None),
            "no end": sign(exp=None),
            "no beginning": sign(iat=None),
            "an end that is no whole number": sign(exp=1736254245.5),
            "an end that is a text": sign(exp=None) and by_hand(
                key, b'{"alg":"HS256"}', plain.replace(b"1736254245", b'"1736254245"')),
            "no subject": sign(sub=None),
            "an empty subject": sign(sub=""),
            "a subject that is too long": sign(sub="x" * 256),
            "no id": sign(jti=None),
            "an id that is too long": sign(jti="x" * 37),
            "extensions that must be understood": jwt.encode(
                claims, key, "HS256", headers={"crit": ["b64"]}),
            "claims that are no JSON": by_hand(key, b'{"alg":"HS256"}', b"nonsense"),
            "claims that are an array": by_hand(key, b'{"alg":"HS256"}', b"[]"),
            "a header that is no JSON": by_hand(key, b"nonsense", plain),
            "two parts": valid.rsplit(".", 1)[0],
            "four parts": valid + ".x",
            "no signature": valid.rsplit(".", 1)[0] + ".",
            "padding": valid + "=",
            "nothing": "",
            "dots": "..",
        },
    }


for name, vectors in (("envelope", envelope()), ("tokens", tokens())):
    (HERE / f"{name}.json").write_text(json.dumps(vectors, indent=1) + "\n")
