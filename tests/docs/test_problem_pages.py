"""Every problem that a reader can meet has a page, and every page has a problem."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import enclave
from enclave.problems import Problem

PAGES = Path(enclave.__file__).parent.parent / "docs" / "problems"
PARTS = ("## What happened", "## Why", "## What to do")


def problems() -> dict[str, type[Problem]]:
    """Every kind of problem in the product, by its code."""
    for module in pkgutil.walk_packages(enclave.__path__, "enclave."):
        importlib.import_module(module.name)
    return {kind.code: kind for kind in _below(Problem) if kind.__module__.startswith("enclave.")}


def _below(kind: type[Problem]) -> Iterator[type[Problem]]:
    for narrower in kind.__subclasses__():
        yield narrower
        yield from _below(narrower)


@pytest.mark.parametrize("code", sorted(problems()))
def test_every_problem_has_a_page_that_says_what_why_and_what_to_do(code: str) -> None:
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# `{code}`: {problems()[code].title}\n")
    assert [line for line in page.splitlines() if line.startswith("## ")] == list(PARTS)


def test_every_page_is_about_a_problem_that_exists() -> None:
    pages = {page.stem for page in PAGES.glob("*.md")} - {"README"}
    assert pages == set(problems())


def test_the_list_of_problems_names_every_page() -> None:
    listed = (PAGES / "README.md").read_text(encoding="utf-8")
    assert [code for code in problems() if f"({code}.md): {problems()[code].title}" not in listed] == []
