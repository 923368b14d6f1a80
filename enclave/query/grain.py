"""Which rows can be told apart, and by what: the calculus that proves a unit has one row in a cell.

A *column set without repeats* comes from the catalogue (verified at load), passes filters, is made smaller by what a
filter pins to one value, and survives a join that adds at most one row to each. Some sets hold only among rows that
meet *needs* (main registrations): a filter can meet them for all rows; else the units of other rows are counted apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from sqlglot import exp

from enclave.catalogue.marks import ALONE, ONCE
from enclave.catalogue.model import RowCondition
from enclave.query.relations import JoinKind, Scalar

if TYPE_CHECKING:
    from enclave.query.people_rows import People

Columns: TypeAlias = frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Need:
    """A condition on the base column `on`, which rows that are told apart by fewer columns meet."""

    on: str
    where: RowCondition


@dataclass(frozen=True, slots=True, eq=False)
class Conditional:
    """Columns that are unique together among the rows which meet every need."""

    columns: Columns
    needs: tuple[Need, ...]


def unmet(people: "People", needs: Iterable[Need], parts: list[Scalar]) -> tuple[Need, ...]:
    """The needs that none of the conditions meets."""
    return tuple(need for need in needs if not any(_implies(people, part, need) for part in parts))


def one_row_per_unit(people: "People", groups: Iterable[Scalar]) -> bool:
    """Whether, by proof, a unit has at most one row in a cell of these groups (bare columns only)."""
    fixed = {found for group in groups if (found := people.bare(group)) is not None}
    fixed |= {people.representative(id) for id in people.keys}
    return any(grain <= fixed | people.constants for grain in people.grain)


def one_row_unless(people: "People", groups: Iterable[Scalar]) -> tuple[Need, ...]:
    """What a row must meet for a unit to have at most one such row in a cell of these groups; () where nothing helps.

    Needs are of the catalogue or marks of the loader: most rows meet them. That a row is the first of several is no
    such need. Marks come first: all rows of a unit in a cell carry the same, so that no row looks for the others.
    """
    fixed = {found for group in groups if (found := people.bare(group)) is not None}
    fixed |= {people.representative(id) for id in people.keys} | people.constants
    rules = [rule.needs for rule in people.conditional if rule.columns <= fixed]
    known = [needs for needs in rules if all(_is_of_most(people, need) for need in needs)]
    return min(known, key=lambda needs: (not all(map(is_mark, needs)), len(needs)), default=())


def is_mark(need: Need) -> bool:
    """Whether the need is a mark that the loader set."""
    return need.where.field in (ONCE, ALONE)


def _is_of_most(people: "People", need: Need) -> bool:
    base = people.bases.get(need.on)
    if base is None or is_mark(need):
        return base is not None
    return base.field is not None and base.field.name == need.where.field


def joined_grain(
    left: "People", right: "People", kind: JoinKind, pairs: list[tuple[str, str]]
) -> list[Columns]:
    """Column sets without repeats after a join: a side joined N:1 keeps the other's."""
    if kind is JoinKind.FULL:  # a unit may have an unmatched row on either side: see `whole_join`
        return []
    grain: list[Columns] = []
    if kind in (JoinKind.INNER, JoinKind.LEFT) and is_one(right, {other for _, other in pairs}):
        grain += left.grain
    if kind in (JoinKind.INNER, JoinKind.RIGHT) and is_one(left, {one for one, _ in pairs}):
        grain += right.grain
    if not grain:
        grain = [one | other for one in left.grain for other in right.grain][:16]
    return grain


def is_one(side: "People", equated: set[str]) -> bool:
    """Whether a row of the other side finds at most one row here: the equated columns cover a key."""
    covered = {side.representative(id) for id in equated} | side.constants
    return any(grain <= covered for grain in side.grain)


_MOST_RULES = 16


def beside_public(
    people: "People", sets: Iterable[Columns], *, nobody: bool
) -> tuple[tuple[Columns, ...], tuple[Conditional, ...]]:
    """Column sets without repeats after a join with public rows, of which one row meets some, told apart by `sets`.

    Where public rows that meet nobody stay (`nobody`) the sets are those of the rows of somebody. In the others all
    columns of people are null, which is one value more for what was constant; so constants are left out here, and a
    set without the key is forgotten.
    """
    key = {people.representative(id) for id in people.keys}
    found = [
        Conditional(rule.columns | more, rule.needs)
        for more in sets
        for rule in _rules(people)
        if not nobody or rule.columns & key
    ]
    if nobody:
        found = [Conditional(rule.columns - (people.constants - key), rule.needs) for rule in found]
    grain = tuple(rule.columns for rule in found if not rule.needs)
    return grain[:_MOST_RULES], tuple(rule for rule in found if rule.needs)[:_MOST_RULES]


def whole_join(left: "People", right: "People") -> list[Conditional]:
    """What makes one row of a unit after FULL JOIN on the key and nothing else: one row of it on either side.

    A unit has its rows of one side, each beside each of the other, or those of one side alone.
    """
    one = _needs_of_one(left, set(left.keys))
    other = _needs_of_one(right, set(right.keys))
    if one is None or other is None:
        return []
    return [Conditional(left.keys | right.keys, (*one, *other))]


def joined_rules(
    left: "People", right: "People", kind: JoinKind, pairs: list[tuple[str, str]]
) -> list[Conditional]:
    """Column sets without repeats among rows of both sides that meet what each side needs.

    A row that an outer join leaves alone is one row, whatever the other side needs.
    """
    made: list[Conditional] = []
    if kind in (JoinKind.INNER, JoinKind.LEFT):
        made += _kept_rules(left, _needs_of_one(right, {other for _, other in pairs}))
    if kind in (JoinKind.INNER, JoinKind.RIGHT):
        made += _kept_rules(right, _needs_of_one(left, {one for one, _ in pairs}))
    return made[:_MOST_RULES]


def _rules(side: "People") -> list[Conditional]:
    return [*(Conditional(columns, ()) for columns in side.grain), *side.conditional]


def _needs_of_one(side: "People", equated: set[str]) -> tuple[Need, ...] | None:
    """What the rows here must meet for a row of the other side to find at most one of them; None: nothing helps."""
    covered = {side.representative(id) for id in equated} | side.constants
    found = [rule.needs for rule in _rules(side) if rule.columns <= covered]
    return min(found, key=len, default=None)


def _kept_rules(side: "People", needs: tuple[Need, ...] | None) -> list[Conditional]:
    """The column sets of a side to each of whose rows the other side adds at most one, given the needs."""
    if needs is None:
        return []
    return [Conditional(rule.columns, (*rule.needs, *needs)) for rule in _rules(side) if rule.needs or needs]


def _implies(people: "People", part: Scalar, rule: Need) -> bool:
    """Whether the condition proves the row condition of a conditional grain."""
    if isinstance(part, exp.Or) and rule.where.or_null:
        return _implies(people, part.this, rule) and _implies(people, part.expression, rule)
    if isinstance(part, exp.Paren):
        return _implies(people, part.this, rule)
    if isinstance(part, exp.Is) and isinstance(part.expression, exp.Null):
        return rule.where.or_null and people.bare(part.this) == people.representative(rule.on)
    if isinstance(part, exp.Is) and isinstance(part.expression, exp.Boolean):
        return _equals(people, part.this, part.expression, rule)
    if isinstance(part, exp.Column):
        return rule.where.equals is True and people.bare(part) == people.representative(rule.on)
    if isinstance(part, exp.EQ):
        return _equals(people, part.this, part.expression, rule)
    if isinstance(part, exp.LT | exp.LTE) and rule.where.below is not None:
        number = _integer(part.expression)
        if number is None or people.bare(part.this) != people.representative(rule.on):
            return False
        return number <= rule.where.below if isinstance(part, exp.LT) else number < rule.where.below
    return False


def _equals(people: "People", left: Scalar, right: Scalar, rule: Need) -> bool:
    if people.bare(left) != people.representative(rule.on):
        return False
    if rule.where.below is not None:
        number = _integer(right)
        return number is not None and number < rule.where.below
    if isinstance(right, exp.Boolean):
        return rule.where.equals is bool(right.this)
    return isinstance(right, exp.Literal) and str(rule.where.equals) == right.name


def _integer(node: Scalar) -> int | None:
    if isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit():
        return int(node.name)
    return None
