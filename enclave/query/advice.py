"""What a reader may want to change in a query that can run as it is. From the query and the catalogue alone."""

from collections.abc import Iterator

from enclave.catalogue.model import Grain, RowCondition, Table
from enclave.disclosure.asked import Statistic
from enclave.query.leaves import Leaf
from enclave.query.people_rows import Kept, Linked, Rows_, Stacked, Summary, Windowed
from enclave.query.protected import Protected
from enclave.query.relations import Scan


def advice(protected: Protected) -> tuple[str, ...]:
    """Filters that would give one row per unit, where a leaf counts rows of which a unit may have several.

    Rows per unit are judged like a value of each unit, so that such counts are hidden more often.
    """
    found: dict[str, None] = {}
    for step in protected.steps:
        if isinstance(step, Leaf) and not step.proven and _counts_rows(step):
            for scan in _scans(step.people.relation):
                found.update(dict.fromkeys(_of_table(scan.table)))
    return tuple(found)


def _counts_rows(leaf: Leaf) -> bool:
    return any(number.statistic in (Statistic.ROWS, Statistic.VALUES) for number in leaf.numbers)


def _scans(rows: Rows_) -> Iterator[Scan]:
    match rows:
        case Scan() if rows.table.unit is not None:
            yield rows
        case Linked() | Stacked():
            yield from _scans(rows.left)
            yield from _scans(rows.right)
        case Kept() | Summary() | Windowed():
            yield from _scans(rows.source)
        case _:
            return


def _of_table(table: Table) -> Iterator[str]:
    for grain in table.grain:
        if grain.where is not None:
            yield (
                f"{table.name} can have several rows of one {table.unit} for the same {_rest(grain, table)}; counts "
                f"of rows are then hidden more often. For one row each, add: {_words(grain.where)}"
            )


def _rest(grain: Grain, table: Table) -> str:
    return " and ".join(name for name in grain.columns if name != table.key)


def _words(where: RowCondition) -> str:
    if where.below is not None:
        text = f"{where.field} < {where.below}"
    elif isinstance(where.equals, bool):
        text = where.field if where.equals else f"NOT {where.field}"
    else:
        text = f"{where.field} = {where.equals!r}"
    return f"({text} OR {where.field} IS NULL)" if where.or_null else text
