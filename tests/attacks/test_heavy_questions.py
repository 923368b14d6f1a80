"""Questions that would take all of a machine: refused where a text shows it, ended where only running does.

Source: DuckDB's limits do not hold inside one call that allocates or computes for long; CWE-400, CWE-770, CWE-1333.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from enclave.problems import Refusals
from enclave.query.parse import parse
from tests.oracle.schema import TABLES
from tests.oracle.world import World
from tests.support.ask import Enclave
from tests.support.canary_world import canary_home
from tests.support.processes import Served, serving
from tests.support.service import ADMIN, ASKS, THIS

DEADLINE_SECONDS = 1

LONG = "a" * 200
AMPLIFYING = (
    "SELECT repeat('x', 1000000000) AS a",
    "SELECT length(repeat(a, 100000)) AS a FROM t",
    "SELECT lpad(a, 1000000, 'x') AS a FROM t",
    "SELECT rpad(a, b, 'x') AS a FROM t",
    "SELECT range(100000000) AS a",
    "SELECT generate_series(1, 100000000) AS a",
    "SELECT list_transform(range(1000000), x -> x) AS a",
    "SELECT list_resize([1], 1000000000) AS a",
    "SELECT format('{:>1000000000}', a) AS a FROM t",
    "SELECT printf('%1000000000d', a) AS a FROM t",
    "SELECT bar(a, 0, 1, 1000000000) AS a FROM t",
    "SELECT factorial(1000000) AS a",
    "SELECT levenshtein(a, b) AS a FROM t",
    "SELECT sleep_ms(100000) AS a",
    "SELECT pg_sleep(100000) AS a",
    "SELECT string_agg(a, '') OVER () AS a FROM range(100000000) r(a)",
    f"SELECT replace(replace(replace('aaaaaaaaaa', 'a', '{LONG}'), 'a', '{LONG}'), 'a', '{LONG}') AS a",
    f"SELECT regexp_replace(regexp_replace(a, '', '{LONG}', 'g'), '', '{LONG}', 'g') AS a FROM t",
    "SELECT " + ", ".join(f"a{i} || a{i} AS a{i + 1}" for i in range(1, 30)) + " FROM (SELECT 'x' AS a1)",
    "SELECT count(*) FROM t GROUP BY CUBE (a, b, c, d, e, f, g, h)",
    "SELECT a FROM t WHERE a IN (" + ", ".join(map(str, range(5_000))) + ")",
    f"SELECT '{'x' * 30_000}' AS a",
    f"SELECT {'(' * 60}1{')' * 60} AS a",
    f"SELECT {'NOT ' * 60}true AS a",
    "SELECT " + " + ".join(["1"] * 400) + " AS a",
    "SELECT a FROM t " + " ".join(f"JOIN t t{i} USING (a)" for i in range(60)),
    "SELECT a FROM " + "(SELECT a FROM " * 45 + "t" + ")" * 45,
    "SELECT " + "CASE WHEN a THEN 1 ELSE " * 50 + "0" + " END" * 50 + " AS a FROM t",
)
DOUBLING = (
    "WITH c0 AS (SELECT 1 AS a), "
    + ", ".join(f"c{i} AS (SELECT x.a FROM c{i - 1} x, c{i - 1} y)" for i in range(1, 40))
    + " SELECT count(*) AS n FROM c39"
)
PRODUCT = " ".join(f"CROSS JOIN hospital h{i}" for i in range(2, 24))
HISTORIES = " ".join(f"JOIN visit v{i} USING (person)" for i in range(2, 16))
CELLS = "WITH s AS (SELECT hospital_id, year, sex, insured, count(*) AS n FROM patient GROUP BY ALL)"
ROWS = "(VALUES " + ", ".join(f"({i})" for i in range(150)) + ")"
HEAVY = (
    f"SELECT count(*) AS n FROM hospital h1 {PRODUCT}",
    f"SELECT h1.region, count(DISTINCT h2.region || h3.region || h4.region) AS n FROM hospital h1 {PRODUCT} GROUP BY 1",
    f"SELECT h1.region, sum(h2.hospital_id) OVER (ORDER BY h3.hospital_id) AS s FROM hospital h1 {PRODUCT}",
    f"SELECT count(*) FILTER (WHERE regexp_matches(h1.region, '(a*)*(b|c)*$x')) AS n FROM hospital h1 {PRODUCT}",
    f"SELECT count(*) AS n FROM visit v1 {HISTORIES}",
    f"SELECT v1.hospital_id, avg(v1.minutes) AS n FROM visit v1 {HISTORIES} GROUP BY 1",
    f"{CELLS} SELECT count(*) AS n FROM s a, s b, s c, s d, s e, s f, s g, s h, s i, s j, s k",
    f"SELECT count(*) AS n FROM {ROWS} a(x), {ROWS} b(x), {ROWS} c(x), hospital d, hospital e, hospital f, hospital g",
)


@pytest.mark.parametrize("text", AMPLIFYING)
def test_what_would_grow_without_end_is_refused_before_it_is_read(text: str) -> None:
    with pytest.raises(Refusals) as refused:
        parse(text)
    assert {problem.code for problem in refused.value.problems} <= {
        "too-complex",
        "function-not-allowed",
        "syntax",
    }


def test_names_that_double_with_each_step_are_refused_before_a_binder_sees_them() -> None:
    """Forty steps would be a million million tables."""
    with Enclave(World(dict.fromkeys(TABLES, ())), min_units=10) as front_door:
        found = front_door.ask(DOUBLING)
    assert found.status == "refused"
    assert '"too-complex"' in found.line


@dataclass(frozen=True)
class Crowd:
    """What came of eight heavy questions at once, and of what others did meanwhile."""

    home: Path
    ends: list[Any]
    meanwhile: list[int]
    check: int


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Crowd:
    home, _ = canary_home(tmp_path_factory.mktemp("heavy"))
    _shorten_the_deadline(home)
    with serving(home) as served, ThreadPoolExecutor(len(HEAVY)) as pool:
        asker, admin = served.signed_in(ASKS), served.signed_in(ADMIN)
        asked = [pool.submit(_ask, served, asker, number) for number in range(len(HEAVY))]
        meanwhile = []
        while not all(future.done() for future in asked):
            meanwhile.append(served.http.get("/api/v1/me", headers=admin).status_code)
        small = {"project": THIS, "sql": "SELECT sex, count(*) AS n FROM patient GROUP BY 1"}
        check = served.http.post("/api/v1/check", json=small, headers=asker).status_code
        return Crowd(home, [future.result() for future in asked], meanwhile, check)


def _shorten_the_deadline(home: Path) -> None:
    path = home / "policies/house.yaml"
    yaml = YAML(typ="safe", pure=True)
    house = yaml.load(path)
    house["sandbox"]["deadline_seconds"] = DEADLINE_SECONDS
    yaml.dump(house, path)


def _ask(served: Served, headers: dict[str, str], number: int) -> Any:
    body = {"project": THIS, "sql": HEAVY[number], "name": "Heavy"}
    said = served.http.post("/api/v1/queries", json=body, headers=headers | {"Prefer": "wait=0"}).json()
    while said["status"] in ("queued", "running"):
        wait = headers | {"Prefer": "wait=30"}
        said = served.http.get(f"/api/v1/queries/{said['id']}", headers=wait).json()
    return said


def test_eight_heavy_questions_at_once_are_each_ended_with_a_code(crowd: Crowd) -> None:
    ends = [(found["status"], found["problem"]["code"]) for found in crowd.ends]
    assert set(ends) <= {("failed", "timeout"), ("failed", "out-of-memory")}
    assert len(ends) == 8


def test_meanwhile_others_are_answered(crowd: Crowd) -> None:
    assert len(crowd.meanwhile) >= 10
    assert set(crowd.meanwhile) <= {200, 429}
    assert 200 in crowd.meanwhile


def test_afterwards_no_file_of_a_worker_is_left_and_questions_are_read_as_before(crowd: Crowd) -> None:
    assert list(crowd.home.glob("state/workers/*/*/spill/*")) == []
    assert crowd.check == 200
