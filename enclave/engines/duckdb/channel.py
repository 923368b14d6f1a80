"""The gateway's end of the line to a worker, which may hang, flood or lie.

Every wait is cut into ticks, and between two ticks a check may stop it. A length is compared with its cap
before anything is allocated for it.
"""

import select
import socket
from collections.abc import Callable, Iterable
from typing import TypeAlias

import pyarrow as pa

from enclave.engines.duckdb.wire import HEADER

TICK_SECONDS = 0.02

Check: TypeAlias = Callable[[], None]
"""Called between ticks; raises what should end the wait."""


class Broken(Exception):
    """The worker is gone, or does not keep to the protocol."""


class Channel:
    """One connected socket, never waited on for longer than a tick."""

    def __init__(self, line: socket.socket) -> None:
        line.setblocking(False)
        self._line = line
        self.midway = False
        """Whether a message was begun and not read to its end: then nothing after it can be read."""

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
        """One message of at most so many bytes: its kind and payload."""
        kind, length = HEADER.unpack(self._exactly(HEADER.size, check))
        if length > cap_bytes:
            raise Broken
        payload = self._exactly(length, check)
        self.midway = False
        return kind, payload

    def is_quiet(self) -> bool:
        """Whether nothing has arrived: before a question is asked, nothing should have."""
        return not self._ready(select.POLLIN, 0)

    def close(self) -> None:
        self._line.close()

    def _exactly(self, length: int, check: Check) -> bytearray:
        received = bytearray(length)
        left = memoryview(received)
        while left:
            self._wait(select.POLLIN, check)
            try:
                count = self._line.recv_into(left)
            except BlockingIOError:
                continue
            except OSError:
                raise Broken from None
            if count == 0:
                raise Broken
            self.midway = True
            left = left[count:]
        return received

    def _wait(self, event: int, check: Check) -> None:
        check()
        while not self._ready(event, TICK_SECONDS):
            check()

    def _ready(self, event: int, seconds: float) -> bool:
        waiter = select.poll()
        waiter.register(self._line, event)
        return bool(waiter.poll(seconds * 1000))
