"""Known-bad items: now and then one is put among those that wait for checkers, to see how often it is noticed.

Such an item is a copy of a release that went by checkers, in which a made-up small number stands in a cell. The
number is drawn by lot and is nobody's: no data are looked at. The item is seen by checkers alone, moves like any other,
and can never be released: the workflow ends it when they have decided, and the database refuses it a second time.

Limits: it follows an item that somebody asked for, and has the next number; and who knows the release that it is a copy
of may recognise it. That a lot was drawn is on record for every item, and what came of it only inside.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import pyarrow as pa

from enclave.actions.asking import parties_of
from enclave.actions.check_policy import Policies
from enclave.actions.kept_answers import read_table, table_hash
from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Entry, Kind
from enclave.outputs.keeping import Change
from enclave.outputs.records import OutputId, OutputRecord, ResultRecord
from enclave.outputs.states import GIVEN_OUT, State
from enclave.terms import ProjectId

MOST_LOOKED_THROUGH: Final = 200


def perhaps_seed(
    project: ProjectId, policies: Policies, desk: ServiceDesk, opened: Change
) -> OutputId | None:
    """Draw the lot for an item that was just asked for, in its transaction. The known-bad item, if there is one."""
    percent = policies.house.reviewing.seeded_percent
    if not percent:
        return None
    made = _seed(project, policies, desk, opened) if desk.chance() * 100 < percent else None
    opened.also(Entry(Kind.SEED_DRAWN, None, None, {}, {"output": made}))
    return made


def _seed(project: ProjectId, policies: Policies, desk: ServiceDesk, opened: Change) -> OutputId | None:
    """The known-bad item; None where there is nothing that it could be made from."""
    found = opened.outputs(projects=[project], states=GIVEN_OUT, limit=MOST_LOOKED_THROUGH)
    checked = [output for output in found if output.k > 0]
    if not checked:
        return None
    model = checked[int(desk.chance() * len(checked)) % len(checked)]
    result = opened.result(model.query_id)
    assert result is not None, "an output is of a result"
    bad = spoilt(
        result, small=1 + int(desk.chance() * (policies.house.rules.min_units - 1)), at=desk.chance()
    )
    if bad is None:
        return None
    item = _like(model, bad, policies, opened)
    added = opened.add_output(item, parties=parties_of(project, policies) | opened.parties(model.id))
    opened.add_seeded_result(added.id, bad)
    return added.id


def _like(model: OutputRecord, bad: ResultRecord, policies: Policies, opened: Change) -> OutputRecord:
    return replace(
        model,
        id=opened.new_output_id(),
        state=State.QUEUED,
        asked_at=opened.at,
        table_hash=bad.table_hash,
        report_hash=bad.report_hash,
        policy_hash=policies.content_hash,
        round=1,
        released_at=None,
        manifest=None,
        tombstone=None,
        request_id=None,
        supersedes=None,
        superseded_by=None,
        revocation_by=None,
        revocation_at=None,
        revocation_confirmed_by=None,
        seeded=True,
    )


def spoilt(result: ResultRecord, *, small: int, at: float) -> ResultRecord | None:
    """The result with a made-up small number in one whole-number cell; None if it has no such column.

    Args:
        small: the number.
        at: which cell, from 0 to under 1.
    """
    kept = read_table(result)
    columns = [name for name in kept.table.column_names if pa.types.is_integer(kept.table[name].type)]
    rows = kept.table.num_rows
    if not columns or not rows:
        return None
    place = int(at * len(columns) * rows) % (len(columns) * rows)
    name, row = columns[place // rows], place % rows
    table = _with_number(kept.table, name, row, small)
    written, answer = _written(table), _shown(result.answer, kept.table.column_names, name, row)
    return replace(result, table=written, answer=answer, table_hash=table_hash(written, answer))


def _with_number(table: pa.Table, name: str, row: int, number: int) -> pa.Table:
    kind, values = table[name].type, table[name].to_pylist()
    values[row] = number
    return table.set_column(table.column_names.index(name), table.field(name), pa.array(values, type=kind))


def _written(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def _shown(answer: bytes, names: Sequence[str], name: str, row: int) -> bytes:
    """The shape, with the cell marked as one that is shown where shapes say so."""
    shape: dict[str, Any] = json.loads(answer)
    cells = shape.get("cells")
    if isinstance(cells, list) and row < len(cells):
        cells[row][list(names).index(name)] = "ok"
    return json.dumps(shape, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
