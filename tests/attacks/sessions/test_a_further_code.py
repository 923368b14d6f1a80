"""Attack: read from a table that is whole that nobody has a further code.

Everybody knows how many patients a hospital has. If the shown diagnoses make that up, nobody there has another one;
the zeros of diagnoses are hidden. The attacker asks in every way that she can think of and looks at what she is *not*
shown, which must be the same whether nobody has the further code, one patient or as many as are too few.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack

import pytest

from enclave.disclosure.ledger import certain
from enclave.disclosure.ledger.hidden_conditions import Condition
from tests.attacks.sessions.policies import SECOND_PROJECT, Margins
from tests.oracle.law.door import HIDDEN, Session, opened
from tests.oracle.law.questions import Asked
from tests.oracle.law.world import HOSPITALS, Row, World
from tests.oracle.policies import PROJECT

T = 5
HERE = "year = 2022 AND wave = 'SPR'"
CODES = {"COMMON": 18, "FIRST": 12}
"""Of each hospital; of the first one so many fewer have FIRST as have the further code."""
Asks = Sequence[tuple[str, int, str]]
"""Texts, how many of their columns are keys, and whose project asks."""


def one(text: str, keys: int, project: str = PROJECT) -> tuple[str, int, str]:
    return text.replace("WHERE", f"WHERE {HERE} AND"), keys, project


ALL = "SELECT hospital_id, count(*) AS n FROM patient WHERE TRUE GROUP BY 1"
EACH = "SELECT hospital_id, diagnosis, count(*) AS n FROM patient WHERE TRUE GROUP BY 1, 2"


def of(code: str) -> str:
    return f"SELECT hospital_id, count(*) AS n FROM patient WHERE diagnosis = '{code}' GROUP BY 1"


ATTACKS: Mapping[str, Asks] = {
    "one table": [one(EACH, 2)],
    "a table and its total": [one(ALL, 1), one(EACH, 2)],
    "the total last": [one(EACH, 2), one(ALL, 1)],
    "one code after the other": [one(ALL, 1), one(of("COMMON"), 1), one(of("FIRST"), 1)],
    "what it is not": [
        one(of("COMMON"), 1),
        one("SELECT hospital_id, count(*) AS n FROM patient WHERE diagnosis <> 'COMMON' GROUP BY 1", 1),
        one(of("FIRST"), 1),
    ],
    "two codes together": [
        one(
            "SELECT hospital_id, count(*) AS n FROM patient WHERE diagnosis IN ('COMMON', 'FIRST') GROUP BY 1",
            1,
        )
    ],
    "levels": [
        one("SELECT hospital_id, diagnosis, count(*) AS n FROM patient WHERE TRUE GROUP BY ROLLUP (1, 2)", 2)
    ],
    "the whole country": [
        one("SELECT diagnosis, count(*) AS n FROM patient WHERE hospital_id = 1000 GROUP BY 1", 1),
        one("SELECT count(*) AS n FROM patient WHERE hospital_id = 1000", 0),
    ],
    "means": [one("SELECT hospital_id, diagnosis, avg(score) AS n FROM patient WHERE TRUE GROUP BY 1, 2", 2)],
    "a case": [
        one(
            "SELECT hospital_id, CASE diagnosis WHEN 'COMMON' THEN 'a' WHEN 'FIRST' THEN 'b' ELSE 'c' END AS k,"
            " count(*) AS n FROM patient WHERE TRUE GROUP BY 1, 2",
            2,
        )
    ],
    "a case for the rest": [
        one(ALL, 1),
        one(
            "SELECT hospital_id, count(*) FILTER (WHERE diagnosis = 'COMMON') AS n,"
            " count(*) FILTER (WHERE diagnosis = 'FIRST') AS m FROM patient WHERE TRUE GROUP BY 1",
            1,
        ),
    ],
    "two projects of one person": [one(of("COMMON"), 1), one(of("FIRST"), 1, SECOND_PROJECT)],
    "by region": [
        one(
            "SELECT region, diagnosis, count(*) AS n FROM patient WHERE hospital_id <> 1001 GROUP BY 1, 2", 2
        ),
        one("SELECT region, count(*) AS n FROM patient WHERE hospital_id <> 1001 GROUP BY 1", 1),
    ],
}


def world(further: int, everywhere: bool) -> World:
    """Thirty patients in each hospital; so many of the first one, or of all, have the diagnosis THIRD."""
    rows: list[Row] = []
    for place, hospital in enumerate(HOSPITALS):
        few = further if everywhere or not place else 0
        codes = ["COMMON"] * CODES["COMMON"] + ["FIRST"] * (CODES["FIRST"] - few) + ["THIRD"] * few
        for number, code in enumerate(codes, start=100 * place + 1):
            about: Row = {"person": number, "hospital_id": hospital, "ward": 1, "sex": "FM"[number % 2]}
            codes_in_sight: Row = {"month": 1, "decile": 1, "weekday": 1, "smoker": False, "carrier": False}
            measures: Row = {"score": 50.0 + number % 7, "dose": 50.0 + number % 5}
            rows.append(
                {**about, **codes_in_sight, **measures, "diagnosis": code, "year": 2022, "wave": "SPR"}
            )
    return World(tuple(rows), frozenset())


def shown(asks: Asks, further: int, everywhere: bool, margins: Margins) -> list[list[tuple[object, ...]]]:
    """Which cells of each answer are shown: never what is in them."""
    with ExitStack() as stack:
        store = stack.enter_context(opened(world(further, everywhere)))
        session = Session(store, T, margins=margins)
        told = [session.ask(Asked(text, keys, text, project)) for text, keys, project in asks]
    return [list(_shown(one.cells)) for one in told]


def _shown(cells: Mapping[tuple[object, ...], Sequence[tuple[object, ...]]]) -> Iterator[tuple[object, ...]]:
    for key in sorted(cells, key=str):
        yield (*key, *(number is not HIDDEN for row in cells[key] for number in row))


@pytest.mark.parametrize("margins", [(), (("diagnosis",), ("sex",))], ids=["", "margins"])
@pytest.mark.parametrize("everywhere", [False, True], ids=["in one hospital", "in all"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_that_nobody_has_a_further_code_looks_like_a_few_who_have(
    attack: str, everywhere: bool, margins: Margins
) -> None:
    none = shown(ATTACKS[attack], 0, everywhere, margins)
    assert all(shown(ATTACKS[attack], few, everywhere, margins) == none for few in (1, T - 1)), (
        "nobody is told from a few"
    )


def test_of_a_table_some_codes_are_shown_all_the_same() -> None:
    (answer,) = shown(ATTACKS["one table"], 0, False, ())
    assert sum(row[-1] is True for row in answer) == len(HOSPITALS)


@pytest.mark.parametrize("attack", ["one table", "one code after the other", "two projects of one person"])
def test_where_what_is_named_is_taken_for_all_there_is_nobody_is_told_from_a_few(
    attack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the published codes: two codes that make up the hospital are shown, and one of them is hidden else."""
    values = certain._values

    def of_those_named(possible: frozenset[str] | None, conditions: set[Condition]) -> list[str]:
        found = values(possible, conditions)
        return [one for one in found if one != certain._ANOTHER] if len(conditions) > 1 else found

    monkeypatch.setattr(certain, "_values", of_those_named)
    assert shown(ATTACKS[attack], 0, False, ()) != shown(ATTACKS[attack], 1, False, ())
