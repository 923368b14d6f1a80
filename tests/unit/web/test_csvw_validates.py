"""The metadata of a bundle validates, and its CSV against it, by a reader of CSVW that is not ours.

Source: W3C, Metadata Vocabulary for Tabular Data; Model for Tabular Data and Metadata (Recommendations, 2015).
"""

import io
import json
import warnings
import zipfile
from pathlib import Path

import pytest
from csvw import CSVW  # type: ignore[import-untyped]

from tests.support.labels import label
from tests.support.service import THIS
from tests.support.web import Web

HOSTILE = 'Men <i>& "boys"\r\n=1+1 | \','
QUERIES = {
    "numbers with gaps": "SELECT sex, stage, count(*) AS n, avg(weight) AS w FROM patient GROUP BY 1, 2",
    "texts, days and truths": "SELECT max(sex) AS t, count(*) > 3 AS b, DATE '2026-01-02' AS d FROM patient",
    "names that are formulas": 'SELECT sex AS "=1+1|n,\'x", count(*) AS "<n>" FROM patient GROUP BY 1',
    "hidden texts": "SELECT stage, 'group ' || sex AS t, count(*) AS n FROM patient GROUP BY 1, 2",
}


def unpacked(web: Web, sql: str, folder: Path) -> Path:
    body = {"project": THIS, "sql": sql, "name": "<b>Pupils</b> & all"}
    answer = web.call("POST", "/queries", body=body, headers={"Prefer": "wait=5"}).json()
    assert answer["status"] == "released", answer
    content = web.call("GET", f"/outputs/{answer['output']}/bundle").content
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        found.extractall(folder)
    return folder / str(answer["output"])


def validated(metadata: Path) -> CSVW:
    read = CSVW(str(metadata), validate=True)
    assert read.is_valid, read.warnings
    assert not read.warnings
    return read


@pytest.mark.parametrize("what", QUERIES)
def test_the_metadata_validates_and_the_csv_against_it(what: str, web: Web, tmp_path: Path) -> None:
    folder = unpacked(web, QUERIES[what], tmp_path / "bundle")
    (metadata,) = folder.glob("*.csv-metadata.json")
    validated(metadata)


def test_a_group_with_its_code_lists_validates(web: Web, tmp_path: Path) -> None:
    label(web.service, "patient_sex", {"F": "Women", "M": HOSTILE})
    folder = unpacked(web, QUERIES["numbers with gaps"], tmp_path / "bundle")
    validated(folder / "csv-metadata.json")
    assert len(json.loads((folder / "csv-metadata.json").read_text())["tables"]) > 1


def test_the_reader_has_numbers_and_gaps(web: Web, tmp_path: Path) -> None:
    folder = unpacked(web, QUERIES["numbers with gaps"], tmp_path / "bundle")
    (metadata,) = folder.glob("*.csv-metadata.json")
    (rows,) = [list(table.iterdicts()) for table in validated(metadata).tables]
    assert {type(row["n"]) for row in rows} == {int, type(None)}


@pytest.mark.parametrize("wrong", ["many", "c "])
def test_a_csv_that_says_something_else_does_not_validate(wrong: str, web: Web, tmp_path: Path) -> None:
    """Else a yes would mean nothing."""
    folder = unpacked(web, QUERIES["numbers with gaps"], tmp_path / "bundle")
    (metadata,) = folder.glob("*.csv-metadata.json")
    (table,) = folder.glob("*.csv")
    first, row, *rest = table.read_bytes().split(b"\r\n")
    cells = row.split(b",")
    cells[2] = wrong.encode()
    table.write_bytes(b"\r\n".join([first, b",".join(cells), *rest]))
    with warnings.catch_warnings():
        warnings.simplefilter("always")  # it collects its own
        read = CSVW(str(metadata), validate=True)
        assert not read.is_valid
    assert "Invalid column value" in str(read.warnings[0].message)
