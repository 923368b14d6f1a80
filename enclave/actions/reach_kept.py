"""Noting whose records a question reaches, leaf by leaf, before its engine is asked.

A question that is refused, or ends before a leaf is run, has no note of that leaf: it reached nobody by it. What runs
counts, whatever becomes of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from enclave.actions.plan_query import Planned
from enclave.outputs.records import QueryId
from enclave.query.plan import LeafStep
from enclave.terms import FieldRef
from enclave.transparency.reach import Definition, DefinitionName, Looked, NewUse, ReachLog


class Unkept:
    """Where nothing is kept: sessions that are forgotten, of synthetic data alone."""

    def reads(self, use: NewUse) -> int:
        del use
        return 0

    def shown(self, uses: Iterable[int]) -> None:
        del uses


@dataclass(slots=True)
class Reaching:
    """The notes of one question. A leaf that is tried again over the same tables is one use."""

    log: ReachLog
    planned: Planned
    query: QueryId | None
    at: datetime
    kept: dict[tuple[str, DefinitionName], int] = field(default_factory=dict)

    def by(self, step: LeafStep, inputs: Mapping[str, pa.Table]) -> None:
        """Note a leaf. `inputs` are what its reach statement reads beside the store.

        Raises:
            NotRecorded: it could not be made durable, so the leaf is not run.
        """
        definition = definition_of(step, inputs, data_version=self.planned.policy.project.data_version)
        if (step.id, definition.name) in self.kept:
            return
        fields = tuple(FieldRef(table, name) for table, name in step.reads)
        use = NewUse(self.query, self.planned.policy.project.id, self.at, definition, fields)
        self.kept[step.id, definition.name] = self.log.reads(use)

    @property
    def uses(self) -> tuple[int, ...]:
        return tuple(self.kept.values())


def definition_of(step: LeafStep, inputs: Mapping[str, pa.Table], *, data_version: str) -> Definition:
    """Whose records a leaf reaches, with all that finding it out takes."""
    reach = step.reach.write()
    return Definition(
        data_version=data_version,
        unit=reach.unit,
        sql=reach.sql,
        shape=reach.name,
        reads=reach.reads,
        years=reach.years,
        inputs=tuple((name, _packed(table)) for name, table in sorted(inputs.items())),
        looked=tuple(Looked(one.table, one.sql, one.reads) for one in reach.looked),
    )


def _packed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed
