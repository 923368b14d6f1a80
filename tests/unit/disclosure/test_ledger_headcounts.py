"""What everybody knows of a register is beside the first question already."""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from enclave.disclosure.ledger.censuses import census_code
from enclave.disclosure.ledger.headcounts import Headcounts
from enclave.disclosure.ledger.known import KnownNumbers
from enclave.disclosure.ledger.numbers import Kind, LedgerNumber, Likeness, Population, labels_of
from enclave.disclosure.ledger.pairs import Difference, judge_pairs
from enclave.disclosure.ledger.structure import Structure, read_structure
from enclave.disclosure.raw import Raw

FLAG = Kind("code:pupil.flag", fixed=False)


def register(*terms: str, is_register: bool = True, twice: Sequence[int] = ()) -> Structure:
    """A hundred pupils in twenty schools, in two year groups; those in `twice` have a second row at another school."""
    rows = [
        {
            "u": unit,
            "s": f"school {unit % 20 + moved}",
            "y": unit % 2,
            "m": not moved,
            "year": 2024,
            "term": term,
        }
        for term in terms
        for moved, units in ((0, range(100)), (1, twice))
        for unit in units
    ]
    return read_structure(
        Raw(pa.Table.from_pylist(rows)),
        name="pupil",
        is_register=is_register,
        cluster="s",
        part="y",
        main="m",
        censuses=("year", "term"),
        persons=None,
    )


def verdict(
    structures: Sequence[Structure], count: int, *terms: str, tables: tuple[str, ...] = ("pupil",)
) -> Difference | None:
    """Of the number of pupils without the flag, who are the first `count`, at these terms."""
    known, headcounts = KnownNumbers(), Headcounts()
    for _ in range(2):  # entered once, however often a question touches them
        headcounts.enter(structures, known, min_units=10)
    units = [unit for unit in range(count) for _ in terms]
    codes = [census_code(f"2024 {term}") for _ in range(count) for term in terms]
    everybody = [unit for unit in range(100) for _ in terms]
    all_codes = [census_code(f"2024 {term}") for _ in range(100) for term in terms]
    number = LedgerNumber(
        b"first",
        Likeness("count", "; ".join(sorted(f"2024 {term}" for term in terms))),
        (FLAG,),
        Population(
            labels_of(units, codes), labels_of(everybody, all_codes), frozenset({"pupil.flag = False"})
        ),
        tables=tables,
    )
    found = judge_pairs([number], known, headcounts.population_of, min_units=10)
    return found[0].difference if found else None


def test_a_table_of_two_rows_does_not_split_off_three() -> None:
    """With the flag three, without it 97 of a hundred: hidden, before anything else was asked."""
    assert verdict([register("SPR")], 97, "SPR") is Difference.NESTED
    assert verdict([register("SPR")], 100, "SPR") is Difference.ZERO
    assert verdict([register("SPR")], 90, "SPR") is None


def test_a_register_is_known_over_its_terms_too() -> None:
    assert verdict([register("AUT", "SPR")], 97, "AUT", "SPR") is Difference.NESTED
    assert verdict([register("SPR"), register("AUT", "SPR")], 97, "SPR") is Difference.NESTED


def test_who_is_in_a_table_of_events_is_not_known_to_all() -> None:
    assert verdict([register("SPR", is_register=False)], 97, "SPR") is None


def test_headcounts_are_for_numbers_of_their_own_table() -> None:
    """Else an answer would depend on which tables somebody asked about before."""
    pupils = [register("SPR")]
    assert verdict(pupils, 97, "SPR", tables=("pupil", "exam")) is Difference.NESTED
    assert verdict(pupils, 97, "SPR", tables=("exam", "pupil")) is None
    both = [register("AUT"), replace(register("SPR"), table="exam"), register("SUM")]
    assert verdict(both, 97, "SPR", tables=("exam",)) is Difference.NESTED
    assert verdict(both, 97, "SPR") is None


def test_headcounts_are_of_main_rows() -> None:
    """Three are registered at two schools. The schools' headcounts count them once."""
    known, headcounts = KnownNumbers(), Headcounts()
    headcounts.enter([register("SPR", twice=[0, 1, 2])], known, min_units=5)
    sizes = sorted(int(size) for run in known.runs for size in run.rows.sizes)
    assert sizes == [5] * 40 + [50] * 2 + [
        100
    ]  # each school, and the one year group in it, which are the same five


def test_each_headcount_has_a_handle_of_its_own() -> None:
    known, headcounts = KnownNumbers(), Headcounts()
    headcounts.enter([register("SPR"), register("AUT", "SPR")], known, min_units=10)
    handles = [int(handle) for run in known.runs for handle in run.rows.handles]
    assert sorted(handles) == list(range(-len(handles), 0))
    sizes = {
        int(handle): int(size)
        for run in known.runs
        for handle, size in zip(run.rows.handles, run.rows.sizes, strict=True)
    }
    assert all(
        len({int(label) >> 20 for label in headcounts.population_of(one).labels}) == sizes[one]
        for one in handles
    )
