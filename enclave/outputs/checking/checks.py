"""The checks of a risk report, as few lines as a reader takes in, each with its outcome, where and how much.

The rules are more than the checks: several of one kind make one line. A rule that nobody put in a group stands by
itself under its own words, so that none is ever left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from enclave.disclosure.report import Rule
from enclave.disclosure.verdict import Outcome
from enclave.outputs.checking.changed_numbers import altered, changed_by_method
from enclave.outputs.checking.places import words
from enclave.outputs.checking.words import Words, counted

MOST_PLACES: Final = 3
"""Named in the line of a check; the rest is counted."""
ON_FEW: Final = "Enough behind every number"
CONDITIONS: Final = "Both sides of every condition"
DOMINANCE: Final = "No one holds most of a total"
SPREADS: Final = "Spreads, models and quantiles"
DIFFERENCES: Final = "Differences with numbers shown before"
TOTALS: Final = "What totals give away of hidden cells"
SYSTEMS: Final = "Many numbers solved together"
CAP: Final = "Lifetime cap of each base"
CHANGED: Final = "How numbers were changed"

GROUPS: Final[Mapping[str, tuple[Rule, ...]]] = {
    ON_FEW: (Rule.UNITS, Rule.CLUSTERS, Rule.CONTRIBUTORS),
    CONDITIONS: (Rule.PATHS, Rule.CLASSES, Rule.TWO_VALUED, Rule.ALL_THE_SAME, Rule.BRANCH),
    DOMINANCE: (
        Rule.UNITS_DOMINATE,
        Rule.UNIT_ESTIMATED,
        Rule.CLUSTERS_DOMINATE,
        Rule.CLUSTER_ESTIMATED,
    ),
    SPREADS: (
        Rule.DEGREES_OF_FREEDOM,
        Rule.LEVERAGE,
        Rule.QUANTILE_AT_THE_END,
        Rule.QUANTILE_OF_FEW,
        Rule.NOT_A_NUMBER,
    ),
    DIFFERENCES: (
        Rule.DIFFERENCE,
        Rule.COMPLEMENT,
        Rule.TWO_SIDED,
        Rule.ZERO_DIFFERENCE,
        Rule.HELD_DIFFERENCE,
    ),
    TOTALS: (Rule.SECONDARY,),
    SYSTEMS: (Rule.LINEAR, Rule.ZERO_REST),
    CAP: (Rule.LIFETIME_CAP,),
}
GROUP_OF: Final[Mapping[str, str]] = {rule.value: name for name, rules in GROUPS.items() for rule in rules}


@dataclass(frozen=True, slots=True)
class Check:
    """One line. `outcome` is the gravest of its rules: shown and to be weighed before hidden before passed."""

    name: str
    outcome: Outcome
    told: tuple[str, ...]

    @property
    def looks(self) -> bool:
        return self.outcome is Outcome.LOOK


def checks(report: Mapping[str, Any], called: Words) -> tuple[Check, ...]:
    """Every check, in the order in which the rules are tried; of several leaves, all their findings together."""
    leaves: Sequence[Mapping[str, Any]] = report["leaves"]
    outcomes = [outcome for leaf in leaves for outcome in leaf["outcomes"]]
    changed = [CHANGED] if "method" in report else []
    names = dict.fromkeys([*GROUPS, *changed, *(_group(outcome["rule"]) for outcome in outcomes)])
    return tuple(
        _check(name, [one for one in outcomes if _group(one["rule"]) == name], report, called)
        for name in names
    )


def looks_in(report: Mapping[str, Any]) -> int:
    """How many checks ask a checker to weigh something."""
    outcomes = [outcome for leaf in report["leaves"] for outcome in leaf["outcomes"]]
    return len({_group(one["rule"]) for one in outcomes if _gravest([one]) is Outcome.LOOK})


def _group(rule: str) -> str:
    return GROUP_OF.get(rule, f"{rule[:1].upper()}{rule[1:]}")


def _check(
    name: str, outcomes: Sequence[Mapping[str, Any]], report: Mapping[str, Any], called: Words
) -> Check:
    told = tuple(line for leaf in report["leaves"] for line in _told(name, leaf, called))
    hidden = tuple(dict.fromkeys(line for one in outcomes for line in _hidden(one)))
    if name == CHANGED:
        told = (*changed_by_method(report, called), *told)
    return Check(name, _gravest(outcomes), (*told, *hidden) or _passed(name, report["rules"], called))


def _gravest(outcomes: Iterable[Mapping[str, Any]]) -> Outcome:
    found = list(outcomes)
    if any(one.get("looked_at", 0) for one in found):
        return Outcome.LOOK
    return Outcome.FAIL if any(one["outcome"] == Outcome.FAIL for one in found) else Outcome.PASS


def _told(name: str, leaf: Mapping[str, Any], called: Words) -> Iterator[str]:
    """What stands beside the outcomes of a leaf, on one check."""
    if name == DOMINANCE:
        yield from (_share(top, called) for top in leaf["top_shares"])
    if name == TOTALS:
        yield from (line for one in leaf.get("guards", ()) for line in _guarded(one))
    if name == CHANGED:
        yield from (line for one in leaf.get("altered", ()) for line in altered(one))
    flagged = [one for one in leaf["linked"] if one["state"] == "flagged" and _group(one["rule"]) == name]
    yield from (
        f"{_place(one)}: {one['rule']} (with {', '.join(one['with'])})" for one in flagged[:MOST_PLACES]
    )
    if len(flagged) > MOST_PLACES:
        yield f"and {len(flagged) - MOST_PLACES:,} more, each marked in the table"


def _guarded(one: Mapping[str, Any]) -> Iterator[str]:
    """What an attacker is left with of hidden cells, the narrowest intervals first."""
    of = "Whole cells" if one["number"] is None else one["number"]
    of += ", what is added up" if one.get("of") == "amounts" else ""
    gap = f"at most {one['gap']:.0%} more than need be" if one["gap"] else "no choice costs less"
    yield (
        f"{of}: {one['primary']:,} hidden by other rules, or empty; {one['secondary']:,} more hidden with them"
        + (f" (cost {one['cost']:g}, {gap})" if one["secondary"] else "")
    )
    spans: dict[str, int] = {}
    for span in one["intervals"]:
        between = (
            f"{span['low']:g} or more" if span["high"] is None else f"{span['low']:g} to {span['high']:g}"
        )
        spans[between] = spans.get(between, 0) + span["cells"]
    if spans:
        told = [f"{between} ({counted(cells, 'cell')})" for between, cells in spans.items()]
        rest = sum(list(spans.values())[MOST_PLACES:])
        more = f", wider ({counted(rest, 'cell')})" if rest else ""
        yield (
            f"{of}: who adds and subtracts what is shown can place them no nearer than "
            f"{', '.join(told[:MOST_PLACES])}{more}"
        )
    if one["open"]:
        yield f"{of}: {counted(one['open'], 'cell')} too well known, beside what was shown before"


def _share(top: Mapping[str, Any], called: Words) -> str:
    many = called.units if top["of"] == "unit" else called.clusters
    share, allowed = round(100 * top["two_largest"]), round(100 * top["allowed"])
    return f"{_place(top)}, {top['measure']}: the two largest {many} give {share}% (limit {allowed}%)"


def _hidden(one: Mapping[str, Any]) -> Iterator[str]:
    cells, measures = one.get("cells", 0), one.get("measures", 0)
    if cells or measures:
        parts = [counted(cells, "whole cell")] if cells else []
        parts += [counted(measures, "number")] if measures else []
        yield f"{' and '.join(parts)} hidden: {one['rule']}"


def _passed(name: str, rules: Mapping[str, Any], called: Words) -> tuple[str, ...]:
    if name == ON_FEW:
        clusters = f", {counted(rules['min_clusters'], called.cluster, called.clusters)}"
        return (f"at least {counted(rules['min_units'], called.unit, called.units)}{clusters}",)
    return ()


def _place(one: Mapping[str, Any]) -> str:
    return words(one.get("where", {}))
