"""The arithmetic of the usefulness benchmark."""

import numpy as np
import pyarrow as pa
from inline_snapshot import snapshot

from benchmarks.shown import Numbers, Tally, lost_by_rule, numbers_of, tally
from enclave.disclosure.raw import Raw
from enclave.disclosure.report import CODE_OF, RiskReport, Rule

UNITS, CONTRIBUTORS, DIFFERENCE = (CODE_OF[rule] for rule in (Rule.UNITS, Rule.CONTRIBUTORS, Rule.DIFFERENCE))


def codes(*values: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.int8]]":
    return np.array(values, dtype=np.int8)


def report(cells: tuple[int, ...], **measures: tuple[int, ...]) -> RiskReport:
    keys = Raw(pa.table({"k": list(range(len(cells)))}))
    return RiskReport(keys, codes(*cells), {name: codes(*values) for name, values in measures.items()})


def test_a_number_is_a_measure_of_a_cell_and_hidden_with_its_cell() -> None:
    found = numbers_of([report((0, UNITS, 0), a=(0, 0, CONTRIBUTORS), b=(0, 0, 0)), report((0, UNITS))])
    assert found.codes.tolist() == [0, UNITS, CONTRIBUTORS, 0, UNITS, 0, 0, UNITS]
    assert found.enough.tolist() == [True, False, False, True, False, True, True, False]


def test_only_what_is_shown_alone_can_be_lost() -> None:
    primary = Numbers(codes(0, 0, 0, UNITS))
    alone = Numbers(codes(0, 0, DIFFERENCE, UNITS))
    session = Numbers(codes(0, DIFFERENCE, 0, UNITS))
    found = tally(primary, alone, session)
    assert found == Tally(enough=3, alone=2, session=1)
    assert (found.lost, round(found.shown, 1), round(found.shown_alone, 1)) == (50.0, 33.3, 66.7)
    assert lost_by_rule(alone, session) == snapshot(
        {"it holds an earlier number, or lies within one, but for a few units": 1}
    )


def test_a_query_of_nothing_loses_nothing() -> None:
    assert (Tally(0, 0, 0).lost, Tally(0, 0, 0).shown) == (0.0, 100.0)
