"""Proposals for rows of people that meet other people's: aggregate one side first, or join on the person."""

from collections.abc import Iterator

from sqlglot import exp

from enclave.catalogue.model import Table
from enclave.query.fixes.case import Case
from enclave.query.fixes.trees import also, is_measure, parts_of, select_of, sources, table_of
from enclave.query.relations import Scalar
from enclave.terms import Fix

_RANKS = (exp.Rank, exp.DenseRank, exp.PercentRank, exp.RowNumber, exp.CumeDist)


def aggregated_first(case: Case) -> Iterator[Fix | None]:
    """The joined table as a table of means by what it is joined on."""
    for node in case.nodes:
        select, table = select_of(node), table_of(node, case.around.catalogue)
        join = node.parent
        if select is None or table is None or not isinstance(join, exp.Join):
            continue
        name = node.alias or node.name
        made = _means(select, join, table, name, case)
        if made is not None:
            draft = case.reading.draft()
            draft.replace(draft.twin(node), made)
            yield draft.fix(f"Aggregate {table.name} first, and join the result")


def _means(select: exp.Select, join: exp.Join, table: Table, name: str, case: Case) -> exp.Subquery | None:
    """The subquery that stands for a table of people: a row for each value of the columns it is joined on."""
    on = _joined_on(join, name, table)
    if not on:
        return None
    used = {
        column.name.lower()
        for column in select.find_all(exp.Column)
        if _is_of(column, name, table, select, case)
    }
    items: list[Scalar] = [exp.column(one) for one in on]
    for one in sorted(used - set(on)):
        column = exp.column(one, table=table.name)
        field = table.fields.get(one)
        if field is None:
            return None
        measure = field.kind.value == "measure"
        made = exp.Avg(this=exp.column(one)) if measure or field.type == "BOOLEAN" else None
        if made is None or (not measure and is_measure(column, case.around.catalogue)):
            return None
        if field.type == "BOOLEAN":
            made = exp.Avg(this=exp.Cast(this=exp.column(one), to=exp.DataType.build("INT")))
        items.append(exp.alias_(made, one))
    inner = exp.select(*items).from_(table.name)
    inner.set("group", exp.Group(expressions=[exp.column(one) for one in on]))
    return inner.subquery(name)


def _joined_on(join: exp.Join, name: str, table: Table) -> list[str]:
    """The columns of the table that the join equates with others."""
    found = [part.name.lower() for part in join.args.get("using") or ()]
    for part in parts_of(join.args["on"]) if join.args.get("on") is not None else ():
        sides = (part.this, part.expression) if isinstance(part, exp.EQ) else ()
        columns = (side for side in sides if isinstance(side, exp.Column))
        found += [column.name.lower() for column in columns if column.table.lower() == name.lower()]
    return [one for one in dict.fromkeys(found) if one in table.fields]


def _is_of(column: exp.Column, name: str, table: Table, select: exp.Select, case: Case) -> bool:
    """Whether a column is of the joined table: by its name, or because no other table has it."""
    if column.table:
        return column.table.lower() == name.lower()
    others = (table_of(source, case.around.catalogue) for other, source in sources(select) if other != name)
    return column.name.lower() in table.fields and not any(
        other is not None and column.name.lower() in other.fields for other in others
    )


def on_the_person(case: Case) -> Iterator[Fix | None]:
    """The same join on the person too."""
    for node in case.nodes:
        select, table = select_of(node), table_of(node, case.around.catalogue)
        join = node.parent
        if select is None or table is None or table.key is None or not isinstance(join, exp.Join):
            continue
        other = _other_people(select, node, table, case)
        if other is None:
            continue
        draft = case.reading.draft()
        _add_key(draft.twin(join), table.key, other, node.alias or node.name)
        yield draft.fix(f"Join on {table.key} too, so that each row is of one person")


def _other_people(select: exp.Select, node: Scalar, table: Table, case: Case) -> str | None:
    """An earlier table of the same people."""
    for name, source in sources(select):
        if source is node:
            return None
        found = table_of(source, case.around.catalogue)
        if found is not None and found.unit == table.unit and found.key == table.key:
            return name
    return None


def _add_key(join: Scalar, key: str, one: str, other: str) -> None:
    using, on = join.args.get("using"), join.args.get("on")
    if using:
        join.set("using", [exp.to_identifier(key), *using])
    elif on is not None:
        equal = exp.EQ(this=exp.column(key, table=one), expression=exp.column(key, table=other))
        join.set("on", exp.And(this=equal, expression=on))
    else:
        join.set("using", [exp.to_identifier(key)])
        join.set("kind", None)


def in_their_place(case: Case) -> Iterator[Fix | None]:
    """EXISTS by another field than the key: IN the list of its values, or of the same person."""
    for node in case.nodes:
        inner = node.this if isinstance(node, exp.Exists) else None
        where = inner.args.get("where") if isinstance(inner, exp.Select) else None
        if not isinstance(inner, exp.Select) or where is None:
            continue
        inside = {name.lower() for name, _ in sources(inner)}
        for part in parts_of(where.this):
            pair = _across(part, inside)
            if pair is None:
                continue
            draft = case.reading.draft()
            step = inner.copy()
            twin = next(one for one in parts_of(step.args["where"].this) if one == part)
            left = [one for one in parts_of(step.args["where"].this) if one is not twin]
            step.set("where", exp.Where(this=exp.and_(*left, copy=False)) if left else None)
            step.set("expressions", [pair[0].copy()])
            made = exp.In(this=pair[1].copy(), query=step.subquery())
            draft.replace(draft.twin(node), made)
            yield draft.fix("Look for the value in their protected list")
        yield _same_person(case, node, inner)


def _across(part: Scalar, inside: set[str]) -> tuple[exp.Column, exp.Column] | None:
    """The inner and the outer column that a condition of a subquery equates."""
    if not isinstance(part, exp.EQ):
        return None
    for one, other in ((part.this, part.expression), (part.expression, part.this)):
        if not isinstance(one, exp.Column) or not isinstance(other, exp.Column):
            continue
        if one.table.lower() in inside and other.table and other.table.lower() not in inside:
            return one, other
    return None


def _same_person(case: Case, node: Scalar, inner: exp.Select) -> Fix | None:
    outer = select_of(node.parent) if node.parent is not None else None
    for name, source in sources(inner):
        table = table_of(source, case.around.catalogue)
        if table is None or table.key is None or outer is None:
            continue
        for other, around in sources(outer):
            theirs = table_of(around, case.around.catalogue)
            if theirs is not None and theirs.key == table.key:
                draft = case.reading.draft()
                twin = draft.twin(inner)
                assert isinstance(twin, exp.Select), "a copy is of the same class"
                mine, yours = exp.column(table.key, table=name), exp.column(table.key, table=other)
                also(twin, "where", exp.EQ(this=mine, expression=yours))
                return draft.fix(f"Link it to the same person by {table.key}")
    return None


def within_the_person(case: Case) -> Iterator[Fix | None]:
    """A window over people: cut points that are shown, a mean of the group, or a person's own rows."""
    for node in case.nodes:
        window = node if isinstance(node, exp.Window) else next(node.find_all(exp.Window), None)
        select = select_of(window) if window is not None else None
        if window is None or select is None:
            continue
        if window.args.get("order") is not None and isinstance(window.this, _RANKS):
            draft = case.reading.draft()
            draft.twin(window).set("this", exp.Ntile(this=exp.Literal.number(10)))
            yield draft.fix("Use tenths, ntile(10), which are cut at protected quantiles")
        for name, source in sources(select):
            table = table_of(source, case.around.catalogue)
            if table is not None and table.key is not None:
                draft = case.reading.draft()
                key = exp.column(table.key, table=name if len(list(sources(select))) > 1 else None)
                draft.twin(window).set("partition_by", [key])
                yield draft.fix("Look at each person's own rows")
                break
