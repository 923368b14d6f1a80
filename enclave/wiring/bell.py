"""Rung by whoever ended something, heard by whoever waits for it: across threads, inside one process."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Bell:
    """Listeners by the name of what they wait for. Nobody has to listen, and to ring twice does no harm."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, list[Callable[[], object]]] = {}

    @contextmanager
    def listening(self, name: str, heard: Callable[[], object]) -> Iterator[None]:
        """`heard` is called, on the thread of whoever rings, each time that the name is rung."""
        with self._lock:
            self._listeners.setdefault(name, []).append(heard)
        try:
            yield
        finally:
            with self._lock:
                self._listeners[name].remove(heard)
                if not self._listeners[name]:
                    del self._listeners[name]

    def ring(self, name: str) -> None:
        self._call(lambda known: known == name)

    def ring_all(self) -> None:
        self._call(lambda _known: True)

    def _call(self, meant: Callable[[str], bool]) -> None:
        with self._lock:
            listeners = [heard for name, found in self._listeners.items() if meant(name) for heard in found]
        for heard in listeners:
            heard()
