"""The service's own key: it seals what is kept of answers, and makes the secrets of webhooks.

Gateways that share a database share it, like the other keys of the home. A lost one costs what it sealed, which is of
the last 24 hours, and the signatures of the webhooks there are; so a home that has none is given one.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from enclave.outputs.hooks import HookRecord
from enclave.wiring.home import WrongUse

SERVICE_KEY: Final = "service.key"
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
OWNER_ONLY: Final = 0o600


@dataclass(frozen=True, slots=True, repr=False)
class ServiceKey:
    """Never shown: the `repr` is the object's own."""

    key: bytes
    new_nonce: Callable[[int], bytes]

    def seal(self, text: bytes) -> bytes:
        """What only a holder of this key can read."""
        nonce = self.new_nonce(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text, None)

    def unseal(self, sealed: bytes) -> bytes | None:
        """What was sealed; None when it was not, or not with this key."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
        except (InvalidTag, ValueError):
            return None

    def derived(self, purpose: str) -> bytes:
        """A key for one purpose, which tells nothing of this one or of another."""
        return hmac.new(self.key, purpose.encode(), hashlib.sha256).digest()

    def hook_secret(self, hook: HookRecord) -> str:
        """What a webhook and its person share. Nothing that is in the database gives it away."""
        made = hmac.new(self.derived("webhooks"), f"{hook.id} {hook.salt}".encode(), hashlib.sha256)
        return f"whsec_{base64.urlsafe_b64encode(made.digest()).decode().rstrip('=')}"

    @property
    def _cipher(self) -> AESGCM:
        return AESGCM(self.derived("answers"))


def service_key(keys: Path, *, new_key: Callable[[int], bytes]) -> ServiceKey:
    """The key of a home, made if there is none.

    Raises:
        WrongUse: others can read it, or it is none.
    """
    path = keys / SERVICE_KEY
    with suppress(FileExistsError):
        _write_new(path, new_key(KEY_BYTES))
    if path.stat().st_mode & 0o077:
        raise WrongUse(f"{path} can be read by others; set its mode to 600")
    found = path.read_bytes()
    if len(found) != KEY_BYTES:
        raise WrongUse(f"{path} does not hold {KEY_BYTES} bytes; remove it, and a new one is made")
    return ServiceKey(found, new_key)


def _write_new(path: Path, content: bytes) -> None:
    """All of it under its name, or nothing: two processes may start at once."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, path)
    finally:
        unfinished.unlink()
