"""What follows from things that never change, made once for as long as somebody asks for it."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """What was made of some things, by which things they are: one that is merely equal is another. Those asked for last
    stay. Safe to use from many threads; two who ask at once may both make it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._made: OrderedDict[Hashable, tuple[tuple[object, ...], T]] = OrderedDict()

    def of(self, *things: object, make: Callable[[], T], by: Hashable = None) -> T:
        """What `make` gives for these things. `by` is whatever else decides it, by its value."""
        key = (tuple(map(id, things)), by)
        with self._lock:
            found = self._made.get(key)
            if found is not None:
                self._made.move_to_end(key)
                return found[1]
        made = make()
        with self._lock:
            self._made[key] = (
                things,
                made,
            )  # the things are held, so that no other gets their place in memory
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        return made
