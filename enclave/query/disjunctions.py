"""Disjunctions over several fields, in negation normal form: each branch is judged as if it were shown itself.

A shown cell, and the same cell OR a condition that picks out one known person, tell for certain whether that person is
in it. So is the negation of a conjunction: what it takes away is a branch too.
"""

from collections.abc import Iterator

from sqlglot import exp

from enclave.catalogue.model import Field
from enclave.query.conditions import fields_in
from enclave.query.people_rows import Kept, Linked, People, Rows_, Stacked, Summary, Windowed
from enclave.query.relations import JoinKind, Rows, Scalar, Scan, all_of, column_ids, conjuncts
from enclave.terms import Zeros


def branches_of(condition: Scalar, people: People) -> Iterator[Scalar]:
    """The branches of a conjunct that is a disjunction over two or more fields, and what it takes away when negated.

    Nothing for any other condition.
    """
    plain = in_normal_form(condition)
    if not isinstance(plain, exp.Or) or len(_fields(plain, people)) < 2:
        return
    yield from _disjuncts(plain)
    if _negates(condition):
        yield exp.Not(
            this=exp.Paren(
                this=exp.Coalesce(this=exp.Paren(this=condition.copy()), expressions=[exp.false()])
            )
        )


def excludes_compounds(condition: Scalar, people: People) -> bool:
    """Whether a condition excludes people by two or more fields, one of them with hidden zeros."""
    fields = _fields(condition, people)
    if len(fields) < 2 or not any(one.zeros is Zeros.HIDDEN for one in fields):
        return False
    return _negates(condition) and isinstance(in_normal_form(condition), exp.Or)


def in_normal_form(node: Scalar) -> Scalar:
    """The condition with every NOT pushed down to what it is a condition on."""
    return _pushed(node, negated=False)


def _pushed(node: Scalar, *, negated: bool) -> Scalar:
    match node:
        case exp.Paren():
            return _pushed(node.this, negated=negated)
        case exp.Not():
            return _pushed(node.this, negated=not negated)
        case exp.And() | exp.Or():
            turned = isinstance(node, exp.Or) != negated
            kind = exp.Or if turned else exp.And
            left, right = _pushed(node.this, negated=negated), _pushed(node.expression, negated=negated)
            return kind(this=_wrapped(left), expression=_wrapped(right))
        case _:
            return exp.Not(this=exp.Paren(this=node.copy())) if negated else node.copy()


def _wrapped(node: Scalar) -> Scalar:
    return exp.Paren(this=node) if isinstance(node, exp.And | exp.Or) else node


def _disjuncts(node: Scalar) -> Iterator[Scalar]:
    match node:
        case exp.Paren() if isinstance(node.this, exp.Or):
            yield from _disjuncts(node.this)
        case exp.Or():
            yield from _disjuncts(node.this)
            yield from _disjuncts(node.expression)
        case _:
            yield node


def _negates(node: Scalar) -> bool:
    """Whether a connective or a subquery stands under a NOT somewhere."""
    return any(
        isinstance(_inner(part), exp.And | exp.Or | exp.Placeholder) for part in node.find_all(exp.Not)
    )


def _inner(node: exp.Not) -> Scalar:
    inner: Scalar = node.this
    while isinstance(inner, exp.Paren):
        inner = inner.this
    return inner


def _fields(node: Scalar, people: People) -> frozenset[Field]:
    return fields_in(node, people)


def has_branches(condition: Scalar, people: People) -> bool:
    """Whether some conjunct of the condition is a disjunction over two or more fields."""
    return any(next(branches_of(part, people), None) is not None for part in conjuncts(condition))


MOST_LITERAL_ROWS = 16
"""Of a VALUES table joined on several fields. In a larger one a branch is lost, so nothing that it decides is shown."""


def literal_rows(rows: Rows_, people: People) -> Iterator[Scalar]:
    """The branches of literal rows that are joined on two or more fields of people: each row is one."""
    match rows:
        case Linked():
            yield from literal_rows(rows.left, people)
            yield from literal_rows(rows.right, people)
            for side in (rows.left, rows.right):
                if isinstance(side, Rows) and rows.condition is not None:
                    yield from _of_literals(side, rows.condition, people)
        case Kept() | Windowed():
            yield from literal_rows(rows.source, people)
        case _:
            return


def _of_literals(side: Rows, condition: Scalar, people: People) -> Iterator[Scalar]:
    parts = [part for part in conjuncts(condition) if column_ids(part) & frozenset(side.columns)]
    fields = [field for part in parts for field in fields_in(part, people)]
    if len(set(fields)) < 2:
        return
    if len(side.rows) > MOST_LITERAL_ROWS:
        yield exp.false()
        return
    for row in side.rows:
        cells = dict(zip(side.columns, row, strict=True))
        branch = all_of(_with(part, cells) for part in parts)
        assert branch is not None, "two fields are in a condition"
        yield branch


def _with(part: Scalar, cells: dict[str, Scalar]) -> Scalar:
    copy = part.copy()
    for node in list(copy.find_all(exp.Column)):
        if node.name in cells:
            node.replace(cells[node.name].copy())
    return copy


def outer_sides(rows: Rows_) -> Iterator[Rows_]:
    """The sides of outer joins that may find no row."""
    match rows:
        case Linked():
            if rows.kind in (JoinKind.LEFT, JoinKind.FULL):
                yield rows.right
            if rows.kind in (JoinKind.RIGHT, JoinKind.FULL):
                yield rows.left
            yield from outer_sides(rows.left)
            yield from outer_sides(rows.right)
        case Kept() | Windowed():
            yield from outer_sides(rows.source)
        case _:
            return


def every_condition(rows: Rows_) -> Iterator[Scalar]:
    """The conditions in a relation of people at every depth."""
    match rows:
        case Linked():
            yield from every_condition(rows.left)
            yield from every_condition(rows.right)
            if rows.condition is not None:
                yield from conjuncts(rows.condition)
        case Stacked():
            yield from every_condition(rows.left)
            yield from every_condition(rows.right)
        case Kept():
            yield from every_condition(rows.source)
            yield from conjuncts(rows.condition)
        case Summary() | Windowed():
            yield from every_condition(rows.source)
        case _:
            return


def buried_conditions(rows: Rows_) -> Iterator[Scalar]:
    """The conditions below a person's own summary or a UNION, where the ledger cannot take them apart."""
    match rows:
        case Linked():
            yield from buried_conditions(rows.left)
            yield from buried_conditions(rows.right)
        case Kept() | Windowed():
            yield from buried_conditions(rows.source)
        case Summary() | Stacked():
            yield from every_condition(rows)
        case _:
            return


def buried_beside(rows: Rows_, used: frozenset[str]) -> Iterator[Scalar]:
    """The buried conditions that decide who is in a cell, or in a number that uses these columns.

    A summary with one row a person, looked up by a left join, neither takes anybody away nor brings a row: who does not
    use what it says is not within its conditions.
    """
    every = used | ids_deciding(rows)
    match rows:
        case Linked() if is_looked_up(rows) and not every & frozenset(provided_ids(rows.right)):
            yield from buried_beside(rows.left, used)
        case Linked():
            yield from buried_beside(rows.left, every)
            yield from buried_beside(rows.right, every)
        case Kept():
            yield from buried_beside(rows.source, every)
        case _:
            yield from buried_conditions(rows)


def deciding(rows: Rows_, used: frozenset[str]) -> Rows_:
    """The relation without each summary that is looked up and of which nothing is used: the same rows are there."""
    every = used | ids_deciding(rows)
    match rows:
        case Linked() if is_looked_up(rows) and not every & frozenset(provided_ids(rows.right)):
            return deciding(rows.left, used)
        case Linked():
            return Linked(deciding(rows.left, every), rows.right, rows.kind, rows.condition)
        case Kept():
            return Kept(deciding(rows.source, every), rows.condition)
        case _:
            return rows


def is_looked_up(rows: Linked) -> bool:
    """Whether the right side of a join has a row for each person at most, and all of the left side stay."""
    right = rows.right
    while isinstance(right, Kept):
        right = right.source
    return rows.kind is JoinKind.LEFT and isinstance(right, Summary) and len(right.keys) == 1


def ids_deciding(rows: Rows_) -> frozenset[str]:
    """Columns in conditions of the relation, but for what only says which row of a summary is looked up."""
    match rows:
        case Linked():
            own = frozenset[str]() if rows.condition is None else column_ids(rows.condition)
            if is_looked_up(rows):
                return ids_deciding(rows.left) | (own - frozenset(provided_ids(rows.right)))
            return ids_deciding(rows.left) | ids_deciding(rows.right) | own
        case Kept():
            return ids_deciding(rows.source) | column_ids(rows.condition)
        case Windowed() | Stacked():
            return frozenset(provided_ids(rows))
        case _:
            return frozenset()


def conditions_in(rows: Rows_) -> Iterator[Scalar]:
    """The conditions in a relation of people, and the bare columns of a person's summary, which carry theirs."""
    match rows:
        case Linked():
            yield from conditions_in(rows.left)
            yield from conditions_in(rows.right)
            if rows.condition is not None:
                yield rows.condition
        case Kept():
            yield from conditions_in(rows.source)
            yield rows.condition
        case Windowed():
            yield from conditions_in(rows.source)
        case Summary():
            yield from (exp.column(id) for id, _ in rows.keys)
        case Stacked():
            yield from (exp.column(id) for id, _, _ in rows.columns)
        case _:
            return


def provided_ids(rows: Rows_) -> Iterator[str]:
    """The ids of the columns of a relation of people."""
    match rows:
        case Linked():
            yield from provided_ids(rows.left)
            yield from provided_ids(rows.right)
        case Kept():
            yield from provided_ids(rows.source)
        case Summary():
            yield from (id for id, _ in (*rows.keys, *rows.aggregates))
        case Windowed():
            yield from provided_ids(rows.source)
            yield from (id for id, _ in rows.columns)
        case Stacked():
            yield from (id for id, _, _ in rows.columns)
        case Scan():
            yield from rows.columns.values()
        case Rows():
            yield from rows.columns
        case _:
            return
