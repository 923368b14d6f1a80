"""What identifies somebody in the source is nowhere in what the service says, logs or keeps of its calls."""

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.support.processes import Served, copy_home, serving

IDENTIFIERS = ("pmr_anon", "upn", "uln", "former_upn", "postcode", "home_postcode", "cla_child_id")
WORD = re.compile(rb"[A-Z]{2}\d{1,2} \d[A-Z]{2}|[A-Za-z0-9]{6,}")
CENSUS = "FROM school_census_pupil WHERE academic_year = '2024/25' AND term = 'SPR'"
JOINED = """
    SELECT la_code, avg(a.overall_year) AS days FROM absence a JOIN school_census_pupil c
    USING (pmr_anon, academic_year) WHERE c.term = 'SPR' AND a.main_record GROUP BY 1"""
ASKED = (
    f"SELECT la_code, gender, ethnic_group_major, count(*) AS n {CENSUS} GROUP BY ALL",
    f"SELECT nc_year, count(DISTINCT pmr_anon) AS n {CENSUS} GROUP BY 1",
    f"SELECT pmr_anon, count(*) AS n {CENSUS} GROUP BY 1",
    f"SELECT min(pmr_anon) AS who {CENSUS}",
    f"SELECT CAST(pmr_anon AS INTEGER) AS n, count(*) AS m {CENSUS} GROUP BY 1",
    f"SELECT error(pmr_anon) {CENSUS}",
    f"SELECT surname, postcode {CENSUS}",
    f"SELECT count(*) FILTER (WHERE upn LIKE 'A%') AS n {CENSUS}",
    f"SELECT CAST(nc_year AS INTEGER) / 0 AS n, count(*) AS m {CENSUS} GROUP BY 1",
    JOINED,
    "SELECT median(att8) AS m, max(att8) AS top FROM ks4_pupil",
    f"SELECT sen_type_primary, count(*) AS n {CENSUS} GROUP BY 1",
    "SELECT * FROM read_parquet('/etc/passwd')",
    "SELECT * FROM pupil_identity",
)
PROJECT_PAGE = "/projects/P-2026-014"
PLACES = (
    "/api/v1/me",
    "/api/v1/queries",
    "/api/v1/outputs",
    "/api/v1/projects/P-2026-014/fields",
    "/api/v1/register",
    "/register",
)


def identifiers(source: Path) -> set[bytes]:
    """Every identifier of every person in the source files."""
    found: set[bytes] = set()
    for file in source.rglob("*.parquet"):
        here = [name for name in pq.read_schema(file).names if name in IDENTIFIERS]
        table = pq.read_table(file, columns=here)
        for name in here:
            values = pc.unique(table.column(name)).to_pylist()
            found |= {str(value).encode() for value in values if value and len(str(value)) >= 6}
    return found


def everything_said(served: Served) -> bytes:
    """Each answer with its headers, of each question and of each place."""
    signed = served.signed_in()
    answers = [served.ask(sql, Prefer="wait=60") for sql in ASKED]
    for asked in answers[:]:
        body = asked.json()
        if body.get("output"):
            address = f"/api/v1/outputs/{body['output']}"
            answers += [
                served.http.get(f"{address}/table?format={form}", headers=signed)
                for form in ("records", "csv")
            ]
        elif body.get("status") == "done":
            wanted = {"query": body["id"], "why": "To see"}
            answers.append(served.http.post("/api/v1/outputs", json=wanted, headers=signed))
    answers += [served.http.get(place, headers=signed) for place in PLACES]
    answers += pages(served, signed)
    return b"\n".join(repr(answer.headers).encode() + answer.content for answer in answers)


def pages(served: Served, signed: dict[str, str]) -> list[Any]:
    """What a researcher's browser is shown and takes home: every page of every query and output, charts and files."""
    browser = {**signed, "Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    queries = served.http.get("/api/v1/queries?limit=200", headers=signed).json()["items"]
    outputs = served.http.get("/api/v1/outputs?limit=200", headers=signed).json()["items"]
    places = [f"{PROJECT_PAGE}{end}" for end in ("", "/query", "/saved", "/history", "/outputs", "/fields")]
    places += [f"/queries/{query['id']}" for query in queries]
    places += [f"/outputs/{output['id']}{end}" for output in outputs for end in ("", "/files/parquet")]
    found: list[Any] = [served.http.get(place, headers=browser) for place in places]
    for sql in ASKED:
        form = {"sql": sql, "name": "", "route": "ordinary", "act": "check"}
        found.append(served.http.post(f"{PROJECT_PAGE}/query", data=form, headers=browser))
    assert all(answer.status_code in (200, 409) for answer in found)
    bundles = [served.http.get(f"/outputs/{one['id']}/bundle.zip", headers=browser) for one in outputs]
    return found + [Unpacked(answer.content) for answer in bundles if answer.status_code == 200]


class Unpacked:
    """The files of a zip, one after another."""

    headers: Mapping[str, str] = {}

    def __init__(self, packed: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(packed)) as found:
            self.content = b"\n".join(found.read(name) for name in found.namelist())


def test_no_identifier_of_anybody_leaves_the_data(home: Path, tmp_path: Path) -> None:
    known = identifiers(home.parent / "source")
    assert len(known) > 10_000
    assert all(WORD.fullmatch(one) for one in known)
    own = copy_home(home, tmp_path / "home")
    with serving(own) as served:
        said = everything_said(served)
    assert said.count(b'"status":"released"') >= 4
    kept = {
        path: path.read_bytes()
        for path in (own / "state").rglob("*")
        if path.is_file() and "keys" not in path.parts
    }
    assert {path.name for path in kept} >= {"enclave.db", "gateway.log", "checkpoint"}
    for place, text in {**kept, Path("answers"): said}.items():
        assert {word for word in WORD.findall(text) if word in known} == set(), place
