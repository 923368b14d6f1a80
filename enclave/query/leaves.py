"""A leaf: the aggregate at which people's rows stop being about one person, with all that its protection needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from enclave.disclosure.asked import Statistic
from enclave.query.classed import Classed
from enclave.query.conditions import Path, Selector
from enclave.query.grain import Need, is_mark, one_row_per_unit, one_row_unless
from enclave.query.people_rows import People
from enclave.query.relations import Scalar, column_id
from enclave.terms import Span, Zeros


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """One aggregate of a leaf. `aggregate` is the call over base columns; the rest says how it is protected.

    `argument` is what it sums or averages (None for counts of rows and of units), `condition` its FILTER. A statistic
    of pairs has a `second` argument: a row counts where both are there. `clipped` asks for the two-valued rule, with
    its zeros.
    """

    id: str
    name: str
    aggregate: Scalar
    statistic: Statistic
    argument: Scalar | None
    condition: Scalar | None
    counted: (
        tuple[Scalar, Scalar | None] | None
    )  # of count_if: its condition and its FILTER, which `condition` joins
    paths: tuple[Path, ...]
    selectors: tuple[Selector, ...]
    clipped: Zeros | None
    zeros: Zeros
    weighed: tuple[
        Scalar, ...
    ]  # products whose concentration is judged, where the argument's own would not tell
    fixed_size: bool  # every contribution is a constant of the text: the paths decide, nobody can dominate
    second: Scalar | None = None
    classed: tuple[Classed, ...] = ()
    function: str = ""  # DuckDB's name of a statistic of spread or of order
    point: Decimal | None = None  # of a quantile, as DuckDB takes it: from 0 to 1, negative from above

    @property
    def arguments(self) -> tuple[Scalar, ...]:
        """The argument, and the second one of a statistic of pairs."""
        return tuple(one for one in (self.argument, self.second) if one is not None)

    @property
    def tells_of_both(self) -> bool:
        """Whether a statistic of pairs tells of both arguments; else the second one says which rows count."""
        return self.statistic is Statistic.COVARIANCE

    @property
    def told(self) -> tuple[Scalar, ...]:
        """The arguments that it tells of."""
        return self.arguments if self.tells_of_both else self.arguments[:1]


class Counting(StrEnum):
    """What the number of units in a cell of a leaf rests on."""

    PROOF = "proof"  # one row is one unit
    EXCEPTIONS = (
        "proof with exceptions"  # of units whose rows meet the needs; the others are counted one by one
    )
    LADDER = "bound, sketch and recount"  # no more is asked than whether they are enough: see `ladder`
    UNITS = "units"  # all units are counted one by one


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """One protected aggregate over people's rows. `keys` are (column id, scalar over base columns), no constants.

    `needs`: where it is not proven that a unit has one row in a cell, what rows must meet for it to be.
    """

    id: str
    people: People
    keys: tuple[tuple[str, Scalar], ...]
    sets: tuple[tuple[int, ...], ...] | None
    groupings: Mapping[str, tuple[int, ...]]
    numbers: tuple[Number, ...]
    one_row: bool
    proven: bool
    span: Span
    needs: tuple[Need, ...] = ()

    @property
    def counting(self) -> Counting:
        if self.proven:
            return Counting.PROOF
        if self.needs:
            return Counting.EXCEPTIONS
        return Counting.LADDER if self.asks_threshold_only else Counting.UNITS

    @property
    def asks_threshold_only(self) -> bool:
        """Whether units have to be counted, for nothing but whether they are enough."""
        counted = self.proven or self.needs or self.numbers
        return not counted and self.sets is None and bool(self.keys) and not self.groupings


def always_grouped(
    keys: tuple[tuple[str, Scalar], ...], sets: tuple[tuple[int, ...], ...] | None
) -> frozenset[str]:
    """The base columns that are bare group columns in every grouping set."""
    positions = range(len(keys)) if sets is None else set(range(len(keys))).intersection(*map(set, sets))
    return frozenset(id for place in positions if (id := column_id(keys[place][1])) is not None)


def is_proven(
    people: People, keys: tuple[tuple[str, Scalar], ...], sets: tuple[tuple[int, ...], ...] | None
) -> bool:
    """Whether every cell of the leaf has at most one row of a unit, in every grouping set, and no row of nobody."""
    if people.nobody:
        return False
    if sets is None:
        return one_row_per_unit(people, [scalar for _, scalar in keys])
    return all(one_row_per_unit(people, [keys[place][1] for place in one]) for one in sets)


def needs_of_one(
    people: People, keys: tuple[tuple[str, Scalar], ...], sets: tuple[tuple[int, ...], ...] | None
) -> tuple[Need, ...]:
    """What rows must meet for every cell to have at most one of a unit; () where nothing helps.

    Of several grouping sets each has to be helped, by marks alone.
    """
    if sets is None:
        return one_row_unless(people, [scalar for _, scalar in keys])
    if len(set(sets)) < len(sets):
        return ()
    found = [one_row_unless(people, [keys[place][1] for place in one]) for one in sets]
    needs = tuple({need.on: need for one in found for need in one}.values())
    unhelped = any(
        not one and not one_row_per_unit(people, [keys[place][1] for place in places])
        for one, places in zip(found, sets, strict=True)
    )
    return () if unhelped or not all(map(is_mark, needs)) else needs
