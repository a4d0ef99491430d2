"""Secrets at rest: AES-256-GCM bound to its row (`RELIABILITY.md` §10)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from typing import NoReturn
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class CryptoError(Exception):
    """A stored secret cannot be read; the message never holds any of it."""


class Secret:
    """A text that does not show itself: not by repr, not pickled, not as JSON."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


class Keyring:
    """The deployment's encryption keys, newest first: the first encrypts, all decrypt."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        """`keys` are `id:base64 of 32 bytes`; raises CryptoError naming a malformed one by its place."""
        self._keys: dict[str, AESGCM] = {}
        for place, key in enumerate(keys, start=1):
            name, _, material = key.partition(":")
            try:
                raw = base64.b64decode(material, validate=True)
            except binascii.Error:
                raw = b""
            if not name or len(raw) != 32 or name in self._keys or "|" in name:
                raise CryptoError(f"ENCRYPTION_KEYS: key {place} is not `id:base64 of 32 bytes` with an id of its own")
            self._keys[name] = AESGCM(raw)
        if not self._keys:
            raise CryptoError("ENCRYPTION_KEYS holds no key")
        self.newest = next(iter(self._keys))

    def encrypt(self, secret: Secret, *, table: str, column: str, tenant: UUID, row: UUID) -> str:
        """`v1|key id|nonce|ciphertext` that decrypts for this table, column, tenant and row only."""
        nonce = os.urandom(12)
        sealed = self._keys[self.newest].encrypt(nonce, secret.reveal().encode(), _bound_to(table, column, tenant, row))
        return "|".join(("v1", self.newest, base64.b64encode(nonce).decode(), base64.b64encode(sealed).decode()))

    def decrypt(self, stored: str, *, table: str, column: str, tenant: UUID, row: UUID) -> Secret:
        """The secret; raises CryptoError when the text was damaged, moved to another row, or its key is gone."""
        try:
            version, name, nonce, sealed = stored.split("|")
            if version != "v1":
                raise CryptoError("a stored secret has an unknown form")
            key = self._keys[name]
            opened = key.decrypt(base64.b64decode(nonce), base64.b64decode(sealed), _bound_to(table, column, tenant, row))
            return Secret(opened.decode())
        except (ValueError, KeyError, InvalidTag) as error:
            raise CryptoError("a stored secret cannot be decrypted with the keys at hand") from error


def _bound_to(table: str, column: str, tenant: UUID, row: UUID) -> bytes:
    return f"{table}|{column}|{tenant}|{row}".encode()


def sha256(data: str | bytes) -> bytes:
    """The SHA-256 of text (UTF-8) or bytes."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).digest()


def new_token() -> str:
    """A fresh unguessable token of 256 bits, safe in a URL."""
    return secrets.token_urlsafe(32)
