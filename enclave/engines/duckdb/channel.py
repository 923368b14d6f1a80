"""The gateway's end of the line to a worker, which may hang, flood or lie.

Every wait is cut into ticks, and between two ticks a check may stop it. A length is compared with its cap
before anything is allocated for it.
"""

import select
import socket
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

import pyarrow as pa

from enclave.engines.duckdb.wire import HEADER

TICK_SECONDS = 0.02

Check: TypeAlias = Callable[[], None]
"""Called between ticks; raises what should end the wait."""


class Broken(Exception):
    """The worker is gone, or does not keep to the protocol."""


class _Part:
    """So many bytes of a message, and how many of them are there."""

    def __init__(self, length: int) -> None:
        self.received, self.many = bytearray(length), 0

    def left(self) -> memoryview:
        return memoryview(self.received)[self.many :]


_NO_PART: Final = _Part(0)


class Channel:
    """One connected socket, never waited on for longer than a tick."""

    def __init__(self, line: socket.socket) -> None:
        line.setblocking(False)
        self._line = line
        self._header, self._payload = _Part(HEADER.size), _NO_PART

    def send(self, parts: Iterable[bytes | pa.Buffer], check: Check) -> None:
        """Send all parts in order, or raise what the check or a hang-up raises."""
        for part in parts:
            left = memoryview(part)
            while left:
                self._wait(select.POLLOUT, check)
                try:
                    left = left[self._line.send(left) :]
                except BlockingIOError:
                    continue
                except OSError:
                    raise Broken from None

    def receive(self, cap_bytes: int, check: Check) -> tuple[bytes, bytearray]:
        """One message of at most so many bytes: its kind and payload. One that a check cut short goes on from there."""
        self._fill(self._header, check)
        kind, length = HEADER.unpack(self._header.received)
        if length > cap_bytes:
            raise Broken
        if self._payload is _NO_PART:
            self._payload = _Part(length)
        self._fill(self._payload, check)
        payload = self._payload.received
        self._header, self._payload = _Part(HEADER.size), _NO_PART
        return kind, payload

    def is_quiet(self) -> bool:
        """Whether nothing has arrived: before a question is asked, nothing should have."""
        return not self._header.many and not self._ready(select.POLLIN, 0)

    def close(self) -> None:
        self._line.close()

    def _fill(self, part: "_Part", check: Check) -> None:
        while left := part.left():
            self._wait(select.POLLIN, check)
            try:
                count = self._line.recv_into(left)
            except BlockingIOError:
                continue
            except OSError:
                raise Broken from None
            if count == 0:
                raise Broken
            part.many += count

    def _wait(self, event: int, check: Check) -> None:
        check()
        while not self._ready(event, TICK_SECONDS):
            check()

    def _ready(self, event: int, seconds: float) -> bool:
        waiter = select.poll()
        waiter.register(self._line, event)
        return bool(waiter.poll(seconds * 1000))
