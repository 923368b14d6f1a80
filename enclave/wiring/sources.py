"""Time and chance, for those who are handed them: everything below this room can be replayed."""

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(max(seconds, 0.0))


@dataclass(frozen=True, slots=True)
class StoppedClock:
    """One instant, for a session that is asked as of another time."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def new_key(size: int) -> bytes:
    """`size` bytes that nobody can guess."""
    return secrets.token_bytes(size)


def new_fault_id() -> str:
    """A name for one fault, short enough to read out on the telephone."""
    return f"F-{secrets.token_hex(4).upper()}"


def new_request_id() -> str:
    """A name for one call."""
    return f"R-{secrets.token_hex(6).upper()}"


def chance() -> float:
    """A number from 0 to under 1, for lots."""
    return secrets.randbelow(1 << 53) / (1 << 53)


def new_token_id() -> str:
    """A name for one access token."""
    return secrets.token_hex(16)


def new_session_id() -> str:
    """What only one browser knows."""
    return secrets.token_urlsafe(32)
