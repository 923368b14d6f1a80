"""Codes with their labels, and what the catalogue rules out: on pages, in every file, and never as markup."""

import csv
import io
import json
import zipfile
from html import unescape
from typing import Any

import pyarrow.parquet as pq
import pytest

from enclave.actions.kept_answers import read_table
from enclave.outputs.hashes import sha256
from enclave.outputs.records import QueryId, ResultRecord
from enclave.web.tables import METADATA
from tests.support.labels import label
from tests.support.service import ASKS, CHECKERS, THIS
from tests.support.web import Web

EVIL = "<img src=x onerror=alert(1)>Men"
BY_SEX = "SELECT sex, year, count(*) AS n FROM patient GROUP BY 1, 2"


@pytest.fixture
def labelled(web: Web) -> Web:
    """Every kind of file; F has a plain label and M a hostile one, and was no code before 2021/22."""

    def all_formats(project: dict[str, object]) -> None:
        project["release"] = {"formats": ["csv", "json", "parquet"]}

    web.service.change_policy(all_formats, file=f"projects/{THIS}.yaml")
    label(web.service, "patient_sex", {"F": "Women", "M": EVIL}, valid_from={"M": "2021"})
    return web


def asked(web: Web, sql: str = BY_SEX) -> str:
    body = {"project": THIS, "sql": sql, "name": "By sex"}
    answer = web.call("POST", "/queries", body=body, headers={"Prefer": "wait=5"}).json()
    assert answer["status"] == "released", answer
    return str(answer["output"])


def bundle(web: Web, output: str) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(web.call("GET", f"/outputs/{output}/bundle").content)) as found:
        return {name.removeprefix(f"{output}/"): found.read(name) for name in found.namelist()}


def rows(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode(), newline="")))


def test_a_page_says_what_a_code_is_called_and_the_code(labelled: Web) -> None:
    page = labelled.browser(ASKS).opens(f"/outputs/{asked(labelled)}").text
    assert "Women (F)" in page
    assert EVIL not in page
    assert f"{EVIL} (M)" in unescape(page)


def test_a_checker_reads_the_labels_too(labelled: Web) -> None:
    output = labelled.service.with_checkers()
    page = labelled.browser(CHECKERS[0]).opens(f"/checking/{output}").text
    assert "Women (F)" in page
    assert EVIL not in page


def test_the_page_of_the_bundle_has_the_labels_as_text(labelled: Web) -> None:
    page = bundle(labelled, asked(labelled))["O-1.html"].decode()
    assert "Women (F)" in page
    assert EVIL not in page
    assert f"{EVIL} (M)" in unescape(page)


def test_json_and_parquet_carry_the_lists(labelled: Web) -> None:
    found = bundle(labelled, asked(labelled))
    told = json.loads(found["O-1.json"])
    assert told["columns"][0]["code_set"] == "patient_sex"
    assert told["code_sets"] == {
        "patient_sex": [{"code": "F", "label": "Women"}, {"code": "M", "label": EVIL}]
    }
    about = json.loads((pq.read_schema(io.BytesIO(found["O-1.parquet"])).metadata or {})[METADATA])
    assert about["code_lists"] == {"patient_sex": {"F": "Women", "M": EVIL}}


def test_the_code_lists_of_the_csv_are_tables_that_it_refers_to(labelled: Web) -> None:
    """What a validator of CSVW asks: each list is there, its code is a key, and every value refers to a row."""
    found = bundle(labelled, asked(labelled))
    group = json.loads(found["csv-metadata.json"])
    tables = {one["url"]: one for one in group["tables"]}
    assert set(tables) == {"O-1.csv", "O-1-patient_sex.csv"} <= set(found)
    (key,) = tables["O-1.csv"]["tableSchema"]["foreignKeys"]
    listed = rows(found[key["reference"]["resource"]])
    codes = [row[key["reference"]["columnReference"]] for row in listed]
    assert tables["O-1-patient_sex.csv"]["tableSchema"]["primaryKey"] == "code"
    assert len(codes) == len(set(codes))
    assert {row[key["columnReference"]] for row in rows(found["O-1.csv"])} <= set(codes)
    assert {row["code"]: row["label"] for row in listed} == {"F": "Women", "M": EVIL}


def test_a_code_before_it_was_in_use_is_not_applicable_everywhere(labelled: Web) -> None:
    """Nobody of the world is asked about: the year 2021 began in 2020, and M came with 2021."""
    nobody = "SELECT sex, year, count(*) AS n FROM patient WHERE hospital_id = -1 GROUP BY 1, 2"
    output = asked(labelled, nobody)
    found = bundle(labelled, output)
    told = json.loads(found["O-1.json"])
    assert told["rows"] == []
    assert told["frame"]["not_applicable"] == [{"sex": ["M"], "year": [2021]}]
    symbols = {(row["sex"], row["year"]): row["n"] for row in rows(found["O-1.csv"])}
    assert symbols == {(sex, year): "c" for sex in "FM" for year in ("2021", "2022", "2023")} | {
        ("M", "2021"): "z"
    }
    page = labelled.browser(ASKS).opens(f"/outputs/{output}").text
    assert page.count(">z<") == page.count('enc-hidden-cell">z<') + page.count("<strong>z<") == 2
    assert found["O-1.html"].decode().count('class="hidden">z<') == 1


def test_what_the_query_leaves_of_the_years_decides_where_the_year_is_not_shown(labelled: Web) -> None:
    once = "SELECT sex, count(*) AS n FROM patient WHERE hospital_id = -1 AND year = {} GROUP BY 1"
    for number, (year, symbol) in enumerate(((2021, "z"), (2022, "c")), start=1):
        asked(labelled, once.format(year))
        found = rows(bundle(labelled, f"O-{number}")[f"O-{number}.csv"])
        assert {row["sex"]: row["n"] for row in found} == {"F": "c", "M": symbol}


def test_a_row_that_the_data_hold_against_the_catalogue_is_shown(labelled: Web) -> None:
    found = rows(bundle(labelled, asked(labelled))["O-1.csv"])
    assert next(row["n"] for row in found if (row["sex"], row["year"]) == ("M", "2021")) not in ("c", "z")


def test_a_text_that_is_a_symbol_is_told_from_a_hidden_one(labelled: Web) -> None:
    sql = "SELECT hospital_id, CASE WHEN count(*) > 0 THEN 'c' END AS word FROM patient GROUP BY 1"
    found = bundle(labelled, asked(labelled, sql))
    words = {(row["word"], row["word_status"]) for row in rows(found["O-1.csv"])}
    assert ("c", "ok") in words
    assert words <= {("c", "ok"), ("", "c")}
    columns = json.loads(found["O-1.csv-metadata.json"])["tableSchema"]["columns"]
    assert [column["titles"] for column in columns] == ["hospital_id", "word", "word_status"]
    assert columns[1]["null"] == [""]


def test_what_was_kept_before_labels_were_is_read_as_it_was(labelled: Web) -> None:
    asked(labelled)
    with labelled.service.records.read() as reading:
        kept = reading.result(QueryId("Q-1"))
    assert kept is not None
    old = json.loads(kept.answer)
    del old["code_lists"]
    for column in old["columns"]:
        del column["code_set"]
    record = ResultRecord(
        kept.query_id, kept.table, json.dumps(old).encode(), kept.report, "", sha256(kept.report)
    )
    told: dict[str, Any] = read_table(record).as_json()
    assert told["columns"][0] == {"name": "sex", "type": "VARCHAR"}
    assert "code_sets" not in told
