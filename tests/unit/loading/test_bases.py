"""How few units two row restrictions tell apart: each year by itself, in either direction, never the same people."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from enclave.loading.bases import Base, least_beside, least_difference
from enclave.loading.manifest import DataVersion, Manifest, StoredFile, TableManifest
from tests.unit.loading.base_table import TABLE

ROWS = """
unit year     la   region
1    2022/23  201  North
2    2022/23  201  North
3    2022/23  202  North
4    2022/23  203  South
1    2023/24  201  North
2    2023/24  202  North
3    2023/24  202  North
5    2023/24  null null
"""


@pytest.fixture
def version(tmp_path: Path) -> DataVersion:
    rows = [[None if word == "null" else word for word in line.split()] for line in ROWS.split("\n")[2:-1]]
    files = []
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (pmr INTEGER, year VARCHAR, la VARCHAR, region VARCHAR)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
        for year in ("2022/23", "2023/24"):
            path = f"{year[:4]}.parquet"
            connection.execute(f"COPY (FROM t WHERE year = '{year}') TO '{tmp_path / path}'")
            files.append(StoredFile(path, "", 0, 4, 0, year))
    table = TableManifest("pupils", 8, 5, (), (), tuple(files), {}, {}, (), (), {}, None, ())
    return DataVersion(
        tmp_path, Manifest(1, "v", datetime(2026, 1, 1, tzinfo=UTC), "c", "", True, {"pupils": table}, (), {})
    )


def of(*authorities: str, years: tuple[str, ...] | None = None) -> Base:
    return Base(years, {"la": authorities} if authorities else None)


@pytest.mark.parametrize(
    ("one", "other", "units"),
    [
        (of("201"), of("202"), 1),  # 2022/23: two here and one there; 2023/24: one here and two there
        (of("201"), of("201", "202"), 1),
        (of("201", "202"), of("202", "201"), None),
        (of("201", years=("2022/23",)), of("202"), 1),
        (of("201", "202"), of(), 1),  # the null and authority 203 are in the whole alone
        (of(), of(), None),
        (of("999"), of("998"), None),
        (of("201", years=("2022/23",)), of("202", years=("2023/24",)), None),  # no year in common
    ],
)
def test_units_that_one_base_has_and_the_other_has_not_are_counted(
    version: DataVersion, one: Base, other: Base, units: int | None
) -> None:
    assert least_difference(version, TABLE, one, other) == units
    assert least_difference(version, TABLE, other, one) == units


@pytest.mark.parametrize(
    ("base", "units", "least"),
    [
        (of(), (1, 2, 3, 4), 1),  # 2023/24: unit 5 is left
        (of(), (1, 2, 3, 4, 5), None),
        (of(), (), None),
        (of(), (1, 2), 2),  # two taken and two left, in both years
        (of("201"), (1, 2), None),  # all of the base
        (of("201", "202"), (1, 2), 1),  # unit 3 is left
        (of("203"), (1, 2), None),  # none of the base
        (of(years=("2022/23",)), (1, 2, 3, 4), None),
    ],
)
def test_what_a_list_takes_of_a_base_or_leaves_of_it_is_counted_year_by_year(
    version: DataVersion, base: Base, units: tuple[int, ...], least: int | None
) -> None:
    listed = pa.table({"unit": pa.array(units, pa.int32())})
    assert least_beside(version, TABLE, base, listed) == least


def test_a_table_that_was_not_loaded_has_no_bases(version: DataVersion) -> None:
    del version.manifest.tables["pupils"]  # type: ignore[attr-defined]
    assert least_difference(version, TABLE, of("201"), of("202")) is None


def test_a_value_is_never_sql(version: DataVersion) -> None:
    assert least_difference(version, TABLE, of("201"), of("201", "x') OR (true")) is None
