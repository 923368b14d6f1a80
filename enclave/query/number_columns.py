"""One asked number in the SQL of its leaf: its names there, and the rows that count in it."""

from dataclasses import dataclass

from sqlglot import exp

from enclave.disclosure.asked import MOMENTS, Statistic
from enclave.query.leaf_frame import LeafFrame
from enclave.query.leaf_words import cast, is_there, only_if, true_or_false
from enclave.query.leaves import Number
from enclave.query.products import all_true
from enclave.query.relations import Scalar
from enclave.query.rendering import named
from enclave.query.sizes import sums_fit

SUMS = frozenset({Statistic.SUM, Statistic.MEAN})


@dataclass(frozen=True, slots=True)
class NumberColumns:
    """The columns of one asked number. `x`, `d` and `p` are its argument, its FILTER and its paths in the base.

    Of a statistic of pairs `x` and `w` are the two arguments, both null where one of them is.
    """

    frame: LeafFrame
    number: Number
    place: int

    def name(self, letter: str, *places: int) -> str:
        return "_".join([f"{letter}{self.place}", *map(str, places)])

    def column(self, letter: str, *places: int) -> str:
        """The name of a column of the base, which may be that of another number."""
        name = self.name(letter, *places)
        return self.frame.same.get(name, name)

    def add(self, scalar: Scalar, letter: str, *places: int) -> str:
        """A column of the base."""
        return self.frame.add(self.name(letter, *places), scalar)

    def among_units(self, letter: str, scalar: Scalar) -> str:
        """An aggregate over the units of a cell."""
        return self.frame.once(self.frame.units, self.name(letter), scalar)

    @property
    def is_sum(self) -> bool:
        return self.number.statistic in SUMS

    @property
    def filter(self) -> Scalar | None:
        return named(self.column("d")) if self.number.condition is not None else None

    @property
    def value(self) -> Scalar:
        return named(self.column("x"))

    @property
    def counts(self) -> Scalar:
        """The rows that count."""
        if self.number.argument is not None:
            return is_there(self.column("x"))
        return self.filter if self.filter is not None else exp.true()

    @property
    def second(self) -> Scalar:
        return named(self.column("w"))

    def add_to_base(self) -> None:
        number = self.number
        if number.condition is not None:
            self.add(true_or_false(self.frame.renderer.scalar(number.condition)), "d")
        if number.argument is not None:
            self.add(self._argument(number.argument, number.second), "x")
        if number.second is not None:
            self.add(self._argument(number.second, number.argument), "w")

    def _argument(self, node: Scalar, other: Scalar | None) -> Scalar:
        renderer, number = self.frame.renderer, self.number
        argument = renderer.scalar(node)
        fits = sums_fit(node, renderer.protected.bases)
        if number.second is not None or (number.statistic in MOMENTS and not (self.is_sum and fits)):
            argument = cast(argument, "DOUBLE")
        counts = [] if number.condition is None else [true_or_false(renderer.scalar(number.condition))]
        if other is not None:
            counts.append(
                exp.Not(this=exp.Paren(this=exp.Is(this=renderer.scalar(other), expression=exp.Null())))
            )
        return argument if not counts else only_if(all_true(counts), argument)
