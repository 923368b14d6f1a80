"""The bundle of a release: every file of it says the same, and none can hurt whoever opens it."""

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow.parquet as pq
import pytest

from enclave.terms import PersonId
from enclave.terms.spreadsheets import inert
from enclave.web.bundle.csvw import datatype
from tests.support.service import ADMIN, ASKS, AUTOMATIC, STRANGER, THIS
from tests.support.web import ANYBODY, Web

GAPS = 'SELECT sex AS "=1+1", stage, count(*) AS n, avg(weight) AS w FROM patient GROUP BY 1, 2'
READ: Mapping[str, Callable[[str], Any]] = {
    "string": str,
    "integer": int,
    "double": float,
    "decimal": float,
    "boolean": {"true": True, "false": False}.__getitem__,
}


def released(web: Web, sql: str = GAPS) -> str:
    """The output of a query that is released at once."""
    body = {"project": THIS, "sql": sql, "name": "<b>Pupils</b> & all"}
    answer = web.call("POST", "/queries", body=body, headers={"Prefer": "wait=5"}).json()
    assert answer["status"] == "released", answer
    return str(answer["output"])


def bundle(web: Web, output: str) -> dict[str, bytes]:
    answer = web.call("GET", f"/outputs/{output}/bundle")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="{output}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        assert found.testzip() is None
        return {name.removeprefix(f"{output}/"): found.read(name) for name in found.namelist()}


@pytest.fixture
def everything(web: Web) -> Web:
    """A project that takes out files of every kind."""

    def all_formats(project: dict[str, object]) -> None:
        project["release"] = {"formats": ["csv", "json", "parquet"]}

    web.service.change_policy(all_formats, file=f"projects/{THIS}.yaml")
    return web


def rows(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode("utf-8"), newline="")))


def test_it_holds_the_table_in_every_format_with_all_that_explains_it(everything: Web) -> None:
    id = released(everything)
    assert list(bundle(everything, id)) == [
        "README.txt",
        f"{id}.csv",
        f"{id}.csv-metadata.json",
        f"{id}.parquet",
        f"{id}.json",
        f"{id}.html",
        f"{id}.sql",
        "manifest.json",
        "citation.txt",
        "CITATION.cff",
        "proof.txt",
        "log.vkey",
        "SHA256SUMS",
    ]


def test_what_the_project_does_not_take_out_is_not_in_it(web: Web) -> None:
    found = bundle(web, released(web))
    assert "O-1.csv" in found
    assert "O-1.parquet" not in found
    assert "O-1.json" not in found


def test_every_file_has_its_hash_and_the_sql_that_of_the_manifest(everything: Web) -> None:
    found = bundle(everything, released(everything))
    sums = dict(line.split("  ")[::-1] for line in found["SHA256SUMS"].decode().splitlines())
    assert sums == {
        name: hashlib.sha256(content).hexdigest() for name, content in found.items() if name != "SHA256SUMS"
    }
    manifest = json.loads(found["manifest.json"])
    assert sums["O-1.sql"] == manifest["sql_sha256"]
    assert manifest["table_sha256"] in found["citation.txt"].decode()


def test_csv_json_and_parquet_hide_the_same_cells(everything: Web) -> None:
    found = bundle(everything, released(everything))
    by_row = json.loads(found["O-1.json"])
    hidden = [cells.count("c") for cells in by_row["cells"]]
    assert sum(hidden) >= 2
    assert [row[2:].count("c") for row in rows(found["O-1.csv"])[1:]][: len(hidden)] == hidden
    table = pq.read_table(io.BytesIO(found["O-1.parquet"]))
    status = zip(table["n_status"].to_pylist(), table["w_status"].to_pylist(), strict=True)
    assert [pair.count("c") for pair in status] == hidden
    assert table["n"].null_count == table["n_status"].to_pylist().count("c")


def test_the_metadata_reads_every_value_of_the_csv(web: Web) -> None:
    """A reader of CSVW in a few lines: each cell is a null of its column, or a value of its datatype."""
    found = bundle(web, released(web))
    metadata = json.loads(found["O-1.csv-metadata.json"])
    header, *body = rows(found["O-1.csv"])
    columns = metadata["tableSchema"]["columns"]
    assert metadata["@context"][0] == "http://www.w3.org/ns/csvw"
    assert metadata["url"] == "O-1.csv"
    assert header == [column["titles"] for column in columns]
    assert all(
        re.fullmatch(r"(?:[A-Za-z0-9]|%[0-9A-F]{2})(?:[A-Za-z0-9_.]|%[0-9A-F]{2})*", one["name"])
        for one in columns
    )
    read = [
        [
            None if text in one["null"] else READ[one["datatype"]](text)
            for text, one in zip(row, columns, strict=True)
        ]
        for row in body
    ]
    assert any(row[2] is None for row in read)
    assert [type(value) for value in read[0]] == [str, int, int, float]


@pytest.mark.parametrize(
    ("sql_type", "known"),
    [
        ("BIGINT", "integer"),
        ("HUGEINT", "integer"),
        ("DECIMAL(5,2)", "decimal"),
        ("DOUBLE", "double"),
        ("BOOLEAN", "boolean"),
        ("DATE", "date"),
        ("TIMESTAMP", "dateTime"),
        ("VARCHAR", "string"),
        ("INTERVAL", "string"),
    ],
)
def test_each_sql_type_has_a_datatype(sql_type: str, known: str) -> None:
    assert datatype(sql_type) == known


def test_moments_past_pythons_calendar_are_told_in_every_format(everything: Web) -> None:
    late = "DATE '2022-02-01' + to_years(CAST(n - n + 8000 AS INTEGER)) AS late"
    early = "CAST(DATE '2022-02-01' - to_years(CAST(n - n + 3000 AS INTEGER)) AS DATE) AS early"
    never = "TRY_CAST(CASE WHEN n > 0 THEN 'infinity' END AS DATE) AS never"
    sql = f"SELECT {late}, {early}, {never} FROM (SELECT count(*) AS n FROM patient)"
    id = released(everything, sql)
    found = bundle(everything, id)
    told = ["10022-02-01T00:00:00", "-0978-02-01", "infinity"]
    assert rows(found[f"{id}.csv"]) == [["late", "early", "never"], told]
    assert json.loads(found[f"{id}.json"])["rows"] == [told]
    table = pq.read_table(io.BytesIO(found[f"{id}.parquet"]))
    kinds = {str(table.schema.field(name).type) for name in ("late", "early", "never")}
    assert (table.num_rows, kinds) == (1, {"timestamp[us]", "date32[day]"})
    for text in told:
        assert text.encode() in found[f"{id}.html"]
    assert everything.call("GET", f"/outputs/{id}").json()["status"] == "released"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+x",
        "-x",
        "@sum",
        "\t1",
        "\r1",
        "\n1",
        "=",
        "-1-1",
        "+1+cmd|' /C calc'!A0",
        "＝1+1",
        "＠sum",
    ],
)
def test_a_formula_is_only_text(text: str) -> None:
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("cut", [";", "\t", "|", "\n", "\r"])
def test_nor_does_one_run_that_begins_a_cell_where_files_are_cut_at_semicolons(cut: str) -> None:
    """`5,"a;=1+1;"` is three cells where commas are decimal points: quotes that do not begin a cell are none."""
    assert inert(f"a{cut}=1+1{cut}@x{cut}b") == f"a{cut}'=1+1{cut}'@x{cut}b"


@pytest.mark.parametrize(
    "text", ["a;b", "a; =1", "-1", "+44", "-0.5", "Eastmere", "c", "", "1=1", "'=1", "-0043-03-15"]
)
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert inert(text) == text


def test_a_formula_in_a_name_or_a_value_is_only_text(web: Web) -> None:
    label = "CASE sex WHEN 'F' THEN '=cmd|''/C calc''!A0' ELSE '-2' END"
    sql = f'SELECT {label} AS "@x", count(*) AS n FROM patient GROUP BY 1'
    header, *body = rows(bundle(web, released(web, sql))["O-1.csv"])
    assert header[0] == "'@x"
    assert {row[0] for row in body} == {"'=cmd|'/C calc'!A0", "-2"}


def test_the_page_loads_nothing_and_what_people_wrote_is_text(web: Web) -> None:
    text = bundle(web, released(web))["O-1.html"].decode()
    assert "<b>Pupils" not in text
    assert "&lt;b&gt;Pupils" in text
    assert re.findall(r'(?:src|href|action)="', text) == []
    assert "<script" not in text
    assert "Synthetic data" in text


def test_the_proof_is_that_of_the_release(web: Web) -> None:
    found = bundle(web, released(web))
    assert found["proof.txt"].decode() == web.call("GET", "/outputs/O-1/proof").text
    key = web.call("GET", "/audit/log.vkey", ANYBODY)
    assert found["log.vkey"] == key.content


def test_the_same_release_is_the_same_bytes(web: Web) -> None:
    id = released(web)
    first = bundle(web, id)
    web.service.clock.move(days=1)
    second = bundle(web, id)
    assert {name for name in first if first[name] != second[name]} <= {"proof.txt", "SHA256SUMS"}


@pytest.mark.parametrize("person", [STRANGER, ADMIN])
def test_it_is_for_the_people_of_the_project(web: Web, person: PersonId) -> None:
    id = released(web, AUTOMATIC)
    assert web.call("GET", f"/outputs/{id}/bundle", person).status_code in (403, 404)
    assert web.call("GET", f"/outputs/{id}/bundle", ANYBODY).status_code == 401


def test_there_is_none_before_a_release(web: Web) -> None:
    waiting = web.service.with_checkers()
    assert web.call("GET", f"/outputs/{waiting}/bundle").json()["code"] == "not-released"
    assert web.browser(ASKS).opens(f"/outputs/{waiting}/bundle.zip").status_code == 409
