"""The page of what is refused says what is so: every example is refused with its code, every other way is taken."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from enclave.problems import Refusals
from tests.spec.not_offered import NOT_OFFERED, NotOffered
from tests.support.planning import Planner, planner

PAGE = Path(__file__).parents[2] / "docs/reference/not-offered.md"
HEAD = """# SQL that DuckDB has and this enclave refuses

The dialect is DuckDB's. What is listed here is refused, because of a rule or because nobody needed it yet, and each row
says what to write instead. Functions have a list of their own. This page is made of `tests/spec/not_offered.py`.
"""


@pytest.fixture(scope="module")
def plans() -> Iterator[Planner]:
    with planner() as made:
        yield made


def codes(plans: Planner, sql: str) -> list[str]:
    try:
        plans.plan(sql)
    except Refusals as refused:
        return [problem.code for problem in refused.problems]
    return []


@pytest.mark.parametrize("row", NOT_OFFERED, ids=lambda row: row.syntax)
def test_the_example_is_refused_and_the_other_way_is_taken(row: NotOffered, plans: Planner) -> None:
    assert codes(plans, row.example)[:1] == [row.code]
    if row.instead:
        assert codes(plans, row.instead) == []


def test_the_page_is_made_of_these_rows() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def page() -> str:
    return HEAD + "".join(map(_part, NOT_OFFERED))


def _part(row: NotOffered) -> str:
    instead = f"\nInstead:\n\n```sql\n{row.instead}\n```\n" if row.instead else ""
    return (
        f"\n## {row.syntax}\n\n```sql\n{row.example}\n```\n\n"
        f"Refused: [`{row.code}`](../problems/{row.code}.md). {row.reason}\n{instead}"
    )
