"""Value aggregates of a leaf: a second leaf grouped by the argument too, the aggregate of it, joined on the groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from enclave.query.cutting import Cutting
from enclave.query.leaf_steps import Keys, leaf_step
from enclave.query.leaves import Number
from enclave.query.number_protection import request
from enclave.query.numbers import number
from enclave.query.people_rows import People, kept
from enclave.query.relations import (
    Aggregate,
    Aggregated,
    Defined,
    Extend,
    Given,
    Join,
    JoinKind,
    Relation,
    Scalar,
    all_of,
    column,
)
from enclave.query.values import Shown, of_shown
from enclave.terms import Span

_OF_A_GROUP = frozenset({"min", "max", "any_value", "arbitrary", "mode", "bool_or", "bool_and"})
_COUNTED = frozenset({"count", "approx_count_distinct"})


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """How the leaf groups people's rows. `number` is the column that tells grouping sets apart, where there are any."""

    people: People
    keys: Keys
    sets: tuple[tuple[int, ...], ...] | None
    number: str | None
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class _Second:
    """The aggregates over the second leaf, with its keys and grouping number; `made` are the columns of the asked."""

    relation: Relation
    keys: tuple[str, ...]
    number: str | None
    step: str
    made: Mapping[str, str]


def with_values(
    cut: Cutting, groups: Groups, values: Sequence[Shown], left: Relation | None
) -> tuple[Relation, frozenset[str]]:
    """The safe table `left` with the value aggregates beside it. None: nothing else is asked of the one row.

    Returns:
        The relation, and the steps that it reads beyond those of `left`.
    """
    steps: frozenset[str] = frozenset()
    of_groups = {one.id: key for one in values if (key := _group_column(one, groups)) is not None}
    for own in _by_leaf([one for one in values if one.id not in of_groups]):
        second = _second_leaf(cut, groups, own)
        steps |= {second.step}
        left = second.relation if left is None else _beside(left, second, groups)
        left = _filled(cut, left, own, second.made)
    if of_groups:
        assert left is not None, "a group column has a group"
        counted = {one.id for one in values if one.function in _COUNTED}
        for id, key in of_groups.items():
            told = _one_value(key) if id in counted else column(key)
            cut.columns[id] = replace(cut.columns[id], origin=Defined(told))
        left = Extend(left, tuple(of_groups))
    assert left is not None, "something is asked"
    return left, steps


def _group_column(asked: Shown, groups: Groups) -> str | None:
    """The group column that the argument is: its value in the group is the group's own."""
    if groups.sets is not None or asked.condition is not None or asked.function not in _OF_A_GROUP | _COUNTED:
        return None
    return next((id for id, scalar in groups.keys if scalar == asked.argument), None)


def _one_value(key: str) -> Scalar:
    """How many different values a group has of its own column: none, where that is null, else one."""
    none = exp.If(this=exp.Is(this=column(key), expression=exp.Null()), true=exp.Literal.number(0))
    return exp.Case(ifs=[none], default=exp.Literal.number(1))


def _by_leaf(values: Sequence[Shown]) -> list[list[Shown]]:
    found: list[list[Shown]] = []
    for one in values:
        same = next((own for own in found if own[0].same_leaf(one)), None)
        if same is None:
            found.append([one])
        else:
            same.append(one)
    return found


def _second_leaf(cut: Cutting, groups: Groups, own: Sequence[Shown]) -> _Second:
    people = groups.people if own[0].condition is None else kept(groups.people, own[0].condition)
    value = cut.new_column("value", Given())
    keys = (*((cut.new_column(cut.columns[id].name, Given()), scalar) for id, scalar in groups.keys),)
    place = len(keys)
    numbers = [_rows(cut, people)] if any(one.function == "mode" for one in own) else []
    numbering = None if groups.number is None else cut.new_column("grouping", Given())
    ref = leaf_step(
        cut,
        people,
        (*keys, (value, own[0].argument)),
        numbers,
        sets=None if groups.sets is None else tuple((*one, place) for one in groups.sets),
        groupings={} if numbering is None else {numbering: tuple(range(place))},
        one_row=False,
        span=groups.span,
    )
    by = [*(id for id, _ in keys), *([] if numbering is None else [numbering])]
    out = tuple(cut.new_column(cut.columns[id].name, Defined(column(id))) for id in by)
    made = _aggregates(cut, own, value, numbers[0].id if numbers else value, sets=groups.sets is not None)
    right = Aggregate(
        ref, out, tuple(made.values()), None, {}, summary=False, grouped=bool(out), span=groups.span
    )
    return _Second(right, out[:place], out[place] if numbering is not None else None, ref.step, made)


def _rows(cut: Cutting, people: People) -> Number:
    id = cut.new_column("rows", Given())
    made = number(request(id, "rows", exp.Count(this=exp.Star()), people, frozenset()))
    if isinstance(made, Number):
        return made
    key = exp.Count(this=exp.Distinct(expressions=[people.key.copy()]))
    counted = number(request(id, "rows", key, people, frozenset()))
    assert isinstance(counted, Number), "people can be counted"
    return counted


def _beside(left: Relation, second: _Second, groups: Groups) -> Relation:
    pairs = list(zip((id for id, _ in groups.keys), second.keys, strict=True))
    if groups.number is not None and second.number is not None:
        pairs.append((groups.number, second.number))
    same = all_of(exp.NullSafeEQ(this=column(one), expression=column(other)) for one, other in pairs)
    kind = JoinKind.CROSS if same is None else JoinKind.LEFT
    return Join(left, second.relation, kind, same, groups.span)


def _filled(cut: Cutting, relation: Relation, own: Sequence[Shown], made: Mapping[str, str]) -> Relation:
    """With the rules off a group of which the FILTER leaves nobody, and a total of nobody, have 0 different values."""
    counts = {one.id: made[one.id] for one in own if made[one.id] != one.id}
    for id, inner in counts.items():
        filled = exp.Coalesce(this=column(inner), expressions=[exp.Literal.number(0)])
        cut.columns[id] = replace(cut.columns[id], origin=Defined(filled))
    return Extend(relation, tuple(counts)) if counts else relation


def _aggregates(cut: Cutting, own: Sequence[Shown], value: str, rows: str, *, sets: bool) -> dict[str, str]:
    """The columns of the aggregates, by the asked ones; those that are filled afterwards have columns of their own."""
    off = cut.authorised.policy.rules.min_units <= 1
    found = {}
    for one in own:
        origin = Aggregated(of_shown(one, value, rows, off=off))
        nobody = sets or one.condition is not None  # a total, or what a FILTER leaves
        filled = off and nobody and one.function in ("count", "approx_count_distinct")
        found[one.id] = cut.new_column("count", Given()) if filled else one.id
        cut.columns[found[one.id]] = replace(cut.columns[found[one.id]], origin=origin)
    return found
