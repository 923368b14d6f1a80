"""What a user can try against changed numbers over HTTP: other people, projects, days and words, and other methods.

Sources: Fraser and Wooton (UNECE, 2005), that the same people have the same noise; Asghar and Kaafar, Averaging
attacks on bounded noise-based disclosure control algorithms (PoPETs, 2020).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from enclave.terms import PersonId, ProjectId
from tests.support.service import ASKS, COLLEAGUE, OTHER, STRANGER, THIS, policies_by
from tests.support.web import Web

TABLE = (
    "SELECT hospital_id, band, count(DISTINCT person) AS n, avg(weight) AS w FROM patient WHERE year = 2021 "
    "GROUP BY ROLLUP (hospital_id, band)"
)
SAME = (
    "SELECT sex, count(DISTINCT person) AS n FROM patient WHERE year = 2021 GROUP BY sex",
    "SELECT sex, n FROM (SELECT sex, count(DISTINCT person) AS n FROM patient WHERE 2021 = year GROUP BY sex)",
)


@pytest.fixture(scope="module", params=["round", "cell_key"])
def web(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with Web(tmp_path_factory.mktemp("changed")) as opened:
        opened.service.policies = policies_by(request.param, today=opened.service.clock.now().date())
        yield opened


def asked(web: Web, sql: str, person: PersonId = ASKS, project: ProjectId = THIS) -> dict[str, Any]:
    body = {"project": project, "sql": sql, "name": "A table"}
    answer = web.call("POST", "/queries", person, body=body, headers={"Prefer": "wait=5"}).json()
    if answer.get("status") != "released":
        return dict(answer)
    return dict(web.call("GET", f"/outputs/{answer['output']}/table", person).json())


def test_the_same_people_have_the_same_numbers_for_every_person_project_day_and_wording(web: Web) -> None:
    """The other project is of another organisation, with a ledger scope of its own: nothing is repeated to it."""
    found = []
    for person, project in ((ASKS, THIS), (COLLEAGUE, THIS), (STRANGER, OTHER)):
        for sql in SAME:
            found.append(asked(web, sql, person, project)["rows"])
            web.service.clock.move(days=1)
    assert len(found[0]) == 2
    assert all(sorted(rows) == sorted(found[0]) for rows in found)


def test_small_cells_stay_hidden_and_totals_that_are_no_sums_are_said_to_be_none(web: Web) -> None:
    table = asked(web, TABLE)
    few = web.service.policies.house.rules.min_units
    shown = {(row[0], row[1]): row[2] for row in table["rows"] if row[2] is not None}
    exact = web.service.engine.table(
        "SELECT hospital_id, band, count(DISTINCT person) FROM patient WHERE year = 2021 GROUP BY 1, 2", {}
    )
    people = {
        (hospital, band): count
        for hospital, band, count in zip(*(column.to_pylist() for column in exact.columns), strict=True)
    }
    small = {key for key, count in people.items() if count < few}
    assert small, "there are such cells"
    assert not small & shown.keys()
    out = 0
    for hospital in {key[0] for key in people}:
        parts = [shown.get(key) for key in people if key[0] == hospital]
        total = shown.get((hospital, None))
        if total is not None and all(part is not None for part in parts):
            out += total != sum(part for part in parts if part is not None)
    words = table["perturbed"]
    assert "not the sum of the parts" in words or "need not add up" in words or not out


def test_what_cannot_be_made_of_changed_counts_is_refused(web: Web) -> None:
    for what in ("stddev(weight)", "median(weight)", "corr(weight, change)", "sum(weight * weight)"):
        answer = asked(web, f"SELECT sex, {what} AS x FROM patient WHERE year = 2021 GROUP BY sex")
        assert answer["code"] == "not-under-this-method", what


def test_no_exact_number_stands_beside_a_changed_one_whatever_the_files_say_later(
    web: Web, tmp_path: Path
) -> None:
    del tmp_path
    asked(web, SAME[0])
    before = web.service.policies
    web.service.policies = policies_by("suppress", today=web.service.clock.now().date())
    try:
        answer = asked(
            web, "SELECT insured, count(DISTINCT person) AS n FROM patient WHERE year = 2021 GROUP BY 1"
        )
    finally:
        web.service.policies = before
    assert "methods-mixed" in str(answer)
