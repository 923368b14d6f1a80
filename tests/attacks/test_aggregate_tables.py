"""A school in which three pupils sat the examinations: no question about the tables of aggregates finds their result.

Source: counts of 1 and 2 in school-level tables; the rest of a total (Hundepool and others, Handbook on Statistical
Disclosure Control, ESSnet, 2010, section 4.3).
"""

import json
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from enclave.wiring.data import load_source, synthetic_files
from enclave.wiring.home import make_home
from enclave.wiring.packaged import packaged_policies
from enclave.wiring.session import answering, session_of

PROJECT, PERSON = "P-2026-021", "lead-researcher@elsewhere.example"
SECRET = Decimal("77.7")  # the mean of three pupils
YEAR, GROUPS = "2023/24", ("all", "boys", "girls", "FSM6", "EAL", "SEN")
SMALL, LARGE = 990_001, 990_002  # one school of three; one of forty, three of whom have special needs


MORE = (
    ("school_performance", "n_pupils"),
    ("school_census_school", "n_sen_support"),
    ("school_census_school", "n_ehcp"),
)
NEEDED = (
    "school",
    "local_authority",
    "area_lsoa",
    "school_census_pupil",
    "school_census_school",
    "school_performance",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("aggregates")
    made = make_home(folder / "home", policies=_policies(folder / "policies"))
    synthetic_files(folder / "all", scale="tiny", seed=1)
    (folder / "source").mkdir()
    for entry in (folder / "all").iterdir():
        if entry.stem in NEEDED:
            entry.rename(folder / "source" / entry.name)
    _plant(folder / "source")
    load_source(made, folder / "source", version=None)
    return folder / "home"


def _policies(folder: Path) -> Path:
    """Those of the product, where a project has more of the aggregates, and less of the people whom they count."""
    shutil.copytree(packaged_policies(), folder)
    path, yaml = folder / "projects" / f"{PROJECT}.yaml", YAML()
    project = yaml.load(path)
    tables = {table["name"]: table["fields"] for table in project["data"]["tables"]}
    counted = ("sen_provision", "sen_type_primary")
    for field in [one for one in tables["school_census_pupil"] if one["name"] in counted]:
        tables["school_census_pupil"].remove(field)
    for table, name in MORE:
        use = ["aggregate", "filter", "group"]
        tables[table].append({"name": name, "use": use, "why": "To attack it"})
    yaml.dump(project, path)
    return folder


def _plant(source: Path) -> None:
    """Two schools of nobody else, with rows for every group."""
    path = source / "school_performance" / YEAR.replace("/", "-") / "KS4.parquet"
    rows = pq.read_table(path)
    small = {"all": (3, 2), "boys": (3, 2), "girls": (0, 0), "FSM6": (3, 2), "EAL": (0, 0), "SEN": (3, 2)}
    large = {
        "all": (40, 25),
        "boys": (20, 13),
        "girls": (20, 12),
        "FSM6": (15, 8),
        "EAL": (37, 24),
        "SEN": (3, 1),
    }
    planted = [_row(SMALL, group, *small[group], SECRET if small[group][0] else None) for group in GROUPS]
    planted += [
        _row(LARGE, group, *large[group], SECRET if group == "SEN" else Decimal("44.4")) for group in GROUPS
    ]
    columns = {name: [row.get(name) for row in planted] for name in rows.column_names}
    pq.write_table(pa.concat_tables([rows, pa.table(columns, schema=rows.schema)]), path)


def _row(urn: int, group: str, pupils: int, passed: int, mean: Decimal | None) -> dict[str, Any]:
    return {
        "urn": urn,
        "academic_year": YEAR,
        "key_stage": "KS4",
        "pupil_group": group,
        "n_pupils": pupils,
        "n_basics_95": passed,
        "n_ebacc_entry": passed,
        "avg_att8": mean,
    }


def answers(home: Path, *questions: str) -> list[dict[str, Any]]:
    with answering(session_of(home, project=PROJECT, person=PERSON, at=None)) as session:
        return [dict(session.answer(sql, timings=False)) for sql in questions]


KS4 = "key_stage = 'KS4'"
QUESTIONS = (
    f"SELECT urn, pupil_group, n_pupils, n_basics_95, avg_att8 FROM school_performance WHERE {KS4} AND urn > 990000",
    f"SELECT max(avg_att8), min(n_pupils) FROM school_performance WHERE {KS4}",
    f"SELECT count(*) AS n FROM school_performance WHERE {KS4} AND urn = {SMALL}",
    f"SELECT count(*) AS n FROM school_performance WHERE {KS4} AND avg_att8 > 77.65 AND avg_att8 < 77.75",
    f"""SELECT sum(n_pupils) FILTER (pupil_group = 'all') - sum(n_pupils) FILTER (pupil_group = 'EAL') AS rest
    FROM school_performance WHERE {KS4} AND urn = {LARGE}""",
    f"SELECT avg_att8, count(*) AS n FROM school_performance WHERE {KS4} AND pupil_group = 'SEN' GROUP BY avg_att8",
    "SELECT p.avg_att8 FROM school_performance p ANTI JOIN school s ON s.urn = p.urn WHERE p.avg_att8 IS NOT NULL",
    """SELECT a.urn, a.n_pupils - b.n_pupils AS rest FROM school_performance a JOIN school_performance b
    ON a.urn = b.urn AND a.academic_year = b.academic_year AND a.key_stage = b.key_stage
    WHERE a.pupil_group = 'all' AND b.pupil_group <> 'all' AND a.n_pupils - b.n_pupils BETWEEN 1 AND 9""",
    """SELECT a.urn, a.n_basics_95 - b.n_basics_95 AS rest FROM school_performance a JOIN school_performance b
    ON a.urn = b.urn AND a.academic_year = b.academic_year AND a.key_stage = b.key_stage
    WHERE a.pupil_group = 'all' AND b.pupil_group <> 'all' AND a.n_basics_95 - b.n_basics_95 BETWEEN 1 AND 9""",
    "SELECT urn, n_pupils - n_basics_95 AS failed FROM school_performance WHERE n_pupils - n_basics_95 BETWEEN 1 AND 9",
    """SELECT urn, headcount - n_sen_support - n_ehcp AS neither FROM school_census_school
    WHERE headcount - n_sen_support - n_ehcp BETWEEN 1 AND 9""",
)


def test_no_question_finds_the_result_of_three_pupils(home: Path) -> None:
    found = answers(home, *QUESTIONS)
    assert [answer["status"] for answer in found] == ["released"] * len(QUESTIONS), found
    assert not any(str(SECRET) in json.dumps(answer["rows"]) for answer in found)
    schools = found[0]["rows"]
    assert {row[0] for row in schools} == {LARGE}
    assert {row[1]: row[2] for row in schools} == {"all": 40, "boys": 20, "girls": 20, "FSM6": 15}
    assert found[1]["rows"][0][1] >= 10
    assert [answer["rows"] for answer in found[2:5]] == [[[0]], [[0]], [[None]]]
    assert {str(row[0]) for row in found[6]["rows"]} == {"44.4"}
    assert all(answer["rows"] == [] for answer in found[7:])


def test_what_is_not_small_joins_the_pupils_and_weighs_them(home: Path) -> None:
    """The other side: the table is of use, and pupils' rows stay as protected as ever."""
    (answer,) = answers(
        home,
        "SELECT CASE WHEN s.n_sen_support >= 20 THEN 'many' ELSE 'few' END AS support, count(*) AS pupils "
        "FROM school_census_pupil c JOIN school_census_school s ON s.urn = c.urn AND s.academic_year = c.academic_year "
        "WHERE c.term = 'SPR' AND c.academic_year = '2023/24' AND (c.record_status < 100 OR c.record_status IS NULL) "
        "GROUP BY 1 ORDER BY 1",
    )
    assert answer["status"] == "released", answer
    assert all(row[1] >= 10 for row in answer["rows"])
    assert answer["rows"]


def test_a_field_of_the_table_that_was_not_granted_is_refused(home: Path) -> None:
    (answer,) = answers(home, "SELECT avg(avg_p8) FROM school_performance")
    assert answer["problem"]["code"] == "field-not-granted"


def test_what_was_loaded_holds_nothing_small(home: Path) -> None:
    """Not even in the files of the store."""
    for path in (home / "data" / "npd-demo-1" / "store" / "school_performance").rglob("*.parquet"):
        rows = pq.read_table(path)
        assert (pc.min(rows["n_pupils"]).as_py() or 10) >= 10
        assert Decimal("77.7") not in rows["avg_att8"].to_pylist()


def test_a_project_with_stricter_rules_than_the_load_does_not_find_the_table(home: Path) -> None:
    session = session_of(home, project=PROJECT, person=PERSON, at=None)
    store, policy = session.store, session.policies.in_force[session.project]
    assert store.has_table(policy, "school_performance")
    for stricter in (replace(policy.rules, min_units=11), replace(policy.rules, min_clusters=2)):
        assert not store.has_table(replace(policy, rules=stricter), "school_performance")
        assert store.has_table(replace(policy, rules=stricter), "school_census_pupil")
