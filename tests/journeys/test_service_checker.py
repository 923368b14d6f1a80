"""Output checkers over real HTTP: they see what they decide on, decide alone, and two of them release."""

import re
from collections.abc import Callable

import pytest

from synthetic_data.questions import CHECKERS, NEEDS
from tests.support.people import Human

People = Callable[[str], Human]
RESEARCHER = "researcher@northbridge.example"


@pytest.fixture
def asked(human: People) -> tuple[Human, str]:
    """A researcher, and their output which is with checkers."""
    researcher = human(RESEARCHER)
    query = researcher.told("query", NEEDS.sql, "--name", NEEDS.name, code=4)["id"]
    return researcher, researcher.told("ask-release", query, "--why", NEEDS.why)["id"]


def seal_of(checker: Human, output: str) -> str:
    (seal,) = re.findall(r"--approve --seen (\w+)", checker.did("review", output))
    return str(seal)


def test_two_checkers_release_what_one_does_not(human: People, asked: tuple[Human, str]) -> None:
    researcher, output = asked
    first, second = map(human, CHECKERS)
    assert re.search(rf"^ {output} .*0 of 2 votes", first.did("queue"), re.MULTILINE)
    said = first.did("review", output, "--approve", "--seen", seal_of(first, output))
    assert said == f"Voted to approve {output}. It is with checkers.\n"
    assert researcher.does("get", output).returncode == 4
    assert "1 of 2 votes are in" in second.did("review", output)
    assert "checker-1" not in second.did("review", output)
    said = second.did("review", output, "--approve", "--seen", seal_of(second, output))
    assert said == f"Voted to approve {output}. It is released.\n"
    assert "sen_type_primary" in researcher.did("get", output)
    assert output not in second.did("queue")


def test_a_review_has_the_query_the_report_and_the_table_as_it_would_leave(
    human: People, asked: tuple[Human, str]
) -> None:
    checker = human(CHECKERS[0])
    seen = checker.did("review", asked[1])
    for words in (
        "SELECT l.region, c.sen_type_primary, count(*) AS pupils",
        "why: Table 2 of the working paper",
        "Look at: It uses a tier-1 field.",
        "cells hidden whole",
        "Queries of the project that failed:",
        "c = hidden to protect people, or nobody.",
    ):
        assert words in seen


def test_a_vote_without_the_seal_of_what_was_seen_does_not_count(
    human: People, asked: tuple[Human, str]
) -> None:
    checker = human(CHECKERS[0])
    assert checker.does("review", asked[1], "--approve").returncode == 2
    ended = checker.does("review", asked[1], "--approve", "--seen", "0" * 12)
    assert ended.returncode == 3
    assert ended.stderr.startswith("precondition-failed: ")
    assert "0 of 2 votes are in" in checker.did("review", asked[1])


def test_an_output_that_comes_back_says_why_to_whoever_asked_without_names(
    human: People, asked: tuple[Human, str]
) -> None:
    researcher, output = asked
    for checker in map(human, CHECKERS):
        assert checker.does("review", output, "--return", "--seen", seal_of(checker, output)).returncode == 2
        seal = seal_of(checker, output)
        checker.did("review", output, "--return", "--seen", seal, "--comment", "Leave out the year.")
    (back,) = (one for one in researcher.told("outputs") if one["id"] == output)
    assert back["status"] == "returned"
    assert set(back["reasons"]) == {"Leave out the year."}
    assert "checker-" not in str(back)


def test_any_dissent_blocks_a_release(human: People, asked: tuple[Human, str]) -> None:
    researcher, output = asked
    first, second = map(human, CHECKERS)
    first.did("review", output, "--approve", "--seen", seal_of(first, output))
    seal = seal_of(second, output)
    second.did(
        "review",
        output,
        "--reject",
        "--reason",
        "differencing",
        "--seen",
        seal,
        "--comment",
        "It can be subtracted.",
    )
    assert researcher.does("get", output).returncode == 4
    assert "with checkers" in researcher.did("outputs")


def test_a_checker_asks_no_queries(human: People) -> None:
    ended = human(CHECKERS[0]).does("query", NEEDS.sql, "--project", "P-2026-014")
    assert ended.returncode == 3
    assert "not-on-project" in ended.stdout + ended.stderr
