"""Each way in which a source can break its catalogue: found, counted, and nothing loaded."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from enclave.catalogue.model import Catalogue, CodeSet
from enclave.loading import DataVersion, Finding, LoadRefused, current_version, load
from tests.unit.loading.hospital import CATALOGUE, NOON, SECRETS, all_rows, stays, write_source

Change = Callable[[Path], None]


def refusal(source: Path, data: Path, version: str = "v1") -> LoadRefused:
    with pytest.raises(LoadRefused) as caught:
        load(source, CATALOGUE, home_data=data, version=version, secrets=SECRETS, now=NOON)
    return caught.value


def rewrite(table: str, change: Callable[[pa.Table], pa.Table]) -> Change:
    def apply(source: Path) -> None:
        file = source / f"{table}.parquet"
        pq.write_table(change(pq.read_table(file)), file)

    return apply


def put(table: str, column: str, **values: object) -> Change:
    """Other values in some rows: `_3="x"` for the row at index 3."""

    def change(rows: pa.Table) -> pa.Table:
        cells = rows[column].to_pylist()
        for row, value in values.items():
            cells[int(row[1:])] = value
        index = rows.column_names.index(column)
        return rows.set_column(index, column, pa.array(cells, rows.schema.field(column).type))

    return rewrite(table, change)


def cast(table: str, column: str, type_: pa.DataType) -> Change:
    def change(rows: pa.Table) -> pa.Table:
        return rows.set_column(rows.column_names.index(column), column, rows[column].cast(type_))

    return rewrite(table, change)


def content(table: str, change: Callable[[bytes], bytes]) -> Change:
    def apply(source: Path) -> None:
        file = source / f"{table}.parquet"
        file.write_bytes(change(file.read_bytes()))

    return apply


def twice(source: Path) -> None:
    (source / "stay").mkdir()
    pq.write_table(stays(), source / "stay" / "part.parquet")


def spoiled_middle(content: bytes) -> bytes:
    """Pages overwritten, the two ends as they were."""
    return content[:4] + b"\xff" * 600 + content[604:]


def spoiled_footer(content: bytes) -> bytes:
    """The footer's length and the magic bytes as they were."""
    start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    return content[:start] + b"\xff" * 64 + content[start + 64 :]


def first_row_again(rows: pa.Table) -> pa.Table:
    return pa.concat_tables([rows, rows.slice(0, 1)])


def a_third_row_in_the_quarter(rows: pa.Table) -> pa.Table:
    """Patient 0 has stays in hospitals 101 and 102 in the first quarter already."""
    third = rows.slice(1, 1)
    return pa.concat_tables([rows, third.set_column(3, "hospital", pa.array([103], pa.int32()))])


def other_kind(source: Path) -> None:
    (source / "notes.txt").write_text("read me")


BROKEN: list[tuple[str, Change, str]] = [
    ("an unknown table", lambda s: pq.write_table(stays(), s / "visit.parquet"), "visit. unknown-table 1"),
    ("an unknown folder", lambda s: (s / "visit").mkdir(), "visit. no-files 1; visit. unknown-table 1"),
    ("a file of another kind", other_kind, "notes.txt. unknown-file 1"),
    ("a table as file and folder", twice, "stay. table-twice 1"),
    ("an empty file", content("stay", lambda _: b""), "stay. empty-file 1"),
    ("a truncated file", content("stay", lambda b: b[: len(b) // 2]), "stay. truncated-file 1"),
    ("a file that is no Parquet", content("stay", lambda _: b"a,b\n1,2\n"), "stay. unreadable-file 1"),
    ("a spoiled footer", content("stay", spoiled_footer), "stay. unreadable-file 1"),
    ("a spoiled page", content("stay", spoiled_middle), "stay. unreadable-file 1"),
    ("a missing column", rewrite("stay", lambda t: t.drop_columns(["main"])), "stay.main missing-column 1"),
    ("an extra column", rewrite("stay", lambda t: t.append_column("x", t["main"])), "stay.x extra-column 1"),
    (
        "a column in other case",
        rewrite("stay", lambda t: t.rename_columns({"ward": "Ward"})),
        "stay.Ward extra-column 1; stay.ward missing-column 1",
    ),
    ("a wider type", cast("stay", "nights", pa.int64()), "stay.nights wrong-type 1"),
    ("a number as text", cast("stay", "nights", pa.string()), "stay.nights wrong-type 1"),
    ("bytes for text", cast("stay", "ward", pa.binary()), "stay.ward wrong-type 1"),
    ("a longer decimal", cast("stay", "cost", pa.decimal128(9, 4)), "stay.cost wrong-type 1"),
    ("no rows", rewrite("plan", lambda t: t.slice(0, 0)), "plan. no-rows 1"),
    (
        "no rows in a public table",
        rewrite("hospital", lambda t: t.slice(0, 0)),
        "hospital. no-rows 1; stay.hospital unmatched-reference 192",
    ),
    ("a row about nobody", put("stay", "patient", _3=None), "stay.patient null-key 1"),
    ("a blank key", put("stay", "patient", _3=" "), "stay.patient null-key 1"),
    ("a key too long", put("stay", "patient", _3="P" * 13), "stay.patient too-long 1"),
    ("a row with neither key", put("plan", "clinic_number", _10=None), "plan.patient null-key 1"),
    ("a text too long", put("plan", "clinic_number", _0="c" * 13), "plan.clinic_number too-long 1"),
    ("nulls against the promise", put("stay", "main", _3=None, _4=None), "stay.main null 2"),
    ("not numbers", put("stay", "weight", _3=float("nan"), _4=float("inf")), "stay.weight not-finite 2"),
    ("a year of another form", put("stay", "year", _3="2022/2"), "stay.year not-a-year 1"),
    ("a row without a year", put("plan", "ending", _3=None), "plan.ending null 1"),
    ("unknown codes", put("plan", "kind", _3="?", _5="?"), "plan.kind unknown-code 2"),
    ("values out of bounds", put("stay", "nights", _3=91, _4=-1), "stay.nights out-of-bounds 2"),
    ("a copied row", rewrite("plan", first_row_again), "plan.clinic_number, ending duplicate 2"),
    ("a second main row", put("stay", "main", _1=True), "stay.patient, year, quarter duplicate 2"),
    (
        "too many rows of one unit",
        rewrite("stay", a_third_row_in_the_quarter),
        "stay.patient, year, quarter too-many-rows-per-unit 1",
    ),
    (
        "a child with two parents",
        put("stay", "wing", _0="B"),
        "stay.ward breaks-dependency 68; stay.wing breaks-hierarchy 1",
    ),
    (
        "a value without what it implies",
        put("stay", "diagnosis", _12="D02"),
        "stay.diagnosis breaks-implication 1",
    ),
    ("a reference to nothing", put("stay", "hospital", _3=999), "stay.hospital unmatched-reference 1"),
    (
        "a reference to a table left out",
        lambda s: (s / "hospital.parquet").unlink(),
        "stay.hospital reference-missing 1",
    ),
]


@pytest.mark.parametrize(
    ("change", "expected"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_a_broken_source_is_refused_with_its_finding(tmp_path: Path, change: Change, expected: str) -> None:
    source = write_source(tmp_path / "source", all_rows())
    change(source)
    problem = refusal(source, tmp_path / "data")
    assert "; ".join(f"{f.table}.{f.column} {f.code} {f.count}" for f in problem.findings) == expected
    assert files_of(tmp_path / "data") == []


KINDS = CATALOGUE.code_sets["plan_kind"]
WARDS = CATALOGUE.code_sets["ward"]


def with_years(valid: Mapping[str, tuple[str | None, str | None]]) -> Catalogue:
    """The catalogue in which some codes of plans and wards have years."""
    return replace(
        CATALOGUE,
        code_sets={**CATALOGUE.code_sets, **{one.name: _in_years(one, valid) for one in (KINDS, WARDS)}},
    )


def _in_years(codes: CodeSet, valid: Mapping[str, tuple[str | None, str | None]]) -> CodeSet:
    spans = {code.code: valid.get(code.code, (None, None)) for code in codes.codes}
    made = tuple(
        replace(code, valid_from=spans[code.code][0], valid_to=spans[code.code][1]) for code in codes.codes
    )
    return replace(codes, codes=made)


def collected(table: str, name: str, first: str, last: str | None, **more: object) -> Catalogue:
    """The catalogue in which a field was collected in some years alone."""
    of = CATALOGUE.tables[table]
    field = replace(of.fields[name], collected_from=first, collected_to=last, **more)  # type: ignore[arg-type]
    return replace(
        CATALOGUE, tables={**CATALOGUE.tables, table: replace(of, fields={**of.fields, name: field})}
    )


@pytest.mark.parametrize(
    ("catalogue", "expected"),
    [
        (
            with_years({"l": (None, "2022/23")}),
            "plan.kind code-not-in-use 1",
        ),  # the one row of 2024, which is 2023/24
        (with_years({"l": ("2022", "2023"), "s": (None, "2023/24")}), ""),
        (with_years({"l": ("2024/25", None)}), "plan.kind code-not-in-use 8"),
        (with_years({"W1": ("2023/24", None)}), "stay.ward code-not-in-use 34"),
        (collected("stay", "nights", "2023/24", None), "stay.nights not-collected 96"),
        (collected("stay", "nights", "2010/11", "2022/23"), "stay.nights not-collected 96"),
        (collected("stay", "nights", "2022/23", "2023/24"), ""),
        (
            collected("stay", "nights", "2023/24", None, never_null=True),
            "",
        ),  # has a value in every year, as promised
        (collected("plan", "kind", "2010/11", "2022/23"), "plan.kind not-collected 1"),
    ],
)
def test_what_a_year_does_not_have_is_not_in_it(tmp_path: Path, catalogue: Catalogue, expected: str) -> None:
    source = write_source(tmp_path / "source", all_rows())
    if not expected:
        load(source, catalogue, home_data=tmp_path / "data", version="v1", secrets=SECRETS, now=NOON)
        return
    with pytest.raises(LoadRefused) as caught:
        load(source, catalogue, home_data=tmp_path / "data", version="v1", secrets=SECRETS, now=NOON)
    assert [f"{f.table}.{f.column} {f.code} {f.count}" for f in caught.value.findings] == [expected]


def test_a_code_of_no_list_is_told_once(tmp_path: Path) -> None:
    source = write_source(tmp_path / "source", all_rows())
    put("plan", "kind", _3="?")(source)
    with pytest.raises(LoadRefused) as caught:
        load(
            source,
            with_years({"l": (None, "2020/21"), "s": (None, None)}),
            home_data=tmp_path / "data",
            version="v1",
            secrets=SECRETS,
            now=NOON,
        )
    assert [(f.code, f.count) for f in caught.value.findings] == [("code-not-in-use", 7), ("unknown-code", 1)]


def test_all_findings_of_all_tables_come_at_once(tmp_path: Path) -> None:
    source = write_source(tmp_path / "source", all_rows())
    put("plan", "kind", _3="?")(source)
    put("stay", "nights", _3=91)(source)
    put("stay", "weight", _100=float("nan"))(source)
    content("hospital", lambda _: b"")(source)
    problem = refusal(source, tmp_path / "data")
    assert [(f.table, f.code) for f in problem.findings] == [
        ("hospital", "empty-file"),
        ("plan", "unknown-code"),
        ("stay", "out-of-bounds"),
        ("stay", "not-finite"),
    ]


def test_the_earlier_version_stays_in_force(tmp_path: Path) -> None:
    source = write_source(tmp_path / "source", all_rows())
    load(source, CATALOGUE, home_data=tmp_path / "data", version="v1", secrets=SECRETS, now=NOON)
    before = files_of(tmp_path / "data")
    put("stay", "nights", _3=91)(source)
    problem = refusal(source, tmp_path / "data", "v2")
    assert "Version v1 stays in force." in problem.detail
    assert current_version(tmp_path / "data") == "v1"
    assert files_of(tmp_path / "data") == before


def test_a_refusal_reads_well_and_holds_no_value(tmp_path: Path) -> None:
    source = write_source(tmp_path / "source", all_rows())
    put("plan", "kind", _3="?", _4="?")(source)
    put("stay", "nights", _3=91)(source)
    assert (
        refusal(source, tmp_path / "data").text()
        == """\
The source breaks its catalogue in 2 places; nothing was loaded. There is no data version yet.

plan
  error[unknown-code] kind: 2 rows outside code set plan_kind
      = fix: correct the values, or add the code

stay
  error[out-of-bounds] nights: 1 row outside 0 to 90
      = fix: correct the values, or the bounds in the catalogue"""
    )


def test_a_name_from_the_source_cannot_steer_the_terminal(tmp_path: Path) -> None:
    source = write_source(tmp_path / "source", all_rows())
    rewrite("plan", lambda rows: rows.append_column("x\x1b[2J", rows["kind"]))(source)
    assert "\x1b" not in refusal(source, tmp_path / "data").text()


def test_a_source_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert [f.code for f in refusal(tmp_path / "nowhere", tmp_path / "data").findings] == ["no-source"]
    (tmp_path / "empty").mkdir()
    assert [f.code for f in refusal(tmp_path / "empty", tmp_path / "data").findings] == ["no-files"]


def test_a_narrower_type_is_widened(tmp_path: Path) -> None:
    source = write_source(tmp_path / "source", all_rows())
    cast("stay", "nights", pa.uint8())(source)
    cast("stay", "hospital", pa.uint16())(source)
    cast("stay", "cost", pa.decimal128(6, 2))(source)
    cast("stay", "ward", pa.dictionary(pa.int8(), pa.string()))(source)
    widened = load(source, CATALOGUE, home_data=tmp_path / "data", version="v1", secrets=SECRETS, now=NOON)
    plain = write_source(tmp_path / "plain", all_rows())
    assert widened == load(
        plain, CATALOGUE, home_data=tmp_path / "b", version="v1", secrets=SECRETS, now=NOON
    )


def test_every_kind_of_finding_says_what_to_do() -> None:
    finding = Finding("stay", "nights", "out-of-bounds", "0 to 90", 1200)
    assert (finding.sentence, finding.remedy) == (
        "1,200 rows outside 0 to 90",
        "correct the values, or the bounds in the catalogue",
    )


def files_of(folder: Path) -> list[str]:
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != ".lock"
    )


def test_a_version_that_is_not_accepted_never_exists(tmp_path: Path) -> None:
    """It is looked at when it is whole, and before anybody could ask of it."""
    source, data = write_source(tmp_path / "source", all_rows()), tmp_path / "data"

    class NotLikeThat(Exception):
        pass

    def refuse(made: DataVersion) -> None:
        made.verify()
        raise NotLikeThat

    with pytest.raises(NotLikeThat):
        load(source, CATALOGUE, home_data=data, version="v1", secrets=SECRETS, now=NOON, accept=refuse)
    assert current_version(data) is None
    assert not (data / "v1").exists()
