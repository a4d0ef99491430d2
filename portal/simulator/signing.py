"""Receipt signatures as a control unit gives them: 26 and 16 characters of base 32 (PROTOCOL §7.5)."""

import hmac
from base64 import b32encode
from hashlib import sha256

from portal.simulator.state import Device

INTERNAL_DATA = 26
SIGNATURE = 16


def sign(device: Device, receipt_number: int, raw: bytes) -> tuple[str, str]:
    """Internal data and receipt signature for the bytes of a sale and the number of its receipt."""
    subject = f"{device.sdc_id}/{receipt_number}/".encode() + raw
    internal = _code(device.internal_key, subject, INTERNAL_DATA)
    return internal, _code(device.signing_key, subject + internal.encode(), SIGNATURE)


def _code(key: str, subject: bytes, length: int) -> str:
    return b32encode(hmac.digest(key.encode(), subject, sha256().name))[:length].decode()
