"""Which numbers may be shown, read from the rules and nothing else.

A verdict has three values. `EITHER` is for what the rules leave open; a test never fails on it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from fractions import Fraction

from tests.oracle.values import Value, number


class Verdict(IntEnum):
    """From harmless to forbidden, so that the gravest of several is their maximum."""

    MAY = 0
    EITHER = 1
    MUST_NOT = 2


@dataclass(frozen=True, slots=True)
class Rules:
    """House rules. Percentages are of 100."""

    min_units: int
    min_clusters: int = 1
    nk_percent: int = 90
    p_percent: int = 10
    residual_degrees_of_freedom: int = 10
    quantile_nearest: int = 10


@dataclass(frozen=True, slots=True)
class Path:
    """A condition inside an aggregate, by its text: aliases are unique in a question.

    `hidden`: 0 counts as small; None where the rules leave that open.
    """

    text: str
    hidden: bool | None
    columns: frozenset[str] = frozenset()  # that it rests on
    missing: bool = False  # it tells which rows lack one value of a pair, and nothing of the other

    def constant(self, keys: frozenset[str]) -> bool:
        """Whether it is the same in the whole of a cell that is grouped by these columns."""
        return bool(self.columns) and self.columns <= keys


@dataclass(frozen=True, slots=True)
class Selector:
    """A part of an argument without a measure: its values make classes of people."""

    text: str
    hidden: bool
    exempt: bool = False
    columns: frozenset[str] = frozenset()

    def constant(self, keys: frozenset[str]) -> bool:
        """Whether it is the same in the whole of a cell that is grouped by these columns."""
        return bool(self.columns) and self.columns <= keys


@dataclass(frozen=True, slots=True)
class OwnCount:
    """The value counts one person's rows: a sum of such counts is a count of rows in another spelling."""


Marks = frozenset[tuple[Path, bool] | tuple[Selector, Value] | tuple[OwnCount, Value]]
NO_MARKS: Marks = frozenset()


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a cell, as one aggregate sees it. `unit` is None for a row of nobody."""

    unit: Value
    cluster: Value
    origin: int  # shared by the copies that a public join made of one row
    passed: bool  # the FILTER let it through
    counted: bool  # and the argument is not null
    value: Value
    weight: Value  # what of the value is a person's own: without constants beside it
    marks: Marks  # of the argument, or of both of a pair
    filter_marks: Marks
    told: (
        Marks  # of the argument that the statistic tells of: that of a pair's other one says which rows count
    )


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict and why, for whoever reads a failing test."""

    verdict: Verdict
    why: str = ""


def gravest(rulings: Iterable[Ruling]) -> Ruling:
    return max(rulings, key=lambda ruling: ruling.verdict, default=Ruling(Verdict.MAY))


def judge_cell(units: set[Value], clusters: set[Value], rules: Rules) -> Ruling:
    """A cell stands on enough people in enough clusters."""
    if len(units) < rules.min_units:
        return Ruling(Verdict.MUST_NOT, f"{len(units)} units")
    if rules.min_clusters > 1 and len(clusters) < rules.min_clusters:
        return Ruling(Verdict.MUST_NOT, f"{len(clusters)} clusters")
    return Ruling(Verdict.MAY)


def judge_number(
    kind: str, entries: Sequence[Entry], rules: Rules, *, keys: frozenset[str] = frozenset()
) -> Ruling:
    """One aggregate of a cell which may itself be shown.

    Args:
        kind: rows (count of rows or values), units (count of distinct people), amount (sum, avg), ones (of literals),
            spread (judged by `spreads` besides), quantile (by `quantiles`).
        keys: columns that the cell is grouped by. A condition on them alone is the same for the whole cell, which
            tells nothing that the cell does not.
    """
    people = [entry for entry in entries if entry.unit is not None]
    passed = [entry for entry in people if entry.passed]
    counted = [entry for entry in passed if entry.counted]
    rulings = [_contributors(counted, people, keys, rules)]
    rulings += _paths([(entry.unit, entry.filter_marks) for entry in people], keys, rules)
    rulings += _paths([(entry.unit, entry.marks) for entry in passed], keys, rules)
    rulings += _classes(counted, keys, rules)
    if kind != "units":
        rulings.append(_copies(counted, rules))
    if kind not in ("units", "spread", "quantile"):
        amounts = _amounts(kind, counted)
        weights = _amounts(kind, [replace(entry, value=entry.weight) for entry in counted])
        rulings += [_dominance(amounts, rules), _dominance(weights, rules)]
        if rules.min_clusters > 1 and kind != "rows":
            rulings.append(_dominance(_by_cluster(counted), rules))
    if kind == "rows" or (kind == "ones" and _is_count_in_disguise(counted)):
        rulings.append(_rows_per_unit(kind, counted, rules))
    if kind in ("amount", "ones"):
        rulings.append(_two_valued(counted, rules))
    return gravest(rulings)


def _contributors(
    counted: Sequence[Entry], people: Sequence[Entry], keys: frozenset[str], rules: Rules
) -> Ruling:
    units = {entry.unit for entry in counted}
    if len(units) >= rules.min_units:
        return Ruling(Verdict.MAY)
    if units:
        return Ruling(Verdict.MUST_NOT, f"{len(units)} contributors")
    marks = {mark for entry in people for mark, _ in entry.filter_marks | entry.marks}
    judged = [mark for mark in marks if isinstance(mark, Path | Selector)]
    hidden = [None if mark.constant(keys) else mark.hidden for mark in judged]
    open_or_shown = Verdict.EITHER if None in hidden else Verdict.MAY
    return Ruling(Verdict.MUST_NOT if True in hidden else open_or_shown, "no contributor")


def _paths(rows: Sequence[tuple[Value, Marks]], keys: frozenset[str], rules: Rules) -> list[Ruling]:
    """Units with some row true, some not true, never true, always true: each enough, or 0 where that is shown."""
    units = {unit for unit, _ in rows}
    true: dict[Path, set[Value]] = {}
    false: dict[Path, set[Value]] = {}
    for unit, marks in rows:
        for mark, value in marks:
            if isinstance(mark, Path):
                (true if value is True else false).setdefault(mark, set()).add(unit)
    rulings = []
    for path in true.keys() | false.keys():
        some, not_all = true.get(path, set()), false.get(path, set()) | (units - true.get(path, set()))
        sides = {
            "some row true": some,
            "some row not true": not_all,
            "never true": units - some,
            "always true": some - not_all,
        }
        hidden = None if path.constant(keys) else path.hidden
        rulings += [
            _side(replace(path, hidden=hidden), name, len(side), rules) for name, side in sides.items()
        ]
    return rulings


def _side(path: Path, name: str, units: int, rules: Rules) -> Ruling:
    why = f"{units} units with {name} of {path.text}"
    if units >= rules.min_units:
        return Ruling(Verdict.MAY)
    if units or path.hidden:
        return Ruling(Verdict.MUST_NOT, why)
    return Ruling(Verdict.EITHER if path.hidden is None else Verdict.MAY, why)


def _classes(counted: Sequence[Entry], keys: frozenset[str], rules: Rules) -> list[Ruling]:
    classes: dict[Selector, dict[Value, set[Value]]] = {}
    for entry in counted:
        for mark, value in entry.marks:
            if isinstance(mark, Selector):
                classes.setdefault(mark, {}).setdefault(value, set()).add(entry.unit)
    rulings = []
    for selector, groups in classes.items():
        for value, units in groups.items():
            if len(units) < rules.min_units:
                verdict = Verdict.EITHER if selector.exempt and len(groups) > 2 else Verdict.MUST_NOT
                rulings.append(Ruling(verdict, f"{len(units)} units where {selector.text} is {value}"))
        if len(groups) == 1 and selector.hidden and not selector.constant(keys):
            verdict = Verdict.EITHER if selector.exempt else Verdict.MUST_NOT
            rulings.append(Ruling(verdict, f"everybody has one value of {selector.text}"))
    return rulings


def _amounts(kind: str, counted: Sequence[Entry]) -> dict[Value, Fraction]:
    """Rows, or the sum of |x|, of each unit."""
    amounts: dict[Value, Fraction] = {}
    for entry in counted:
        size = Fraction(1) if kind == "rows" else _size(entry.value)
        amounts[entry.unit] = amounts.get(entry.unit, Fraction(0)) + size
    return amounts


def _by_cluster(counted: Sequence[Entry]) -> dict[Value, Fraction]:
    amounts: dict[Value, Fraction] = {}
    for entry in counted:
        amounts[entry.cluster] = amounts.get(entry.cluster, Fraction(0)) + _size(entry.value)
    return amounts


def _size(value: Value) -> Fraction:
    if value is None:
        return Fraction(0)
    return Fraction(int(value)) if isinstance(value, bool) else abs(Fraction(number(value)))


def _dominance(amounts: dict[Value, Fraction], rules: Rules) -> Ruling:
    """(2, k) and p%: the two largest give less than k %, and the rest blurs the largest by p %."""
    if not amounts:
        return Ruling(Verdict.MAY)
    total = sum(amounts.values())
    if total == 0:
        return Ruling(Verdict.EITHER, "everybody has 0")
    first, second = sorted([*amounts.values(), Fraction(0)], reverse=True)[:2]
    share = (first + second) * 100 - rules.nk_percent * total
    blur = rules.p_percent * first - (total - first - second) * 100
    if max(share, blur) == 0:
        return Ruling(Verdict.EITHER, "just at the edge of dominance")
    return Ruling(Verdict.MUST_NOT if max(share, blur) > 0 else Verdict.MAY, "the largest dominate")


def _copies(counted: Sequence[Entry], rules: Rules) -> Ruling:
    """People whose rows count once, twice, …: each class large enough, or a count spells out how many are in each."""
    copies: dict[int, int] = {}
    for entry in counted:
        copies[entry.origin] = copies.get(entry.origin, 0) + 1
    classes: dict[int, set[Value]] = {}
    for entry in counted:
        classes.setdefault(copies[entry.origin], set()).add(entry.unit)
    smallest = min(map(len, classes.values()), default=rules.min_units)
    return Ruling(
        Verdict.MUST_NOT if smallest < rules.min_units else Verdict.MAY,
        f"{smallest} units with so many copies",
    )


def _is_count_in_disguise(counted: Sequence[Entry]) -> bool:
    """Whether every row adds nothing or one and the same amount."""
    return len({_size(entry.value) for entry in counted} - {Fraction(0)}) == 1


def _rows_per_unit(kind: str, counted: Sequence[Entry], rules: Rules) -> Ruling:
    """Where people have one of two numbers of rows, rows less people counts one of the two groups."""
    rows: dict[Value, int] = {}
    for entry in counted:
        if kind == "rows" or entry.value != 0:
            rows[entry.unit] = rows.get(entry.unit, 0) + 1
    sizes = sorted(set(rows.values()))
    if len(sizes) != 2:
        return Ruling(Verdict.MAY)
    smaller = min(sum(1 for count in rows.values() if count == size) for size in sizes)
    return Ruling(
        Verdict.MUST_NOT if smaller < rules.min_units else Verdict.MAY,
        f"{smaller} units have another number of rows",
    )


def _two_valued(counted: Sequence[Entry], rules: Rules) -> Ruling:
    """An argument with a condition, or a person's own count, that has two values counts people in disguise."""
    sides: dict[Value, set[Value]] = {}
    for entry in counted:
        sides.setdefault(entry.value, set()).add(entry.unit)
    if len(sides) != 2:
        return Ruling(Verdict.MAY)
    smaller = min(map(len, sides.values()))
    if smaller >= rules.min_units:
        return Ruling(Verdict.MAY)
    conditional = any(isinstance(mark, OwnCount | Path) for entry in counted for mark, _ in entry.told)
    return Ruling(
        Verdict.MUST_NOT if conditional else Verdict.EITHER, f"{smaller} units at one of two values"
    )
