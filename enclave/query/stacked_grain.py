"""What tells rows of people apart that stand one below the other (UNION ALL): what does on each side, and a name of it.

Where every row says by a written constant which side it is of (`'KS2' AS stage … UNION ALL … 'KS4'`), two rows that are
alike in that are of one side, and what tells its rows apart tells them apart. Without such a name nothing does.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product

from sqlglot import exp

from enclave.catalogue.marks import ALONE
from enclave.catalogue.model import RowCondition
from enclave.query.cutting import Cutting
from enclave.query.grain import Columns, Conditional, Need, is_mark
from enclave.query.open_rows import written_value
from enclave.query.people_rows import Base, Kept, Linked, People, Rows_, Stacked, Windowed
from enclave.query.relations import Given, Scalar, column, column_id, column_ids

Column = tuple[str, Scalar, Scalar]
"""A column of the stacked rows: its id, and what it is on either side."""
_MOST = 16


def told_apart(
    cut: Cutting, left: People, right: People, columns: Sequence[Column]
) -> tuple[tuple[Columns, ...], tuple[Conditional, ...], tuple[Column, ...]]:
    """Column sets without repeats, those among rows that are marked, and the marks of the latter as columns."""
    name = next((id for id, one, other in columns if _names_sides(one, left, other, right)), None)
    if name is None:
        return (), (), ()
    grain: list[Columns] = []
    conditional: list[Conditional] = []
    marks: list[Column] = []
    alike = [made for made in columns if made[0] == name or _of_one_type(made[1], left, made[2], right)]
    sides = (
        _seen(left, {id: one for id, one, _ in alike}),
        _seen(right, {id: other for id, _, other in alike}),
    )
    for mine, theirs in islice(product(*sides), _MOST):
        together = mine.columns | theirs.columns | {name}
        if not mine.needs and not theirs.needs:
            grain.append(together)
            continue
        mark = cut.new_column(ALONE, Given())
        marks.append((mark, _met(mine.needs, left), _met(theirs.needs, right)))
        conditional.append(Conditional(together, (Need(mark, RowCondition(ALONE, equals=True)),)))
    return tuple(grain), tuple(conditional), tuple(marks)


def mark_base(id: str) -> Base:
    return Base(id, frozenset(), None, code=True, public=False, key=False, boolean=True)


def marks_behind(rows: Rows_, marks: frozenset[str]) -> frozenset[str]:
    """The marks, and those of single tables which they are made of."""
    match rows:
        case Stacked():
            made = (node for id, *both in rows.marks if id in marks for node in both)
            marks = marks.union(*map(column_ids, made))
            return marks_behind(rows.left, marks) | marks_behind(rows.right, marks)
        case Linked():
            return marks_behind(rows.left, marks) | marks_behind(rows.right, marks)
        case Kept() | Windowed():
            return marks_behind(rows.source, marks)
        case _:
            return marks


def are_apart(one: Sequence[Scalar], other: Sequence[Scalar]) -> bool:
    """Whether the constants are texts or numbers, all of them, and none of the one is one of the other.

    `1` and `1.0` are one value, and what a text and a number are beside each other is the engine's matter.
    """
    values = [written_value(node) for node in (*one, *other)]
    kinds = {type(value) for value in values}
    mine, theirs = set(values[: len(one)]), set(values[len(one) :])
    return bool(mine and theirs) and len(kinds) == 1 and None not in values and not mine & theirs


def _names_sides(one: Scalar, left: People, other: Scalar, right: People) -> bool:
    return are_apart(list(_values(one, left.relation)), list(_values(other, right.relation)))


def _values(node: Scalar, rows: Rows_) -> Iterator[Scalar]:
    """Every value that the scalar may have where it is written out, be it on the sides of another UNION ALL."""
    while isinstance(rows, Kept | Windowed):
        rows = rows.source
    sides = [both for id, *both in rows.columns if id == column_id(node)] if isinstance(rows, Stacked) else []
    if not isinstance(rows, Stacked) or not sides:
        yield node
        return
    yield from _values(sides[0][0], rows.left)
    yield from _values(sides[0][1], rows.right)


def _seen(people: People, columns: Mapping[str, Scalar]) -> list[Conditional]:
    """The column sets of a side, by the columns of the stacked rows in which they stand bare."""
    stands = {bare: id for id, node in columns.items() if (bare := people.bare(node)) is not None}
    rules = [
        Conditional(rule.columns - people.constants, rule.needs)
        for rule in (*(Conditional(one, ()) for one in people.grain), *people.conditional)
        if all(map(is_mark, rule.needs))
    ]
    return [
        Conditional(frozenset(stands[id] for id in rule.columns), rule.needs)
        for rule in rules
        if rule.columns <= stands.keys()
    ]


def _of_one_type(one: Scalar, left: People, other: Scalar, right: People) -> bool:
    """Whether unlike values stay unlike one below the other: the engine casts columns of two types to one."""
    mine, theirs = left.bases.get(column_id(one) or ""), right.bases.get(column_id(other) or "")
    if mine is None or theirs is None:
        return False
    if mine.field is None or theirs.field is None:
        return mine.key and theirs.key
    return mine.field.type == theirs.field.type


def _met(needs: Sequence[Need], people: People) -> Scalar:
    """That a row has all the marks. What an outer join left without a row adds none."""
    marks: list[Scalar] = [
        exp.Coalesce(this=column(need.on), expressions=[exp.true()])
        if need.on in people.nullable
        else column(need.on)
        for need in needs
    ]
    met = exp.true() if not marks else marks[0]
    for mark in marks[1:]:
        met = exp.And(this=met, expression=mark)
    return met
