"""One asked number in the SQL of its leaf: its names there, and the rows that count in it."""

from dataclasses import dataclass

from sqlglot import exp

from enclave.disclosure.asked import Statistic
from enclave.query.leaf_frame import LeafFrame
from enclave.query.leaf_words import cast, is_there, true_or_false
from enclave.query.leaves import Number
from enclave.query.relations import Scalar
from enclave.query.rendering import named
from enclave.query.sizes import sums_fit

SUMS = frozenset({Statistic.SUM, Statistic.MEAN})


@dataclass(frozen=True, slots=True)
class NumberColumns:
    """The columns of one asked number. `x`, `d` and `p` are its argument, its FILTER and its paths in the base."""

    frame: LeafFrame
    number: Number
    place: int

    def name(self, letter: str, *places: int) -> str:
        return "_".join([f"{letter}{self.place}", *map(str, places)])

    @property
    def is_sum(self) -> bool:
        return self.number.statistic in SUMS

    @property
    def filter(self) -> Scalar | None:
        return named(self.name("d")) if self.number.condition is not None else None

    @property
    def value(self) -> Scalar:
        return named(self.name("x"))

    @property
    def counts(self) -> Scalar:
        """The rows that count."""
        if self.number.argument is not None:
            return is_there(self.name("x"))
        return self.filter if self.filter is not None else exp.true()

    def add_to_base(self) -> None:
        number, base = self.number, self.frame.base
        if number.condition is not None:
            base[self.name("d")] = true_or_false(self.frame.renderer.scalar(number.condition))
        if number.argument is not None:
            base[self.name("x")] = self._argument(number.argument)

    def _argument(self, node: Scalar) -> Scalar:
        renderer = self.frame.renderer
        argument = renderer.scalar(node)
        if self.is_sum and not sums_fit(node, renderer.protected.bases):
            argument = cast(argument, "DOUBLE")
        if self.number.condition is None:
            return argument
        let_through = true_or_false(renderer.scalar(self.number.condition))
        return exp.Case(ifs=[exp.If(this=let_through, true=argument)])
