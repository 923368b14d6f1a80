"""The base of every problem."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from enclave.terms import Fix, Span


def listed(things: Iterable[object], last: str = "and") -> str:
    """Words for a list: `a`, `a and b`, `a, b and c`."""
    words = [str(thing) for thing in things]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


@dataclass(eq=False, kw_only=True)  # not frozen: a raised exception must take a traceback
class Problem(Exception):
    """Something the reader can solve. Subclasses set `code`, `title` and `status`."""

    detail: str
    spans: tuple[Span, ...] = ()
    fixes: tuple[Fix, ...] = ()

    code: ClassVar[str]
    title: ClassVar[str]
    status: ClassVar[int]

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"
