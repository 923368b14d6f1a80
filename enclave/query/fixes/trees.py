"""What the names in a tree most likely stand for. Guesses: the planner has the last word on what is made of them."""

from collections.abc import Iterator

from sqlglot import exp

from enclave.catalogue.model import Catalogue, Field, FieldClass, Table
from enclave.query.aggregates import is_aggregate
from enclave.query.relations import Scalar, conjuncts

Source = tuple[str, Scalar]
MOST_DEEP = 20


def select_of(node: Scalar) -> exp.Select | None:
    """The SELECT in which the node stands."""
    found = node if isinstance(node, exp.Select) else node.find_ancestor(exp.Select)
    return found if isinstance(found, exp.Select) else None


def sources(select: exp.Select) -> Iterator[Source]:
    """Each item of FROM with the name by which its columns go."""
    first = select.args.get("from_")
    if first is None:
        return
    yield _named(first.this)
    for join in (*(first.this.args.get("joins") or ()), *(select.args.get("joins") or ())):
        yield _named(join.this)


def _named(node: Scalar) -> Source:
    return (node.alias or (node.name if isinstance(node, exp.Table) else "")), node


def query_of(source: Scalar) -> exp.Query | None:
    """The query that an item of FROM stands for: a subquery, or a WITH above it."""
    if isinstance(source, exp.Subquery):
        return source.this if isinstance(source.this, exp.Query) else None
    if not isinstance(source, exp.Table):
        return None
    around: Scalar | None = source.parent
    while around is not None:
        clause = around.args.get("with_")
        for item in clause.expressions if clause is not None else ():
            if item.alias.lower() == source.name.lower() and source.find_ancestor(exp.CTE) is not item:
                return item.this if isinstance(item.this, exp.Query) else None
        around = around.parent
    return None


def table_of(source: Scalar, catalogue: Catalogue) -> Table | None:
    """The table of the catalogue that an item of FROM names."""
    if isinstance(source, exp.Table) and query_of(source) is None:
        return catalogue.tables.get(source.name.lower())
    return None


def field_of(
    column: exp.Column, catalogue: Catalogue, depth: int = 0, *, within: exp.Select | None = None
) -> Field | None:
    """The field that a column comes to, through aliases and subqueries. `within`: where a new one is to stand."""
    select = select_of(column) if column.parent is not None or within is None else within
    while select is not None and depth < MOST_DEEP:
        for name, source in sources(select):
            if column.table and column.table.lower() != name.lower():
                continue
            found = _in_source(column.name, source, catalogue, depth)
            if found is not None:
                return found
        select = select_of(select.parent) if select.parent is not None else None
        depth += 1
    return None


def _in_source(name: str, source: Scalar, catalogue: Catalogue, depth: int) -> Field | None:
    table = table_of(source, catalogue)
    if table is not None:
        return table.fields.get(name.lower())
    query = query_of(source)
    if not isinstance(query, exp.Select):
        return None
    for item in query.expressions:
        inner = item.this if isinstance(item, exp.Alias) else item
        if isinstance(inner, exp.Star):
            parts = (_in_source(name, one, catalogue, depth + 1) for _, one in sources(query))
            found = next((part for part in parts if part is not None), None)
            if found is not None:
                return found
        elif item.alias_or_name.lower() == name.lower() and isinstance(inner, exp.Column):
            return field_of(inner, catalogue, depth + 1)
    return None


def people_of(select: exp.Select, catalogue: Catalogue) -> tuple[str, Table] | None:
    """The first table of people in FROM that shows its key, with the name by which its columns go."""
    for name, source in sources(select):
        table = table_of(source, catalogue)
        if table is not None and table.key is not None and table.unit is not None:
            return name, table
        query = query_of(source)
        inner = people_of(query, catalogue) if isinstance(query, exp.Select) else None
        if inner is not None and isinstance(query, exp.Select) and _shows(query, inner[1].key or ""):
            return name, inner[1]
    return None


def _shows(query: exp.Select, name: str) -> bool:
    return any(isinstance(item, exp.Star) or item.alias_or_name.lower() == name for item in query.expressions)


def column_of(name: str, field: str, select: exp.Select) -> exp.Column:
    """A column, with the name of its table where there are several."""
    several = len(list(sources(select))) > 1
    return exp.column(field, table=name if several and name else None)


def is_measure(node: Scalar, catalogue: Catalogue) -> bool:
    """Whether a fine measure enters the scalar."""
    fields = (field_of(part, catalogue) for part in node.find_all(exp.Column))
    return any(field is not None and field.kind is FieldClass.MEASURE for field in fields)


def has_aggregate(node: Scalar) -> bool:
    """Whether an aggregate of this query stands in the scalar; those of windows and subqueries are not its own."""
    for part in node.walk(prune=lambda part: isinstance(part, exp.Subquery | exp.Window)):
        if not isinstance(part, exp.Subquery | exp.Window) and is_aggregate(part):
            return True
    return False


def has_window(node: Scalar) -> bool:
    return next(node.find_all(exp.Window), None) is not None


def parts_of(condition: Scalar) -> list[Scalar]:
    """The conditions that all must hold."""
    return list(conjuncts(condition))


def all_true(parts: list[Scalar]) -> Scalar | None:
    """One condition of several, copied."""
    return exp.and_(*(part.copy() for part in parts), copy=False) if parts else None


def without(select: exp.Select, clause: str, part: Scalar) -> None:
    """Take one condition out of WHERE, HAVING or QUALIFY."""
    left = all_true([one for one in parts_of(select.args[clause].this) if one is not part])
    select.set(clause, type(select.args[clause])(this=left) if left is not None else None)


def also(select: exp.Select, clause: str, part: Scalar) -> None:
    """Add a condition to WHERE, HAVING or QUALIFY."""
    kind = {"where": exp.Where, "having": exp.Having, "qualify": exp.Qualify}[clause]
    there = select.args.get(clause)
    parts = [*(parts_of(there.this) if there is not None else []), part]
    select.set(clause, kind(this=all_true(parts)))


def drop_group(select: exp.Select, node: Scalar) -> None:
    """Take one expression out of GROUP BY."""
    group = select.args.get("group")
    if group is None:
        return
    left = [part for part in group.expressions if part is not node and part != node]
    select.set("group", exp.Group(expressions=left) if left else None)


def number(node: Scalar) -> int | None:
    """The select position, from 0, that a plain number in GROUP BY or ORDER BY names."""
    if isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit():
        return int(node.name) - 1
    return None
