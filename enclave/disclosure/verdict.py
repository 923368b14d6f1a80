"""What the report comes to: each rule passed, to be looked at or failed, and one word for the item.

The one thing to know before changing this: rules that look at data *hide*. On the automatic route nobody would look at
a number that a rule only flags, so there such a number is a broken promise; `flagged` and `blocked` exist on checked
routes alone. Pure, and for checkers: no verdict decides a route.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from enclave.disclosure.asked import Rules
from enclave.disclosure.promises import BrokenPromise
from enclave.disclosure.report import CODE_OF, RiskReport, Rule, TopShare, Witness

NEAR: Final = 0.9
"""A share of what the rule on dominance allows from which on somebody should look at the number."""

MAY_FLAG: Final = frozenset(
    {
        Rule.DIFFERENCE,
        Rule.COMPLEMENT,
        Rule.TWO_SIDED,
        Rule.ZERO_DIFFERENCE,
        Rule.LINEAR,
        Rule.ZERO_REST,
        Rule.LIFETIME_CAP,
    }
)
"""Rules about several numbers together, which a checker can weigh. Every other rule hides on every route."""


class Outcome(StrEnum):
    """What became of the numbers under one rule."""

    PASS = "pass"
    LOOK = "look"  # shown, and a checker should weigh it
    FAIL = "fail"  # hidden


class Verdict(StrEnum):
    CLEAN = "clean"  # everything is shown
    SUPPRESSED = "suppressed"  # something is hidden, and what is shown is safe
    FLAGGED = "flagged"  # something is shown that a checker must weigh
    BLOCKED = "blocked"  # it cannot be approved as it is


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """What one rule came to in one leaf: how much it hid, how much of what is shown it asks to look at."""

    rule: Rule
    outcome: Outcome
    hidden_cells: int = 0
    hidden_measures: int = 0
    looked_at: int = 0


@dataclass(frozen=True, slots=True)
class LeafFacts:
    """What the verdict of an item rests on. `foreign`: something flagged has its witness in another project."""

    outcomes: tuple[RuleOutcome, ...]
    shown: int  # numbers
    foreign: bool = False


def outcomes_of(report: RiskReport, rules: Rules) -> tuple[RuleOutcome, ...]:
    """Every rule, in the order in which they are tried."""
    hidden = report.by_rule()
    near = set() if rules.off else {_rule_of(top) for top in report.tops if _is_near(top, rules)}
    flagged = _count(report.flagged)
    found = []
    for rule in CODE_OF:
        by, looked_at = hidden.get(rule), flagged.get(rule, 0) + (rule in near)
        outcome = Outcome.FAIL if by else Outcome.LOOK if looked_at else Outcome.PASS
        cells, measures = (by.cells, by.measures) if by else (0, 0)
        found.append(RuleOutcome(rule, outcome, cells, measures, looked_at))
    return tuple(found)


def shown_numbers(report: RiskReport) -> int:
    """Numbers that are shown: the measures of shown cells; a cell without measures is one itself."""
    cells = ~report.hidden_cells()
    if not report.measures:
        return int(cells.sum())
    return sum(int((~report.hidden_in(name)).sum()) for name in report.measures)


def share_hidden(report: RiskReport) -> float:
    """Hidden numbers as a share of all, from 0 to 1; 0 where there is none."""
    everything = int(np.size(report.cells)) * max(1, len(report.measures))
    return 1 - shown_numbers(report) / everything if everything else 0.0


def verdict_of(leaves: Sequence[LeafFacts], *, checked: bool) -> Verdict:
    """One word for an item.

    An item that shows nothing at all is blocked on a checked route, whether something was hidden or nobody was there:
    who is told that it cannot be approved must not learn which. An item about nobody (no leaf) is clean.

    Raises:
        BrokenPromise: on the automatic route something is flagged rather than hidden.
    """
    outcomes = [outcome for leaf in leaves for outcome in leaf.outcomes]
    _check_flags(outcomes, checked=checked)
    if (
        checked
        and leaves
        and (not any(leaf.shown for leaf in leaves) or any(leaf.foreign for leaf in leaves))
    ):
        return Verdict.BLOCKED
    if checked and any(outcome.looked_at for outcome in outcomes):
        return Verdict.FLAGGED
    hid = any(outcome.outcome is Outcome.FAIL for outcome in outcomes)
    return Verdict.SUPPRESSED if hid else Verdict.CLEAN


def _check_flags(outcomes: Iterable[RuleOutcome], *, checked: bool) -> None:
    for outcome in outcomes:
        flagged = bool(outcome.looked_at) and outcome.rule not in _DOMINANCE
        if flagged and not checked:
            raise BrokenPromise(f"nobody looks at what the rule flags: {outcome.rule.name}")
        if flagged and outcome.rule not in MAY_FLAG:
            raise BrokenPromise(f"the rule hides, and never flags: {outcome.rule.name}")


_DOMINANCE: Final[Collection[Rule]] = frozenset({Rule.UNITS_DOMINATE, Rule.CLUSTERS_DOMINATE})
"""Near these a number is shown as it would be anywhere; on a checked route somebody is told."""


def _rule_of(top: TopShare) -> Rule:
    return Rule.UNITS_DOMINATE if top.of == "unit" else Rule.CLUSTERS_DOMINATE


def _is_near(top: TopShare, rules: Rules) -> bool:
    share = top.largest if rules.nk_contributors == 1 else top.two_largest
    return 100 * share >= NEAR * rules.nk_percent


def _count(flagged: Iterable[Witness]) -> dict[Rule, int]:
    counts: dict[Rule, int] = {}
    for one in flagged:
        counts[one.rule] = counts.get(one.rule, 0) + 1
    return counts
