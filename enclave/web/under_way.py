"""The same call at the same moment: one goes on, and the others wait for its end. No thread is held meanwhile."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from enclave.web.waiting import LOOK_EVERY_SECONDS, first_of
from enclave.wiring.bell import Bell


@dataclass(frozen=True, slots=True)
class UnderWay:
    """The calls with a key that this process is answering: one of a name at a time."""

    _bell: Bell = field(default_factory=Bell)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _names: set[str] = field(default_factory=set)

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[None]:
        heard, loop = asyncio.Event(), asyncio.get_running_loop()
        with self._bell.listening(name, lambda: loop.call_soon_threadsafe(heard.set)):
            while not self._begun(name):
                heard.clear()
                await first_of(heard, LOOK_EVERY_SECONDS)
        try:
            yield
        finally:
            with self._lock:
                self._names.discard(name)
            self._bell.ring(name)

    def _begun(self, name: str) -> bool:
        with self._lock:
            new = name not in self._names
            self._names.add(name)
        return new
