"""What questions are made of: draws, columns in reach, and sources of people's rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from hypothesis import strategies as st

from tests.oracle.schema import PERSON, Field, Table
from tests.oracle.tree import And, Col, Derived, Expr, Named, Query, Source

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """A column in reach: how to name it, and what is in it."""

    col: Col
    field: Field
    public: bool = False
    outer: bool = False  # from the side of a LEFT JOIN that can be missing

    @property
    def nullable(self) -> bool:
        return self.field.nullable or self.outer


@dataclass(frozen=True, slots=True)
class Part:
    """A source of rows of people, its columns, and the key of each relation in it (the first always there)."""

    source: Source
    seen: tuple[Seen, ...]
    keys: tuple[Seen, ...]
    where: tuple[Expr, ...] = ()

    def kind(self, *kinds: str) -> list[Seen]:
        return [column for column in self.seen if column.field.kind in kinds]

    @property
    def codes(self) -> list[Seen]:
        return self.kind("dimension")

    @property
    def measures(self) -> list[Seen]:
        return [column for column in self.kind("measure") if not column.public]


@dataclass
class Draw:
    """The draws of one question, the CTEs it needs, and a supply of new names."""

    most: Callable[[int], int]  # a whole number from 0 to its argument
    ctes: list[tuple[str, Query]] = field(default_factory=list)
    names: int = 0

    @classmethod
    def by(cls, draw: st.DrawFn) -> "Draw":
        """Draws of Hypothesis, which it can shrink."""
        return cls(lambda most: draw(st.integers(0, most)))

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.most(len(choices) - 1)]

    def chance(self, percent: int) -> bool:
        """True that often; shrinks to false."""
        return self.most(99) >= 100 - percent

    def name(self, letter: str) -> str:
        self.names += 1
        return f"{letter}{self.names}"


def read(draw: Draw, table: Table, *, outer: bool = False) -> Part:
    """All rows of one table."""
    alias = draw.name("t")
    seen = tuple(Seen(Col(alias, f.name), f, not table.unit, outer) for f in table.fields.values())
    return Part(Named(table.name, alias), seen, tuple(s for s in seen if s.field.name == PERSON))


def as_source(draw: Draw, query: Query) -> tuple[Source, str]:
    """A query in FROM: in place, or as a CTE."""
    alias = draw.name("t")
    if draw.chance(50):
        return Derived(query, alias), alias
    name = draw.name("c")
    draw.ctes.append((name, query))
    return Named(name, alias), alias


def wrapped(draw: Draw, query: Query, fields: Sequence[Field]) -> Part:
    """A query with the key among its outputs, as a source of people's rows."""
    source, alias = as_source(draw, query)
    seen = tuple(Seen(Col(alias, f.name), f) for f in fields)
    return Part(source, seen, seen[:1])


def together(parts: Sequence[Expr]) -> Expr | None:
    """All of the conditions; None for none."""
    if len(parts) < 2:
        return parts[0] if parts else None
    return And(tuple(parts))
