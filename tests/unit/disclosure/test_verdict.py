"""One word for an item: every combination of what the rules found, and of the route."""

from itertools import product

import numpy as np
import pyarrow as pa
import pytest

from enclave.disclosure.asked import Cells, Concentration, Measure, Rules, Statistic
from enclave.disclosure.disclose import disclose
from enclave.disclosure.promises import BrokenPromise
from enclave.disclosure.raw import Raw
from enclave.disclosure.report import CODE_OF, RiskReport, Rule, TopShare, Witness
from enclave.disclosure.verdict import (
    MAY_FLAG,
    LeafFacts,
    Outcome,
    RuleOutcome,
    Verdict,
    outcomes_of,
    share_hidden,
    shown_numbers,
    verdict_of,
)
from enclave.terms import Zeros

HOUSE = Rules(min_units=10, min_clusters=1, nk_contributors=2, nk_percent=90, p_percent=10)


def facts(*, hid: bool, flagged: bool, shown: int, foreign: bool) -> LeafFacts:
    units = RuleOutcome(Rule.UNITS, Outcome.FAIL if hid else Outcome.PASS, hidden_cells=int(hid))
    other = RuleOutcome(Rule.TWO_SIDED, Outcome.LOOK if flagged else Outcome.PASS, looked_at=int(flagged))
    return LeafFacts((units, other), shown, foreign)


EVERY_CASE = list(product((False, True), (False, True), (0, 7), (False, True)))


@pytest.mark.parametrize(("hid", "flagged", "shown", "foreign"), EVERY_CASE)
def test_on_a_checked_route_the_gravest_finding_gives_the_word(
    hid: bool, flagged: bool, shown: int, foreign: bool
) -> None:
    found = verdict_of([facts(hid=hid, flagged=flagged, shown=shown, foreign=foreign)], checked=True)
    if not shown or foreign:
        assert found is Verdict.BLOCKED
    elif flagged:
        assert found is Verdict.FLAGGED
    else:
        assert found is (Verdict.SUPPRESSED if hid else Verdict.CLEAN)


@pytest.mark.parametrize(("hid", "flagged", "shown", "foreign"), EVERY_CASE)
def test_on_the_automatic_route_there_is_clean_and_suppressed_and_a_flag_is_a_broken_promise(
    hid: bool, flagged: bool, shown: int, foreign: bool
) -> None:
    leaf = facts(hid=hid, flagged=flagged, shown=shown, foreign=foreign)
    if flagged:
        with pytest.raises(BrokenPromise, match="nobody looks"):
            verdict_of([leaf], checked=False)
    else:
        expected = Verdict.SUPPRESSED if hid else Verdict.CLEAN
        assert verdict_of([leaf], checked=False) is expected


def test_nobody_and_few_give_the_same_word_on_a_checked_route() -> None:
    nobody = facts(hid=False, flagged=False, shown=0, foreign=False)
    few = facts(hid=True, flagged=False, shown=0, foreign=False)
    assert verdict_of([nobody], checked=True) is verdict_of([few], checked=True) is Verdict.BLOCKED


def test_an_answer_about_nobody_at_all_is_clean() -> None:
    assert verdict_of([], checked=True) is verdict_of([], checked=False) is Verdict.CLEAN


def test_one_leaf_that_shows_something_is_enough_and_one_that_is_flagged_flags_the_item() -> None:
    empty = facts(hid=True, flagged=False, shown=0, foreign=False)
    flagged = facts(hid=False, flagged=True, shown=7, foreign=False)
    assert verdict_of([empty, flagged], checked=True) is Verdict.FLAGGED


@pytest.mark.parametrize("rule", [rule for rule in Rule if rule not in MAY_FLAG])
def test_a_rule_on_one_number_never_flags(rule: Rule) -> None:
    outcome = RuleOutcome(rule, Outcome.LOOK, looked_at=1)
    dominance = rule in (Rule.UNITS_DOMINATE, Rule.CLUSTERS_DOMINATE)
    if dominance:  # near the line, and shown as anywhere
        assert verdict_of([LeafFacts((outcome,), 7)], checked=True) is Verdict.FLAGGED
        assert verdict_of([LeafFacts((outcome,), 7)], checked=False) is Verdict.CLEAN
    else:
        with pytest.raises(BrokenPromise, match="never flags"):
            verdict_of([LeafFacts((outcome,), 7)], checked=True)


def report(**more: object) -> RiskReport:
    """Four cells, the first hidden for its units, a mean hidden in the second."""
    codes = np.array([CODE_OF[Rule.UNITS], 0, 0, 0], dtype=np.int8)
    mean = np.array([0, CODE_OF[Rule.CONTRIBUTORS], 0, 0], dtype=np.int8)
    rows = np.zeros(4, dtype=np.int8)
    keys = Raw(pa.table({"key": ["A", "B", "C", "D"]}))
    return RiskReport(keys, codes, {"rows": rows, "mean": mean}, **more)  # type: ignore[arg-type]


def test_every_rule_has_an_outcome_with_how_much() -> None:
    found = {one.rule: one for one in outcomes_of(report(), HOUSE)}
    assert list(found) == list(Rule)
    assert found[Rule.UNITS] == RuleOutcome(Rule.UNITS, Outcome.FAIL, hidden_cells=1)
    assert found[Rule.CONTRIBUTORS] == RuleOutcome(Rule.CONTRIBUTORS, Outcome.FAIL, hidden_measures=1)
    assert {one.outcome for rule, one in found.items() if rule not in (Rule.UNITS, Rule.CONTRIBUTORS)} == {
        Outcome.PASS
    }


def test_what_is_flagged_is_looked_at_and_counted() -> None:
    flagged = (Witness(2, "mean", Rule.TWO_SIDED, (4,)), Witness(3, None, Rule.TWO_SIDED, ()))
    found = {one.rule: one for one in outcomes_of(report(flagged=flagged), HOUSE)}
    assert found[Rule.TWO_SIDED] == RuleOutcome(Rule.TWO_SIDED, Outcome.LOOK, looked_at=2)


@pytest.mark.parametrize(
    ("two_largest", "outcome"), [(0.80, Outcome.PASS), (0.81, Outcome.LOOK), (0.89, Outcome.LOOK)]
)
def test_a_total_of_which_two_hold_nearly_too_much_is_looked_at(two_largest: float, outcome: Outcome) -> None:
    tops = (TopShare("mean", "unit", 0.5, two_largest, 2),)
    found = {one.rule: one.outcome for one in outcomes_of(report(tops=tops), HOUSE)}
    assert found[Rule.UNITS_DOMINATE] is outcome


def test_numbers_are_counted_with_their_cells() -> None:
    assert shown_numbers(report()) == 5
    assert share_hidden(report()) == pytest.approx(3 / 8)


def test_a_leaf_without_cells_hides_nothing() -> None:
    empty = RiskReport(Raw(pa.table({"key": pa.array([], pa.string())})), np.zeros(0, dtype=np.int8), {})
    assert (shown_numbers(empty), share_hidden(empty)) == (0, 0.0)


SUMMED = Cells(
    ("key",),
    "units",
    None,
    (
        Measure(
            "sum", Statistic.SUM, "units", Zeros.HIDDEN, by_unit=Concentration("total", "first", "second")
        ),
    ),
)


def test_the_top_share_is_that_of_a_shown_cell_in_the_order_of_the_keys() -> None:
    raw = pa.table(
        {
            "key": ["C", "B", "A"],
            "units": [40, 40, 40],
            "sum": [100.0, 100.0, 100.0],
            "total": [100.0, 100.0, 100.0],
            "first": [60.0, 10.0, 70.0],  # the second largest could estimate the one of A: it is hidden
            "second": [20.0, 10.0, 29.0],
        }
    )
    found = disclose(Raw(raw), SUMMED, HOUSE).report
    assert found.hidden_in("sum").tolist() == [True, False, False]
    assert found.tops == (TopShare("sum", "unit", 0.6, 0.8, 2),)
