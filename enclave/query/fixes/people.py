"""Proposals for a result with a row for each person: count them, or aggregate once more."""

from collections.abc import Iterator

from sqlglot import exp

from enclave.catalogue.model import Catalogue, Field, FieldClass, Table
from enclave.query.fixes.case import Case
from enclave.query.fixes.reading import Draft
from enclave.query.fixes.trees import column_of, drop_group, field_of, people_of, select_of, sources
from enclave.query.relations import Scalar
from enclave.terms import Fix

_ORDERED = ("order", "limit", "offset", "distinct")
MOST_FIELDS = 6


def counted(case: Case) -> Iterator[Fix | None]:
    """A list of people: how many there are by each code, and the mean of each measure."""
    select = _top(case)
    if select is None:
        return
    people = people_of(select, case.around.catalogue)
    if people is None:
        yield from _rows_counted(case, select)
        return
    if select.args.get("group") is not None:
        yield from _second_step(case, select, people[1])
        return
    several = len(list(sources(select))) > 1
    for with_means in (True, False):
        draft = case.reading.draft()
        _grouped(draft, select, people, case, with_means=with_means)
        yield draft.fix("Count people by group" if not several else "Count people by group, once each")


def _rows_counted(case: Case, select: exp.Select) -> Iterator[Fix | None]:
    """The same where the key does not come up to the top: rows are counted."""
    for with_means in (True, False):
        draft = case.reading.draft()
        _grouped(draft, select, None, case, with_means=with_means)
        yield draft.fix("Count by group")


def _top(case: Case) -> exp.Select | None:
    tree = case.reading.tree
    return tree if isinstance(tree, exp.Select) else None


def _grouped(
    draft: Draft, select: exp.Select, people: tuple[str, Table] | None, case: Case, *, with_means: bool
) -> None:
    catalogue = case.around.catalogue
    codes: list[Scalar] = []
    means: list[Scalar] = []
    for item in _items(select, case):
        inner = item.this if isinstance(item, exp.Alias) else item
        field = _field_in(inner, select, case)
        if field is not None and field.kind is FieldClass.DIMENSION:
            codes.append(item.copy())
        elif with_means and _can_average(inner, select, case):
            means.append(exp.alias_(exp.Avg(this=inner.copy()), item.alias_or_name or "mean"))
    twin = draft.tree
    twin.set("expressions", [*codes, _count(select, people, catalogue), *means])
    bare = [code.this if isinstance(code, exp.Alias) else code for code in codes]
    twin.set("group", exp.Group(expressions=[one.copy() for one in bare]) if bare else None)
    for clause in _ORDERED:
        twin.set(clause, None)


def _count(select: exp.Select, people: tuple[str, Table] | None, catalogue: Catalogue) -> Scalar:
    if people is None:
        return exp.alias_(exp.Count(this=exp.Star()), "n")
    name, table = people
    words = catalogue.units[table.unit or ""].many
    key = column_of(name, table.key or "", select)
    return exp.alias_(exp.Count(this=exp.Distinct(expressions=[key])), words.replace(" ", "_"))


def _items(select: exp.Select, case: Case) -> list[Scalar]:
    """The select items; a star as its columns, where they are few."""
    resolved = case.attempt.resolved
    if not any(isinstance(item, exp.Star) for item in select.expressions) or resolved is None:
        return list(select.expressions)
    names = [output.name for output in resolved.query.outputs]
    return [exp.column(name) for name in names] if len(names) <= MOST_FIELDS else []


def _field_in(node: Scalar, select: exp.Select, case: Case) -> Field | None:
    """The field of a bare column, in the reader's tree or as one of its SELECT."""
    if not isinstance(node, exp.Column):
        return None
    return field_of(node, case.around.catalogue, within=select)


def _can_average(node: Scalar, select: exp.Select, case: Case) -> bool:
    """A measure, or arithmetic with one."""
    if isinstance(node, exp.Star) or any(isinstance(part, exp.Star) for part in node.walk()):
        return False
    fields = [_field_in(column, select, case) for column in node.find_all(exp.Column)]
    kinds = {field.kind for field in fields if field is not None}
    return bool(kinds) and kinds == {FieldClass.MEASURE}


def _second_step(case: Case, select: exp.Select, table: Table) -> Iterator[Fix | None]:
    """A summary of each person: its means over people, by the codes it has."""
    catalogue = case.around.catalogue
    draft = case.reading.draft()
    step = draft.tree.copy()
    for clause in _ORDERED[:3]:
        step.set(clause, None)
    with_ = step.args.get("with_")
    step.set("with_", None)
    codes, means = [], []
    for item in select.expressions:
        inner = item.this if isinstance(item, exp.Alias) else item
        field = field_of(inner, catalogue) if isinstance(inner, exp.Column) else None
        if field is not None and field.kind is FieldClass.DIMENSION:
            codes.append(exp.column(item.alias_or_name))
        elif field is None and item.alias:
            means.append(exp.alias_(exp.Avg(this=exp.column(item.alias)), item.alias))
    words = catalogue.units[table.unit or ""]
    count = exp.alias_(exp.Count(this=exp.Star()), words.many.replace(" ", "_"))
    made = exp.select(*codes, count, *means).from_(step.subquery(f"each_{words.one.replace(' ', '_')}"))
    if codes:
        made.set("group", exp.Group(expressions=[code.copy() for code in codes]))
    made.set("with_", with_)
    draft.replace(draft.tree, made)
    yield draft.fix("Keep this as a step for each person, and aggregate over people")


def without_key(case: Case) -> Iterator[Fix | None]:
    """The key in a group, or inside a function: without it."""
    for node in case.nodes:
        select = select_of(node)
        if select is None:
            continue
        draft = case.reading.draft()
        twin = draft.twin(select)
        assert isinstance(twin, exp.Select), "a copy is of the same class"
        if _dropped(twin, draft.twin(node)):
            yield draft.fix("Leave it out")


def _dropped(select: exp.Select, node: Scalar) -> bool:
    """Take the select item in which a node stands out of the SELECT, with its place in GROUP BY."""
    item: Scalar = node
    while item.parent is not None and item.parent is not select:
        item = item.parent
    if item not in select.expressions or len(select.expressions) == 1:
        return False
    place = select.expressions.index(item)
    inner = item.this if isinstance(item, exp.Alias) else item
    group = select.args.get("group")
    select.set("expressions", [one for one in select.expressions if one is not item])
    if group is None:
        return True
    drop_group(select, inner)
    group = select.args.get("group")
    kept = []
    for part in group.expressions if group is not None else ():
        position = int(part.name) - 1 if isinstance(part, exp.Literal) and part.name.isdigit() else None
        if position == place or (isinstance(item, exp.Alias) and part == exp.column(item.alias)):
            continue
        later = position is not None and position > place
        kept.append(exp.Literal.number(position) if later else part)
    select.set("group", exp.Group(expressions=kept) if kept else None)
    return True


def people_counted(case: Case) -> Iterator[Fix | None]:
    """`count(DISTINCT x)` where x is no key, as a count of people."""
    for node in case.nodes:
        select = select_of(node)
        people = people_of(select, case.around.catalogue) if select is not None else None
        if select is not None and people is not None and isinstance(node, exp.Count):
            draft = case.reading.draft()
            key = column_of(people[0], people[1].key or "", select)
            draft.replace(draft.twin(node), exp.Count(this=exp.Distinct(expressions=[key])))
            yield draft.fix("Count people")
