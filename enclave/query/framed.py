"""The statement of a leaf in two parts: its rows, and the frame of aggregates around them.

The rows are what is asked: tables, joins, conditions, expressions. The frame counts and sums them by cell, in words of
the planner's own that hold for many questions: but for the numbers of its columns it reads no table and knows none. So
what the binder finds in a frame over rows of certain types is true of all questions that have this frame and these
types, and is worth keeping.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp

from enclave.query.dialect import DUCKDB

ROWS = "base"
"""What the frame calls the rows."""
_NUMBERED = re.compile(r'"(m_)?(c[0-9]+)"')
_BARE = re.compile(r'(?<![\w"])c[0-9]+(?![\w"])', re.IGNORECASE)

Form = tuple[str, tuple[str, ...]]  # the frame and the names of its rows, columns numbered as they come


@dataclass(frozen=True, eq=False)
class Framed:
    """One statement. `rows` and `frame` are its parts where it has two, with the names of the columns of each."""

    text: str
    names: tuple[str, ...]
    rows: str | None = None
    row_names: tuple[str, ...] = ()
    frame: str = ""

    @cached_property
    def form(self) -> Form | None:
        """What two frames have in common that differ in the numbers of their columns alone. None of one with texts in
        it, which could look like such names, or with names that are not in quotes."""
        strange = "'" in self.frame or '""' in self.frame or _BARE.search(self.frame) is not None
        if self.rows is None or strange:
            return None
        numbers: dict[str, int] = {}

        def renamed(found: re.Match[str]) -> str:
            return f'"{found[1] or ""}#{numbers.setdefault(found[2], len(numbers))}"'

        frame = _NUMBERED.sub(renamed, self.frame)
        return frame, tuple(_NUMBERED.sub(renamed, f'"{name}"') for name in self.row_names)


def framed(select: exp.Select) -> Framed:
    """The statement of a tree that is of no use afterwards: writing it down changes it."""
    names = tuple(select.named_selects)
    common = select.args.get("with_")
    first, *others = common.expressions if isinstance(common, exp.With) else [None]
    if not isinstance(first, exp.CTE) or first.alias != ROWS or not isinstance(first.this, exp.Select):
        return Framed(written(select), names)
    row_names = tuple(first.this.named_selects)
    rows = written(first.this)
    select.set("with_", exp.With(expressions=others) if others else None)
    frame = written(select)
    rest = f", {frame.removeprefix('WITH ')}" if others else f" {frame}"
    return Framed(f'WITH "{ROWS}" AS ({rows}){rest}', names, rows, row_names, frame)


def written(select: exp.Expr) -> str:
    """The SQL of a tree that is of no use afterwards."""
    return select.sql(DUCKDB, copy=False)
