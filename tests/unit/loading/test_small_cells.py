"""Tables of aggregates: what is hidden when they are loaded, and that nothing hidden can be worked out."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enclave.catalogue.model import Cell, CellKind, FieldClass, Grain, Sum, Table
from enclave.loading import LoadRefused, Manifest, load
from enclave.terms import Zeros
from tests.unit.loading.hospital import CATALOGUE, NOON, SECRETS, field, table, write_source

COUNT, SHARE, AVERAGE, PLAIN = CellKind.COUNT, CellKind.SHARE, CellKind.AVERAGE, CellKind.PLAIN
STAYS = ("stays",)
OLD = "old"


def cell(name: str, type_: str, kind: CellKind, *of: str, zeros: Zeros = Zeros.HIDDEN):  # type: ignore[no-untyped-def]
    made = field("results", name, type_, FieldClass.MEASURE, tier=3)
    return replace(made, cell=Cell(kind, of), zeros=zeros)


def results(*adds_up: Sum, zeros: Zeros = Zeros.HIDDEN) -> Table:
    fields = (
        field("results", "hospital", "INTEGER", tier=3),
        field("results", "kind", "VARCHAR", tier=3),
        cell("stays", "INTEGER", COUNT),
        cell("died", "INTEGER", COUNT, "stays", zeros=zeros),
        cell("late_pct", "DECIMAL(4,1)", SHARE, "stays", zeros=zeros),
        cell("days", "DECIMAL(4,1)", AVERAGE, "stays"),
        cell("beds", "INTEGER", PLAIN),
        field("results", "unexplained", "INTEGER", FieldClass.MEASURE, tier=3),
    )
    grain = (Grain(("hospital", "kind")),)
    return table("results", fields, grain, tier_3=True, population="stays", adds_up=adds_up)


BY_SEX = Sum("all", ("men", "women"), by="kind")
NOT_OLD = Sum("all", (OLD,), by="kind", complete=False)
Row = tuple[int, str, int | None, int | None, float | None, float | None]


def loaded(
    folder: Path, of: Table, rows: list[Row], *, min_units: int | None = 10
) -> list[tuple[object, ...]]:
    """The rows that a project would find: hospital, kind, stays, died, late_pct, days, beds, unexplained."""
    manifest = load_rows(folder, of, rows, min_units=min_units)
    if not manifest.tables["results"].main:
        return []
    (stored,) = manifest.tables["results"].main
    wanted = "hospital, kind, stays, died, late_pct::DOUBLE, days::DOUBLE, beds, unexplained"
    path = folder / "data" / "v1" / stored.path
    sql = f"SELECT {wanted} FROM read_parquet('{path}') ORDER BY hospital, kind"
    return duckdb.connect().execute(sql).fetchall()


def load_rows(folder: Path, of: Table, rows: list[Row], *, min_units: int | None) -> Manifest:
    def decimal(values: list[float | None]) -> "pa.Array[Any]":
        exact = [None if value is None else Decimal(str(value)) for value in values]
        return pa.array(exact, pa.decimal128(4, 1))

    hospital, kind, stays, died, late, days = (list(column) for column in zip(*rows, strict=True))
    source = pa.table(
        {
            "hospital": pa.array(hospital, pa.int32()),
            "kind": kind,
            "stays": pa.array(stays, pa.int32()),
            "died": pa.array(died, pa.int32()),
            "late_pct": decimal(late),
            "days": decimal(days),
            "beds": pa.array([5] * len(rows), pa.int32()),
            "unexplained": pa.array([7] * len(rows), pa.int32()),
        }
    )
    catalogue = replace(CATALOGUE, tables={"results": of})
    return load(
        write_source(folder / "source", {"results": source}),
        catalogue,
        home_data=folder / "data",
        version="v1",
        secrets=SECRETS,
        now=NOON,
        min_units=min_units,
    )


def test_what_stands_on_enough_people_is_shown_and_what_is_not_explained_is_not(tmp_path: Path) -> None:
    assert loaded(tmp_path, results(), [(1, "all", 100, 40, 50.0, 3.5)]) == [
        (1, "all", 100, 40, 50.0, 3.5, 5, None)
    ]


def test_a_row_about_three_people_looks_like_a_row_that_never_was(tmp_path: Path) -> None:
    rows: list[Row] = [(1, "all", 100, 40, 50.0, 3.5), (2, "all", 3, 1, 33.3, 3.5)]
    assert [row[0] for row in loaded(tmp_path, results(), rows)] == [1]


@pytest.mark.parametrize("died", [0, 3, 9, 91, 97, 100, 101, None])
def test_a_small_count_or_one_that_leaves_few_over_is_hidden(tmp_path: Path, died: int | None) -> None:
    ((*_, hidden, late, days, _beds, _),) = loaded(tmp_path, results(), [(1, "all", 100, died, 50.0, 3.5)])
    assert (hidden, late, days) == (None, 50.0, 3.5)


@pytest.mark.parametrize(("died", "shown"), [(0, 0), (100, 100), (3, None), (97, None)])
def test_nobody_and_everybody_are_told_where_the_field_shows_its_zeros(
    tmp_path: Path, died: int, shown: int | None
) -> None:
    ((_, _, _, found, *_),) = loaded(tmp_path, results(zeros=Zeros.SHOWN), [(1, "all", 100, died, 50.0, 3.5)])
    assert found == shown


@pytest.mark.parametrize("late", [0.0, 1.0, 9.0, 91.0, 99.0, 100.0])
def test_a_percentage_is_hidden_like_the_count_that_it_tells(tmp_path: Path, late: float) -> None:
    ((*_, found, _, _, _),) = loaded(tmp_path, results(), [(1, "all", 100, 40, late, 3.5)])
    assert found is None


def test_a_percentage_that_could_be_of_nine_or_of_ten_is_hidden(tmp_path: Path) -> None:
    """10 of 4,000 are 0.25 %, shown as 0.3 %, and 12 are too: the share alone cannot tell that it is not 10."""
    ((*_, found, _, _, _),) = loaded(tmp_path, results(), [(1, "all", 4_000, 40, 0.2, 3.5)])
    assert found is None


def test_a_hidden_part_takes_the_other_part_with_it_and_leaves_the_total(tmp_path: Path) -> None:
    rows: list[Row] = [
        (1, "all", 100, 33, 50.0, 3.5),
        (1, "men", 50, 30, 50.0, 3.5),
        (1, "women", 50, 3, 50.0, 3.5),
    ]
    found = loaded(tmp_path, results(BY_SEX), rows)
    assert [row[3] for row in found] == [33, None, None]
    assert [row[2] for row in found] == [100, 50, 50]


def test_a_part_that_is_not_there_may_be_few_and_hides_the_others(tmp_path: Path) -> None:
    rows: list[Row] = [(1, "all", 100, 33, 50.0, 3.5), (1, "men", 98, 30, 50.0, 3.5)]
    assert [row[1] for row in loaded(tmp_path, results(BY_SEX), rows)] == ["all"]


def test_a_group_of_three_takes_the_rest_of_its_sum_with_it(tmp_path: Path) -> None:
    rows: list[Row] = [
        (1, "all", 100, 33, 50.0, 3.5),
        (1, "men", 97, 30, 50.0, 3.5),
        (1, "women", 3, 3, 50.0, 3.5),
        (2, "all", 100, 40, 50.0, 3.5),
        (2, "men", 50, 20, 50.0, 3.5),
        (2, "women", 50, 20, 50.0, 3.5),
    ]
    found = loaded(tmp_path, results(BY_SEX), rows)
    assert [row[:2] for row in found] == [(1, "all"), (2, "all"), (2, "men"), (2, "women")]


def test_a_part_whose_rest_is_small_is_hidden_and_its_percentage_too(tmp_path: Path) -> None:
    rows: list[Row] = [
        (1, "all", 100, 33, 33.0, 3.5),
        (1, OLD, 60, 30, 50.0, 3.5),
        (2, "all", 100, 33, 33.0, 3.5),
        (2, OLD, 95, 20, 22.0, 3.5),
    ]
    found = loaded(tmp_path, results(NOT_OLD), rows)
    assert [(row[0], row[1], row[3], row[4]) for row in found] == [
        (1, "all", 33, 33.0),
        (1, OLD, None, None),  # three others died, and three others came late
        (2, "all", 33, 33.0),  # five others: their row is not there at all
    ]


def test_columns_that_add_up_hide_one_another(tmp_path: Path) -> None:
    plain = results(Sum("stays", ("died", "unexplained"), complete=False))
    left = cell("unexplained", "INTEGER", COUNT, "stays")
    of = replace(plain, fields={**plain.fields, "unexplained": left})
    ((*_, died, _, _, _, other),) = loaded(tmp_path, of, [(1, "all", 50, 40, 50.0, 3.5)])
    assert (died, other) == (None, None)  # 3 are in neither


def test_a_table_of_nothing_but_small_rows_is_empty_and_no_mistake(tmp_path: Path) -> None:
    manifest = load_rows(tmp_path, results(), [(1, "all", 3, 1, 33.3, 3.5)], min_units=10)
    assert manifest.tables["results"].rows == 0


def test_rows_that_share_a_grain_refuse_the_load_even_if_both_would_be_hidden(tmp_path: Path) -> None:
    rows: list[Row] = [(1, "all", 3, 1, 33.3, 3.5), (1, "all", 4, 1, 33.3, 3.5)]
    with pytest.raises(LoadRefused) as refused:
        load_rows(tmp_path, results(), rows, min_units=10)
    assert {finding.code for finding in refused.value.findings} == {"duplicate"}


def test_without_a_threshold_or_a_population_the_table_is_left_out(tmp_path: Path) -> None:
    row: Row = (1, "all", 100, 40, 50.0, 3.5)
    assert "results" in load_rows(tmp_path / "a", results(), [row], min_units=None).left_out
    unsaid = replace(results(), population=None)
    assert "results" in load_rows(tmp_path / "b", unsaid, [row], min_units=10).left_out


def test_the_manifest_says_below_which_number_cells_were_hidden(tmp_path: Path) -> None:
    manifest = load_rows(tmp_path, results(), [(1, "all", 100, 40, 50.0, 3.5)], min_units=12)
    assert manifest.tables["results"].suppressed_below == 12


GROUPS = st.tuples(st.integers(0, 30), st.integers(0, 30))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(men=st.lists(GROUPS, min_size=3, max_size=3), women=st.lists(GROUPS, min_size=3, max_size=3))
def test_no_small_number_is_shown_nor_follows_from_two_that_are(
    tmp_path_factory: pytest.TempPathFactory, men: list[tuple[int, int]], women: list[tuple[int, int]]
) -> None:
    rows: list[Row] = []
    for hospital, pair in enumerate(zip(men, women, strict=True)):
        (dead_men, left_men), (dead_women, left_women) = pair
        groups = {"men": (dead_men, left_men), "women": (dead_women, left_women)}
        groups["all"] = (dead_men + dead_women, left_men + left_women)
        rows += [(hospital, kind, died + left, died, None, 1.0) for kind, (died, left) in groups.items()]
    found = loaded(tmp_path_factory.mktemp("cells"), results(BY_SEX), rows)
    shown = {
        (row[0], str(row[1]), place): int(str(row[place]))
        for row in found
        for place in (2, 3)
        if row[place] is not None
    }
    left = [shown[hospital, kind, 2] - n for (hospital, kind, place), n in shown.items() if place == 3]
    others = [
        shown[hospital, "all", place] - n
        for (hospital, kind, place), n in shown.items()
        if kind != "all" and (hospital, "all", place) in shown
    ]
    assert all(number >= 10 for number in (*shown.values(), *left, *others))
