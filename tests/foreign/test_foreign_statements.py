"""Thousands of statements that no researcher may make, in one session of `enclave batch`."""

from pathlib import Path

import pytest

from tests.foreign.session import Found, run
from tests.foreign.statements import FAMILIES

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
