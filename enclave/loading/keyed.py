"""Keyed hashes that the engine computes itself, so that millions of persons need no loop in Python.

HMAC-SHA256 as in RFC 2104, with the two padded keys as parameters: the secret is never part of an SQL text.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

BLOCK_BYTES = 64  # of SHA-256
INNER, OUTER = 0x36, 0x5C  # the pads of RFC 2104


@dataclass(frozen=True, slots=True, repr=False)
class KeyedHash:
    """A keyed hash for one purpose; `purpose` is a word that can stand in a parameter's name."""

    purpose: str
    secret: bytes

    def sql(self, text: str) -> str:
        """SQL for the hash, in hex, of an SQL expression of type text."""
        outer, inner = f"$outer_{self.purpose}", f"$inner_{self.purpose}"
        return f"sha256({outer} || unhex(sha256({inner} || encode({text}))))"

    @property
    def values(self) -> Mapping[str, object]:
        """The parameters which `sql` needs."""
        key = self._key.ljust(BLOCK_BYTES, b"\0")
        return {
            f"outer_{self.purpose}": bytes(byte ^ OUTER for byte in key),
            f"inner_{self.purpose}": bytes(byte ^ INNER for byte in key),
        }

    def hex(self, text: str) -> str:
        """The same hash in Python."""
        return hmac.new(self._key, text.encode(), "sha256").hexdigest()

    @property
    def _key(self) -> bytes:
        """A key of this purpose alone: two purposes never share hashes."""
        return hmac.new(self.secret, self.purpose.encode(), "sha256").digest()
