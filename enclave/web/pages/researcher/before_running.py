"""Before a query runs: its fields, its shape, its route and what it costs. No data were read for this."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from enclave.actions.ask_query import CheckView
from enclave.catalogue.model import Field, Words
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
    unit_words: str
    cluster_words: str


def before_running(checked: CheckView) -> BeforeRunning:
    planned = checked.planned
    frame, catalogue = planned.plan.frame, planned.plan.protected.authorised.resolved.catalogue
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
        unit_words=_many(catalogue.units, "people"),
        cluster_words=_many(catalogue.clusters, "places"),
    )


def _many(words: Mapping[str, Words], otherwise: str) -> str:
    """The catalogue's word for several; where it has several words, a plain one."""
    found = list(words.values())
    return found[0].many if len(found) == 1 else otherwise
