"""The loader's engine: what it spills, what it says when it fails, what it takes for a file."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from enclave.loading.workshop import LoadLimits, WorkshopFailed, open_workshop, path_literal, quoted


def physical_memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def test_what_spills_to_disk_cannot_be_read_there(tmp_path: Path) -> None:
    with open_workshop(tmp_path, LoadLimits(memory="40MB", threads=2)) as workshop:
        workshop.run(
            "CREATE TEMP TABLE stage AS SELECT 'Surname-' || hash(i) || '-' || hash(i + 1) AS surname"
            " FROM range(600000) AS t(i) ORDER BY surname"
        )
        spilled = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        assert sum(map(len, spilled)) > 1_000_000
        assert not [content for content in spilled if b"Surname-" in content]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(("memory", "most"), [("40MB", 40_000_000), ("900TB", 0.71 * physical_memory())])
def test_a_load_takes_no_more_memory_than_its_limit_and_leaves_the_machine_some(
    tmp_path: Path, memory: str, most: float
) -> None:
    with open_workshop(tmp_path, LoadLimits(memory=memory)) as workshop:
        (held,) = workshop.whole_numbers("SELECT parse_formatted_bytes(current_setting('memory_limit'))")
    assert 0 < held <= most


def test_a_failure_holds_no_word_of_the_engine(tmp_path: Path) -> None:
    with open_workshop(tmp_path, LoadLimits()) as workshop, pytest.raises(WorkshopFailed) as caught:
        workshop.run("SELECT 'Jones'::INTEGER")
    assert str(caught.value) == "ConversionException"
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@pytest.mark.parametrize("name", ["it's.parquet", "part[0]*.parquet", "what?.parquet"])
def test_a_path_names_one_file_whatever_stands_in_it(tmp_path: Path, name: str) -> None:
    pq.write_table(pa.table({"x": [1]}), tmp_path / name)
    pq.write_table(pa.table({"x": [2]}), tmp_path / "part0x.parquet")
    with open_workshop(tmp_path / "spill", LoadLimits()) as workshop:
        assert workshop.columns_of(tmp_path / name) == {"x": "BIGINT"}
        assert workshop.rows(f"SELECT x FROM read_parquet({path_literal(tmp_path / name)})") == [(1,)]


def test_a_name_cannot_end_its_quotes() -> None:
    assert quoted('x" FROM y --') == '"x"" FROM y --"'


def test_the_workshop_does_not_see_variables_of_the_program(tmp_path: Path) -> None:
    leaked = pa.table({"x": [1]})
    with open_workshop(tmp_path, LoadLimits()) as workshop, pytest.raises(WorkshopFailed):
        workshop.run("SELECT * FROM leaked")
    assert leaked.num_rows == 1
