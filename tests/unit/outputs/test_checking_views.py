"""What a checker sees of an output, as values: checks, the copy that would leave, changes, and the queue's order."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from enclave.disclosure.report import Rule
from enclave.disclosure.verdict import Outcome
from enclave.outputs.checking.checks import CHANGED, DIFFERENCES, DOMINANCE, GROUP_OF, ON_FEW, checks
from enclave.outputs.checking.line_changes import Part, alike, as_it_is, changes
from enclave.outputs.checking.queue import Order, QueueRow, Risk, drawn, ordered, risk_of
from enclave.outputs.checking.release_copy import Standing, release_copy
from enclave.outputs.checking.summary import Summaries, summary_of
from enclave.outputs.checking.words import Words
from enclave.outputs.hashes import Hashes
from enclave.outputs.records import OutputId
from enclave.terms import ProjectId

TODAY = date(2026, 11, 26)
RULES = {"min_units": 10, "min_clusters": 2}
NESTED = Rule.DIFFERENCE.value


def report(**leaf: Any) -> dict[str, Any]:
    one = {"cells": 4, "share_hidden": 0.0, "outcomes": [], "numbers": [], "top_shares": [], "linked": []}
    return {
        "rules": RULES,
        "verdict": "clean",
        "leaves": [one | leaf],
        "incomplete": [],
        "route_reasons": [],
    }


def table(
    rows: list[list[Any]], *names: str, hidden: frozenset[tuple[int, int]] = frozenset()
) -> dict[str, Any]:
    return {
        "columns": [{"name": name, "type": "VARCHAR"} for name in names],
        "rows": rows,
        "cells": [
            ["c" if (at, place) in hidden else "ok" for place in range(len(row))]
            for at, row in enumerate(rows)
        ],
        "frame": None,
        "incomplete": [],
    }


REGIONS = table([["North", 20], ["South", 45], ["West", None]], "region", "n", hidden=frozenset({(2, 1)}))


def test_every_rule_belongs_to_a_check() -> None:
    assert set(GROUP_OF) == {rule.value for rule in Rule}


def test_a_rule_of_no_check_stands_by_itself_and_is_never_left_out() -> None:
    found = checks(report(outcomes=[{"rule": "a new rule", "outcome": "fail", "cells": 3}]), Words())
    assert (found[-1].name, found[-1].outcome) == ("A new rule", Outcome.FAIL)
    assert found[-1].told == ("3 whole cells hidden: a new rule",)


def test_a_check_says_how_much_and_with_which_numbers() -> None:
    outcomes = [
        {"rule": Rule.UNITS.value, "outcome": "fail", "cells": 1, "measures": 2, "looked_at": 0},
        {"rule": NESTED, "outcome": "look", "cells": 0, "measures": 0, "looked_at": 1},
    ]
    linked = [
        {
            "rule": NESTED,
            "state": "flagged",
            "with": ["Q-7"],
            "row": 1,
            "where": {"region": "South"},
            "measure": None,
        }
    ]
    by_name = {check.name: check for check in checks(report(outcomes=outcomes, linked=linked), Words())}
    assert by_name[ON_FEW].told == ("1 whole cell and 2 numbers hidden: too few units",)
    assert (by_name[ON_FEW].outcome, by_name[DIFFERENCES].outcome) == (Outcome.FAIL, Outcome.LOOK)
    assert by_name[DIFFERENCES].told == (f"South: {NESTED} (with Q-7)",)


def test_a_check_that_passed_says_what_the_rule_needs_in_the_words_of_the_catalogue() -> None:
    called = Words("pupil", "pupils", "school", "schools")
    top = {
        "measure": "n", "of": "cluster", "largest": 0.5, "two_largest": 0.84, "allowed": 0.9, "row": 1,
        "where": {"region": "South"},
    }  # fmt: skip
    by_name = {check.name: check for check in checks(report(top_shares=[top]), called)}
    assert by_name[ON_FEW].told == ("at least 10 pupils, 2 schools",)
    assert by_name[DOMINANCE].told == ("South, n: the two largest schools give 84% (limit 90%)",)


def test_a_cell_is_marked_by_the_keys_that_its_row_shows() -> None:
    linked = [
        {
            "rule": NESTED,
            "state": "flagged",
            "with": ["Q-7"],
            "row": 1,
            "where": {"region": "South"},
            "measure": "n",
        }
    ]
    numbers = [{"row": 2, "where": {"region": "West"}, "measure": "n", "rule": "too few units"}]
    copy = release_copy(REGIONS, report(linked=linked, numbers=numbers))
    assert [row[1].standing for row in copy.rows] == [Standing.SHOWN, Standing.LOOK, Standing.HIDDEN]
    assert copy.rows[1][1].why == (f"{NESTED} (with Q-7)",)
    assert copy.rows[2][1].why == ("too few units",)
    assert (copy.hidden, copy.looks) == (1, 1)


def test_a_finding_whose_row_is_not_certain_marks_no_cell() -> None:
    twice = table([["North", 20], ["North", 45]], "region", "n")
    linked = [
        {
            "rule": NESTED,
            "state": "flagged",
            "with": ["Q-7"],
            "row": 0,
            "where": {"region": "North"},
            "measure": "n",
        }
    ]
    copy = release_copy(twice, report(linked=linked))
    assert copy.looks == 0


def test_a_hidden_cell_always_says_why_if_only_that_it_is_made_of_hidden_ones() -> None:
    copy = release_copy(REGIONS, report())
    assert copy.rows[2][1].text == "c"
    assert copy.rows[2][1].why


def test_cells_that_differ_from_the_earlier_version_are_marked() -> None:
    earlier = table([["North", 20], ["South", 44]], "region", "n")
    copy = release_copy(REGIONS, report(), keys=["region"], earlier=earlier)
    assert [row[1].changed for row in copy.rows] == [False, True, True]
    assert copy.changed == 2


def test_tables_of_other_keys_are_not_compared() -> None:
    earlier = table([["2024", 20]], "year", "n")
    assert release_copy(REGIONS, report(), keys=["region"], earlier=earlier).changed == 0


def test_a_change_of_a_query_stands_where_it_was_made() -> None:
    lines = changes("SELECT a\nGROUP BY 1, 2", "SELECT a\nGROUP BY 1")
    assert [(line.part, line.number, line.text) for line in lines] == [
        (Part.SAME, 1, "SELECT a"),
        (Part.REMOVED, 2, "GROUP BY 1, 2"),
        (Part.ADDED, 2, "GROUP BY 1"),
    ]


def test_every_line_of_both_versions_is_in_the_comparison() -> None:
    old, new = "a\nb\nc", "c\nb\nd"
    lines = changes(old, new)
    assert [line.text for line in lines if line.part is not Part.ADDED] == old.split()
    assert [line.text for line in lines if line.part is not Part.REMOVED] == new.split()
    assert [line.text for line in as_it_is(new)] == new.split()


def test_spaces_and_case_do_not_make_queries_unlike() -> None:
    assert alike("SELECT  a\nFROM t", "select a\nfrom t") == 1.0
    assert alike("SELECT a\nFROM t", "SELECT b\nFROM u") == 0.0


def row(id: int, risk: Risk, *, due: int, **more: Any) -> QueueRow:
    made = QueueRow(
        output=OutputId(f"O-{id}"), project=ProjectId("P-1"), project_title="", name="", why="", state="queued",
        risk=risk, looks=0, reasons=(), cells=1, hidden_percent=0, votes=0, needed=2, voted=False, claimed=False,
        round=1, asked_at=datetime(2026, 11, 20, tzinfo=UTC), due_on=TODAY + timedelta(days=due), etag="",
        hashes=Hashes("", "", "", "", ""), opened=False,
    )  # fmt: skip
    return replace(made, **more)


def order_of(rows: list[QueueRow], order: Order) -> list[str]:
    return [one.output for one in ordered(rows, order, today=TODAY)]


def test_by_risk_the_gravest_comes_first_and_by_the_clock_the_most_urgent() -> None:
    rows = [
        row(1, Risk.CLEAR, due=1),
        row(2, Risk.LOOK, due=3),
        row(3, Risk.LOOK, due=2),
        row(4, Risk.DISPUTED, due=9),
    ]
    assert order_of(rows, Order.RISK) == ["O-4", "O-3", "O-2", "O-1"]
    assert order_of(rows, Order.CLOCK) == ["O-1", "O-3", "O-2", "O-4"]


def test_what_is_overdue_comes_first_and_what_one_voted_on_last() -> None:
    rows = [
        row(1, Risk.DISPUTED, due=1, voted=True),
        row(2, Risk.LOOK, due=0),
        row(3, Risk.CLEAR, due=-1),
        row(4, Risk.LOOK, due=0, claimed=True),
    ]
    assert order_of(rows, Order.RISK) == ["O-3", "O-2", "O-4", "O-1"]


@pytest.mark.parametrize(
    ("state", "verdict", "looks", "risk"),
    [
        ("queued", "clean", 0, Risk.CLEAR),
        ("in review", "suppressed", 0, Risk.CLEAR),
        ("queued", "suppressed", 1, Risk.LOOK),
        ("queued", "flagged", 0, Risk.LOOK),
        ("queued", "blocked", 0, Risk.BLOCKED),
        ("disputed", "clean", 0, Risk.DISPUTED),
        ("queued", "a word that is not known", 0, Risk.LOOK),
    ],
)
def test_only_what_asks_nothing_of_anybody_is_clear(state: str, verdict: str, looks: int, risk: Risk) -> None:
    assert risk_of(state, verdict, looks) is risk


def test_one_item_in_ten_is_to_be_seen_whole_and_it_stays_the_same_one() -> None:
    picks = [drawn(f"O-{number}", "seal", "checker@example") for number in range(2_000)]
    assert picks == [drawn(f"O-{number}", "seal", "checker@example") for number in range(2_000)]
    assert 150 <= sum(picks) <= 250


def test_a_report_is_read_once() -> None:
    asked: list[list[str]] = []

    def reports(hashes: list[str]) -> dict[str, bytes]:
        asked.append(hashes)
        return dict.fromkeys(hashes, b'{"verdict": "clean", "leaves": [], "incomplete": [], "rules": {}}')

    summaries = Summaries()
    first = summaries.of(["a"], reports)
    assert summaries.of(["a", "b"], reports)["a"] == first["a"]
    assert asked == [["a"], ["b"]]


def test_a_summary_counts_hidden_numbers_over_all_leaves() -> None:
    assert summary_of(b'{"verdict": "suppressed", "incomplete": ["n"], "rules": {}, "leaves": ['
        b'{"cells": 30, "share_hidden": 0.5, "outcomes": [], "top_shares": [], "linked": []},'
        b'{"cells": 70, "share_hidden": 0.1, "outcomes": [], "top_shares": [], "linked": []}]}'
    ).hidden_percent == 22  # fmt: skip


def test_a_checker_reads_what_an_attacker_is_left_with_of_hidden_cells() -> None:
    spans = [
        {"low": 0, "high": 12, "secondary": False, "cells": 1},
        {"low": 0, "high": 12, "secondary": True, "cells": 1},
        {"low": 18, "high": 30, "secondary": True, "cells": 2},
        {"low": 0, "high": 33, "secondary": False, "cells": 4},
        {"low": 0, "high": None, "secondary": False, "cells": 3},
    ]
    guard = {"number": None, "cells": 20, "primary": 7, "secondary": 3, "cost": 16, "gap": 0.05, "open": 1}
    found = checks(report(guards=[{**guard, "intervals": spans}]), Words())
    told = {check.name: check.told for check in found}["What totals give away of hidden cells"]
    assert told == (
        (
            "Whole cells: 7 hidden by other rules, or empty; 3 more hidden with them "
            "(cost 16, at most 5% more than need be)"
        ),
        (
            "Whole cells: who adds and subtracts what is shown can place them no nearer than "
            "0 to 12 (2 cells), 18 to 30 (2 cells), 0 to 33 (4 cells), wider (3 cells)"
        ),
        "Whole cells: 1 cell too well known, beside what was shown before",
    )


def altered(**special: Any) -> dict[str, Any]:
    one = {
        "number": "n",
        "counted": True,
        "shown": 20,
        "changed": 15,
        "greatest": 2.0,
        "totals": 3,
        "totals_out": 0,
    }
    return one | special


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (
            altered(),
            (
                "n: 15 of 20 numbers changed (75%), none by more than 2",
                "n: all 3 totals are sums of their parts",
            ),
        ),
        (
            altered(counted=False, greatest=0.0312, totals=0),
            ("n: 15 of 20 numbers changed (75%), none by more than 3.1%",),
        ),
        (
            altered(shown=2, changed=None, greatest=None, totals=1),
            (
                "n: 2 numbers shown; how far so few were changed would tell them",
                "n: its total is the sum of its parts",
            ),
        ),
        (
            altered(totals_out=1),
            (
                "n: 15 of 20 numbers changed (75%), none by more than 2",
                "n: 1 of 3 totals is not the sum of the parts beside",
            ),
        ),
    ],
)
def test_a_checker_reads_how_far_a_method_changed_numbers(one: dict[str, Any], told: tuple[str, ...]) -> None:
    method = {"name": "round 5", "words": "Counts are rounded.", "at_most": 4, "none_up_to": 4}
    found = {check.name: check.told for check in checks(report(altered=[one]) | {"method": method}, Words())}
    assert found[CHANGED] == (
        "Counts are rounded.",
        "A count of people is off by 4 at most, one of their rows in proportion",
        "Cells of fewer than 10 people are hidden, as without it; no count is 1 to 4",
        *told,
    )
    assert CHANGED not in {check.name for check in checks(report(), Words())}
