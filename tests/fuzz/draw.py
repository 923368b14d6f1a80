"""Draws of one query: chances from one seed, names, CTEs, and which rows of the design the query stands for."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Column:
    """A column in reach.

    kind: text | int | bool | date | long | exact | double | made. role: code | measure | key | public.
    What is `made` is computed, a number of any type. `cuts`: constants that a measure may be compared with.
    """

    sql: str
    kind: str
    role: str
    cuts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.sql.rpartition(".")[2]

    @property
    def is_number(self) -> bool:
        return self.kind in ("int", "long", "exact", "double", "made")


@dataclass(slots=True)
class Draw:
    """The chances of one query. `rows` collects what the query has of the design's tables, `calls` its functions."""

    random: random.Random
    ctes: list[str] = field(default_factory=list)
    rows: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    protected: list[str] = field(default_factory=list)  # columns of numbers that may be hidden
    smoothed: list[str] = field(default_factory=list)  # questions of one number that is not DuckDB's own
    names: int = 0
    meant: dict[str, str] = field(
        default_factory=dict
    )  # words that we read otherwise than DuckDB, as it would say them

    def pick(self, choices: Sequence[T]) -> T:
        return self.random.choice(choices)

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def name(self, letter: str) -> str:
        self.names += 1
        return f"{letter}{self.names}"

    def mark(self, row: str) -> None:
        self.rows.add(row)

    def cte(self, sql: str) -> str:
        """The query in FROM: in brackets or as a CTE."""
        if self.chance(50):
            return f"({sql})"
        name = self.name("c")
        self.ctes.append(f"{name} AS ({sql})")
        self.mark("remainder: CTE")
        return name


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of people: what stands after FROM, its columns, the key, and conditions that belong to it."""

    sql: str
    columns: tuple[Column, ...]
    key: str
    where: tuple[str, ...] = ()

    def of(self, *roles: str, kinds: Sequence[str] = ()) -> list[Column]:
        return [
            column for column in self.columns if column.role in roles and (not kinds or column.kind in kinds)
        ]
