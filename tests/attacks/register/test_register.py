"""The register names every attack that is tried here, and nothing that is not tried."""

import ast

import pytest

from tests.attacks.register.page import PAGE, page
from tests.attacks.register.table import (
    CONTROL,
    TESTS,
    by_class,
    cases_in,
    classes,
    files_of_attacks,
    row_of,
    rows,
)
from tests.attacks.sessions.all_attacks import ATTACKS

LEAST_CASES = 200


@pytest.mark.parametrize("file", files_of_attacks())
def test_every_test_of_an_attack_is_of_a_class_in_the_register(file: str) -> None:
    """A new file of attacks has its row in cases.csv: `attacks/test_x.py,*,its class`."""
    known = {one.id for one in classes()}
    for case in cases_in(file):
        row = row_of(case)
        assert row is not None, f"{case.name} has no row in tests/attacks/register/cases.csv"
        assert row.attack in known


def test_every_row_of_the_register_names_a_test_that_is_there() -> None:
    cases = {row.file: list(cases_in(row.file)) for row in rows()}
    assert [row for row in rows() if not any(row.fits(case) for case in cases[row.file])] == []


def test_every_class_names_its_source_and_why_it_fails_and_has_unlike_forms() -> None:
    tests = by_class()
    assert len({one.id for one in classes()}) == len(classes())
    for one in classes():
        assert all((one.title, one.why)), one.id
        assert one.source or one.id == CONTROL
        assert len(tests[one.id]) >= 2, one.id


def test_the_register_holds_hundreds_of_attacks() -> None:
    tests = by_class()
    attacks = sum(len(cases) for name, cases in tests.items() if name != CONTROL)
    assert attacks + sum(len(attack.forms) for attack in ATTACKS) >= LEAST_CASES
    assert attacks >= LEAST_CASES


def test_no_attack_is_passed_over() -> None:
    """A test that is skipped, or may fail, tries nothing."""
    for file in files_of_attacks():
        names = {
            node.attr
            for node in ast.walk(ast.parse((TESTS / file).read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute)
        }
        assert names & {"skip", "skipif", "xfail"} == set(), file


def test_the_page_is_made_from_the_register() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
