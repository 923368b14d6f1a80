"""Proposals for conditions, groups and limits in the wrong place."""

from collections.abc import Iterator

from sqlglot import exp

from enclave.problems import listed
from enclave.query.fixes.case import Case
from enclave.query.fixes.trees import (
    also,
    has_aggregate,
    has_window,
    parts_of,
    select_of,
    sources,
    without,
)
from enclave.query.relations import Scalar
from enclave.terms import Fix


def misplaced_condition(case: Case) -> Iterator[Fix | None]:
    """An aggregate in WHERE belongs in HAVING, a window in QUALIFY, and HAVING without groups in WHERE."""
    for select in case.reading.tree.find_all(exp.Select):
        where = select.args.get("where")
        draft = case.reading.draft()
        twin = draft.twin(select)
        assert isinstance(twin, exp.Select), "a copy is of the same class"
        if where is not None and _move_up(twin):
            yield draft.fix("Move the condition on groups to HAVING, one on a window to QUALIFY")
        having = select.args.get("having")
        if having is not None and select.args.get("group") is None and not has_aggregate(having):
            draft = case.reading.draft()
            twin = draft.twin(select)
            assert isinstance(twin, exp.Select), "a copy is of the same class"
            also(twin, "where", twin.args["having"].this)
            twin.set("having", None)
            yield draft.fix("Write the condition in WHERE")


def _move_up(select: exp.Select) -> bool:
    """Move what looks at groups or windows out of WHERE; aliases of such outputs are put in."""
    named = {item.alias.lower(): item.this for item in select.expressions if isinstance(item, exp.Alias)}
    moved = False
    for part in parts_of(select.args["where"].this):
        columns = [column for column in part.find_all(exp.Column) if not column.table]
        meant = [named[column.name.lower()] for column in columns if column.name.lower() in named]
        windows = has_window(part) or any(has_window(one) for one in meant)
        if windows or has_aggregate(part) or any(has_aggregate(one) for one in meant):
            without(select, "where", part)
            also(select, "qualify" if windows else "having", part)
            moved = True
    return moved


def missing_group(case: Case) -> Iterator[Fix | None]:
    """A selected field that is neither grouped nor aggregated, or a position that is not there."""
    for node in case.nodes:
        select = select_of(node)
        if select is None:
            continue
        group = select.args.get("group")
        if group is None:
            yield _grouped(case, select)
        elif node.find_ancestor(exp.Group) is None:
            draft = case.reading.draft()
            twin = draft.twin(group)
            twin.set("expressions", [*twin.expressions, draft.twin(node).copy()])
            yield draft.fix(f"Group by {case.reading.words(node)} too")
        draft = case.reading.draft()
        draft.twin(select).set("group", exp.Group(all=True))
        yield draft.fix("Group by every column that is not aggregated")


def _grouped(case: Case, select: exp.Select) -> Fix | None:
    """The SELECT with a GROUP BY of all that is selected beside aggregates."""
    items = (item.this if isinstance(item, exp.Alias) else item for item in select.expressions)
    plain = [item for item in items if item.find(exp.Column) and not has_aggregate(item)]
    if (
        not plain
        or any(has_window(item) for item in plain)
        or not any(map(has_aggregate, select.expressions))
    ):
        return None
    draft = case.reading.draft()
    draft.twin(select).set("group", exp.Group(expressions=[draft.twin(item).copy() for item in plain]))
    return draft.fix(f"Group by {listed([case.reading.words(item) for item in plain])}")


def nested_aggregate(case: Case) -> Iterator[Fix | None]:
    """`avg(count(*))` is two steps: the inner one by group, the outer one over the groups."""
    for node in case.nodes:
        select = select_of(node)
        if select is None or select.args.get("group") is None or not isinstance(node.parent, exp.Expr):
            continue
        inner = next((part for part in node.walk() if part is not node and has_aggregate(part)), None)
        if inner is None or len(select.expressions) != 1:
            continue
        draft = case.reading.draft()
        step = draft.twin(select).copy()
        assert isinstance(step, exp.Select), "a copy is of the same class"
        step.set("expressions", [exp.alias_(draft.twin(inner).copy(), "n")])
        outer = draft.twin(node).copy()
        draft_inner = next(part for part in outer.walk() if part == inner)
        draft_inner.replace(exp.column("n"))
        item = node.parent
        made = exp.alias_(outer, item.alias) if isinstance(item, exp.Alias) else outer
        draft.replace(draft.twin(select), exp.select(made).from_(step.subquery("each_group")))
        yield draft.fix("Aggregate in two steps")


def without_limit(case: Case) -> Iterator[Fix | None]:
    """LIMIT on people's rows: on the groups instead, where there are groups; else everybody."""
    for node in case.nodes:
        select = node.find_ancestor(exp.Select) if isinstance(node, exp.Limit | exp.Offset) else None
        if not isinstance(select, exp.Select):
            continue
        outer = case.reading.tree
        grouped = isinstance(outer, exp.Select) and outer.args.get("group") is not None
        if grouped and outer is not select and isinstance(node, exp.Limit):
            draft = case.reading.draft()
            top = draft.tree
            if top.args.get("limit") is None:
                top.set("limit", draft.twin(node).copy())
                if top.args.get("order") is None:
                    last = exp.Literal.number(len(outer.expressions))
                    top.set("order", exp.Order(expressions=[exp.Ordered(this=last, desc=True)]))
            _unlimited(draft.twin(select))
            yield draft.fix("Take all people, and limit the groups")
        draft = case.reading.draft()
        _unlimited(draft.twin(select))
        yield draft.fix("Take all people")


def _unlimited(select: Scalar) -> None:
    for clause in ("limit", "offset", "order"):
        select.set(clause, None)


def written_out_cube(case: Case) -> Iterator[Fix | None]:
    """Too many grouping sets: the finest alone."""
    for group in case.reading.tree.find_all(exp.Group):
        draft = case.reading.draft()
        twin = draft.twin(group)
        for part in list(twin.find_all(exp.Cube, exp.Rollup)):
            place = twin.expressions.index(part) if part in twin.expressions else None
            if place is not None:
                items = [*twin.expressions[:place], *part.expressions, *twin.expressions[place + 1 :]]
                twin.set("expressions", items)
        yield draft.fix("Group by all of them, without totals")


def list_of_values(case: Case) -> Iterator[Fix | None]:
    """A long chain of `x = 1 OR x = 2 …` is a list."""
    for chain in case.reading.tree.find_all(exp.Or):
        if isinstance(chain.parent, exp.Or):
            continue
        parts = list(_disjuncts(chain))
        if len(parts) < 3 or not all(isinstance(part, exp.EQ) for part in parts):
            continue
        if any(part.this != parts[0].this or not isinstance(part.expression, exp.Literal) for part in parts):
            continue
        draft = case.reading.draft()
        values = [part.expression.copy() for part in parts]
        draft.replace(draft.twin(chain), exp.In(this=parts[0].this.copy(), expressions=values))
        yield draft.fix("Write the values as a list")


def _disjuncts(node: Scalar) -> Iterator[Scalar]:
    """The parts of a chain of ORs, without recursion: its depth is what the reader chose."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, exp.Or):
            waiting += [part.expression, part.this]
        elif isinstance(part, exp.Paren):
            waiting.append(part.this)
        else:
            yield part


def one_of_both(case: Case) -> Iterator[Fix | None]:
    """A name that several tables have: the one of each, in order."""
    for node in case.nodes[:1]:
        select = select_of(node)
        owners = list(sources(select)) if select is not None else []
        for name, _ in owners if len(owners) > 1 else ():
            draft = case.reading.draft()
            for span in case.problem.spans:
                for one in case.reading.at(span):
                    if isinstance(one, exp.Column) and not one.table:
                        draft.twin(one).set("table", exp.to_identifier(name))
            yield draft.fix(f"Take the one of {name}")
