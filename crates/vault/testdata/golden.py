"""A second implementation of the formats of docs/decisions/0005-encrypted-part.md, and the source of the golden files.

Not part of any build: `python3 golden.py` (needs the package `cryptography`) writes field.v1.golden and wrap.v1.golden
anew. They must not change: what they show is in databases.
"""

import hashlib
import uuid
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HERE = Path(__file__).parent
# Fixed randomness: every draw takes the next bytes of 00 01 02 ... ff 00 ...
drawn = 0


def draw(length):
    global drawn
    data = bytes((drawn + i) % 256 for i in range(length))
    drawn += length
    return data


def count(n):
    return n.to_bytes(4, "big")


def lp(data):
    return count(len(data)) + data


def join(*parts):
    return b"".join(lp(part) for part in parts)


TENANT = b"kanaalstad"
EVENT = uuid.UUID("019a3c1e-7b52-7d10-9a4c-5f20c1e8b7d3")
CASE_KEY = (uuid.UUID("5b0f3f0e-3c61-4b52-8d8e-0c8f7f0f3a11"), bytes(range(0x40, 0x60)))
PERSON_KEY = (uuid.UUID("c2d7a9b4-9f0e-4a3d-b1c6-7e5d4c3b2a19"), bytes(range(0x80, 0xA0)))
STREAM_KIND, STREAM_ID, KIND, SCHEMA = b"request", b"019a3c1e-0000-7000-8000-000000000001", b"request-decided", 2
FIELDS = [
    (b"motivation", CASE_KEY, "Past binnen het mandaat: één bankje, € 450.".encode()),
    (b"words", PERSON_KEY, b"Graag een bankje bij de speeltuin."),
    (b"address", PERSON_KEY, b""),
]


def field_golden():
    lines = ["# One sealed column with fixed randomness: decision 0005. Bytes in hex."]
    column = bytes([1]) + count(len(FIELDS))
    for name, (key_id, key), value in sorted(FIELDS):
        salt, nonce = draw(32), draw(12)
        aad = join(bytes([1]), TENANT, STREAM_KIND, STREAM_ID, EVENT.bytes, KIND, SCHEMA.to_bytes(4, "big", signed=True), name, key_id.bytes)
        ciphertext = AESGCM(key).encrypt(nonce, salt + value, aad)
        commitment = hashlib.sha256(b"wijk-field-v1" + lp(name) + salt + value).digest()
        column += lp(name) + key_id.bytes + nonce + lp(ciphertext) + commitment
        label = name.decode()
        for what, data in [
            ("key_id", key_id.bytes), ("key", key), ("value", value), ("salt", salt), ("nonce", nonce),
            ("associated_data", aad), ("ciphertext", ciphertext), ("commitment", commitment),
        ]:
            lines.append(f"{label}.{what} {data.hex()}")
    lines.append(f"column {column.hex()}")
    (HERE / "field.v1.golden").write_text("\n".join(lines) + "\n")


def wrap_golden():
    kek = bytes(range(0xC0, 0xE0))
    owner = uuid.UUID("019a3c1e-7b52-7d10-9a4c-000000000007")
    key_id, key = PERSON_KEY
    lines = ["# A wrapped key and a wrapped secret with fixed randomness: decision 0005. Bytes in hex."]
    lines.append(f"kek {kek.hex()}")
    lines.append(f"fingerprint {hashlib.sha256(b'wijk-kek-v1' + kek).digest()[:4].hex()}")
    for label, aad in [
        ("key", join(b"wijk-key-v1", TENANT, b"person", owner.bytes, key_id.bytes)),
        ("secret", join(b"wijk-secret-v1", TENANT, b"fingerprint/2026-11")),
    ]:
        nonce = draw(12)
        wrapped = bytes([1]) + nonce + AESGCM(kek).encrypt(nonce, key, aad)
        lines += [f"{label}.nonce {nonce.hex()}", f"{label}.associated_data {aad.hex()}", f"{label}.wrapped {wrapped.hex()}"]
    (HERE / "wrap.v1.golden").write_text("\n".join(lines) + "\n")


field_golden()
drawn = 0
wrap_golden()
