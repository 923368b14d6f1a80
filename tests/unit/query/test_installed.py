"""An engine that differs in anything from the one that was reviewed starts nothing, and says what differs."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from enclave.cli.edge import answer_for
from enclave.cli.exits import Exit
from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.query import installed as checked
from enclave.query.functions import REVIEWED
from enclave.query.installed import (
    Installed,
    Overload,
    UnreviewedEngine,
    check_installed,
    compare,
    installed,
    recorded,
)
from enclave.query.shadow import Shadow

SUM = next(one for one in recorded().overloads if one.name == "sum" and one.parameters == "(INTEGER)")
LEAK = Overload("leak", "scalar", "(ANY)", "VARCHAR", "CONSISTENT", "")


def without(*gone: Overload) -> Installed:
    return replace(recorded(), overloads=recorded().overloads - frozenset(gone))


def having(*added: Overload) -> Installed:
    return replace(recorded(), overloads=recorded().overloads | frozenset(added))


def test_the_installed_engine_is_the_reviewed_one() -> None:
    assert compare(installed(), recorded()) == ()


def test_another_version_is_named() -> None:
    assert compare(replace(recorded(), version="2.0.1"), recorded()) == (
        f"DuckDB 2.0.1 is installed, {recorded().version} was reviewed",
    )


def test_a_new_function_is_named() -> None:
    assert compare(having(LEAK), recorded()) == ("not reviewed: leak (scalar)",)


def test_a_function_that_is_gone_is_named_once() -> None:
    found = without(*(one for one in recorded().overloads if one.name == "gamma"))
    assert compare(found, recorded()) == ("not installed: gamma (scalar)",)


def test_a_new_overload_of_a_reviewed_function_is_named() -> None:
    found = having(replace(SUM, parameters="(VARCHAR)"))
    assert compare(found, recorded()) == ("an overload that was not reviewed: sum(VARCHAR) (aggregate)",)


def test_an_overload_that_is_gone_is_named() -> None:
    assert compare(without(SUM), recorded()) == ("an overload that is gone: sum(INTEGER) (aggregate)",)


@pytest.mark.parametrize("change", [{"stability": "VOLATILE"}, {"returns": "VARCHAR"}])
def test_an_overload_that_became_another_is_named(change: dict[str, str]) -> None:
    found = replace(without(SUM), overloads=without(SUM).overloads | {replace(SUM, **change)})
    assert compare(found, recorded()) == (
        "an overload that was not reviewed: sum(INTEGER) (aggregate)",
        "an overload that is gone: sum(INTEGER) (aggregate)",
    )


def test_a_macro_with_another_text_is_named() -> None:
    macro = next(one for one in recorded().overloads if one.name == "split_part")
    found = replace(
        without(macro), overloads=without(macro).overloads | {replace(macro, definition="error('x')")}
    )
    assert len(compare(found, recorded())) == 2


def test_a_line_that_the_review_lacks_stops_the_engine_too() -> None:
    reviewed = set(REVIEWED) - {("sum", "aggregate")}
    assert compare(installed(), recorded(), reviewed) == ("not reviewed: sum (aggregate)",)


@pytest.fixture
def strange(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installed engine with one function more."""
    monkeypatch.setattr(checked, "installed", lambda: having(LEAK))
    check_installed.cache_clear()
    yield
    check_installed.cache_clear()


@pytest.mark.usefixtures("strange")
def test_no_worker_starts_on_a_strange_engine(tmp_path: Path) -> None:
    with pytest.raises(UnreviewedEngine, match=r"not reviewed: leak \(scalar\)"):
        DuckDBEngine(folder=tmp_path)


@pytest.mark.usefixtures("strange")
def test_no_query_is_read_on_a_strange_engine() -> None:
    with pytest.raises(UnreviewedEngine, match="leak"):
        Shadow({})


def test_a_command_says_what_differs(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer_for(UnreviewedEngine("not reviewed: leak (scalar)"), None) is Exit.UNEXPECTED
    assert capsys.readouterr().err == "enclave: this engine was not reviewed: not reviewed: leak (scalar)\n"


def test_a_message_names_few_of_many_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    many = having(*(replace(LEAK, name=f"leak_{number}") for number in range(100)))
    monkeypatch.setattr(checked, "installed", lambda: many)
    check_installed.cache_clear()
    with pytest.raises(UnreviewedEngine, match=r"; and 80 more$"):
        check_installed()
    check_installed.cache_clear()
