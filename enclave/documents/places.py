"""Where something stands in a policy file.

Rules name a place for everything they look at and seldom need it, and to find one takes parsing. So they pass a
`Where`, and only a finding looks it up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of one line of a file. `line` and `column` count characters from 1; line 0 is the file as a whole."""

    file: str
    line: int = 0
    column: int = 0
    length: int = 0
    source: str = ""

    def found(self) -> "Place":
        return self


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that is looked up when it is needed."""

    find: Callable[[], Place]

    def found(self) -> Place:
        return self.find()


class Where(Protocol):
    """A place, or a way to find it."""

    def found(self) -> Place: ...
