"""Rung by whoever ended something, heard by whoever waits for it: across threads, inside one process."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

MOST_REMEMBERED: Final = 1_000
"""Names that were rung last: who begins to listen just after it hears it all the same."""


class Bell:
    """Listeners by the name of what they wait for. Nobody has to listen, and to ring twice does no harm."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, list[Callable[[], object]]] = {}
        self._rung: OrderedDict[str, None] = OrderedDict()

    @contextmanager
    def listening(self, name: str, heard: Callable[[], object]) -> Iterator[None]:
        """`heard` is called, on the thread of whoever rings, each time that the name is rung; at once if it was."""
        with self._lock:
            self._listeners.setdefault(name, []).append(heard)
            was_rung = name in self._rung
        if was_rung:
            heard()
        try:
            yield
        finally:
            with self._lock:
                self._listeners[name].remove(heard)
                if not self._listeners[name]:
                    del self._listeners[name]

    def ring(self, name: str) -> None:
        with self._lock:
            self._rung[name] = None
            self._rung.move_to_end(name)
            while len(self._rung) > MOST_REMEMBERED:
                self._rung.popitem(last=False)
        self._call(lambda known: known == name)

    def ring_all(self) -> None:
        self._call(lambda _known: True)

    def _call(self, meant: Callable[[str], bool]) -> None:
        with self._lock:
            listeners = [heard for name, found in self._listeners.items() if meant(name) for heard in found]
        for heard in listeners:
            heard()
