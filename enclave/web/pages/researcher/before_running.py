"""Before a query runs: its fields, its shape, its route and what it costs. No data were read for this."""

from dataclasses import dataclass
from math import prod

from enclave.actions.ask_query import CheckView
from enclave.catalogue.model import Field
from enclave.disclosure.asked import Rules
from enclave.query.plan import ResultColumn


@dataclass(frozen=True, slots=True)
class Shape:
    """One grouping: how many values each dimension can have, and the rows that makes."""

    dimensions: tuple[tuple[str, int], ...]

    @property
    def rows(self) -> int:
        return prod(size for _, size in self.dimensions)


@dataclass(frozen=True, slots=True)
class BeforeRunning:
    """`shapes` is empty where the code lists do not say how large the answer can be; `checkers` is 0 for none."""

    fields: tuple[Field, ...]
    shapes: tuple[Shape, ...]
    cells: int | None
    checkers: int
    reasons: tuple[str, ...]
    columns: tuple[ResultColumn, ...]
    advice: tuple[str, ...]
    rules: Rules


def before_running(checked: CheckView) -> BeforeRunning:
    planned = checked.planned
    frame = planned.plan.frame
    sets = () if frame is None else frame.sets
    return BeforeRunning(
        fields=tuple(
            sorted(
                planned.plan.protected.authorised.fields,
                key=lambda field: (field.tier, field.table, field.name),
            )
        ),
        shapes=tuple(Shape(tuple((column.name, column.codes) for column in one)) for one in sets),
        cells=checked.cells,
        checkers=checked.route.checkers,
        reasons=checked.reasons,
        columns=planned.plan.columns,
        advice=planned.advice,
        rules=planned.rules,
    )
