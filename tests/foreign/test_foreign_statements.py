"""Thousands of statements that no researcher may make, in one session of `enclave batch`."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.foreign.session import PLANTED, PROBES, Found, changed, files, read_lines, run
from tests.foreign.statements import FAMILIES, Foreign
from tests.support.canary_scan import Scanner

STATEMENTS = 4_000
LEAST_OF_A_KIND = 100


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return run(Path(tmp_path_factory.mktemp("foreign")), STATEMENTS)


def test_each_is_one_line_without_a_canary_or_a_word_of_the_engine_and_touches_no_file_and_no_setting(
    found: Found,
) -> None:
    assert not found.wrong, found.report()
    assert found.asked >= STATEMENTS


def test_every_kind_of_statement_is_asked_often(found: Found) -> None:
    assert min(found.kinds[kind] for kind in FAMILIES) >= LEAST_OF_A_KIND, found.report()


def test_what_is_no_query_is_refused(found: Found) -> None:
    assert found.statuses["released"] * 10 < found.asked, found.report()
    assert found.statuses["refused"] * 10 > found.asked * 8, found.report()


CANARY = 20_002
SCANNER = Scanner({CANARY, PLANTED, 10**9 + 7})
ANSWER: dict[str, Any] = {
    "id": 0,
    "status": "refused",
    "problem": {"code": "syntax", "title": "", "detail": ""},
}


def _told(sql: str, *, kind: str = "ask", number: int = 0, **said: Any) -> list[str]:
    """What is wrong with the answer to one statement."""
    line = json.dumps(ANSWER | {"id": number} | said)
    before = [Foreign("ask", "SELECT 1")] * number
    lines = [json.dumps(ANSWER | {"id": place}) for place in range(number)]
    found = read_lines([*before, Foreign(kind, sql)], "\n".join([*lines, line]), SCANNER)
    return found.wrong


@pytest.mark.parametrize(
    "said",
    [
        {"rows": [[CANARY]]},
        {"rows": [[PLANTED]]},
        {"rows": [[PLANTED[::-1]]]},
        {"problem": {"code": "syntax", "title": "", "detail": f"Could not convert '{PLANTED}'"}},
        {"problem": {"code": "syntax", "title": "", "detail": "Binder Error: no such thing"}},
        {"problem": {"code": "syntax", "title": "", "detail": "as _duckdb says"}},
        {
            "problem": {
                "code": "syntax",
                "title": "",
                "detail": "",
                "fixes": [{"title": 'Referenced column "x"'}],
            }
        },
        {"problem": {"code": "fault", "title": "", "detail": ""}},
        {"problem": {"code": "timeout", "title": "", "detail": ""}},
        {"status": "running"},
        {"id": 7},
    ],
)
def test_what_must_not_be_in_an_answer_is_found_in_it(said: dict[str, Any]) -> None:
    assert _told("SELECT 1", **said)
    assert not _told("SELECT 1")


def test_a_readers_own_words_and_the_number_of_an_answer_may_come_back() -> None:
    named = {"code": "unknown-table", "title": "", "detail": "There is no table /x/planted.duckdb."}
    assert not _told('SELECT * FROM "/x/planted.duckdb"', problem=named)
    assert _told("SELECT * FROM planted", problem=named)
    assert not _told(f"SELECT {CANARY}", rows=[[CANARY]])
    assert not _told("SELECT 1", number=CANARY)
    assert _told("SELECT 1", number=CANARY, rows=[[CANARY]])


def test_a_line_too_few_another_answer_to_a_probe_and_a_file_that_is_touched_are_told(tmp_path: Path) -> None:
    assert read_lines([Foreign("ask", "SELECT 1")] * 2, json.dumps(ANSWER), SCANNER).wrong
    released = [
        json.dumps(ANSWER | {"id": place, "status": "released", "rows": [[place]]}) for place in range(2)
    ]
    probes = [Foreign("probe", PROBES[0])] * 2
    assert [
        what for what in read_lines(probes, "\n".join(released), SCANNER).wrong if "another answer" in what
    ]
    (tmp_path / "a").write_text("one")
    before = files([tmp_path])
    (tmp_path / "a").write_text("two")
    (tmp_path / "b").mkdir()
    assert changed(before, files([tmp_path])) == [str(tmp_path / "a"), str(tmp_path / "b")]
