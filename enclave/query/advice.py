"""What a reader may want to change in a query that can run as it is. From the query and the catalogue alone."""

from collections.abc import Iterator
from decimal import Decimal

from sqlglot import exp

from enclave.catalogue.model import Grain, RowCondition, Table
from enclave.disclosure.asked import Statistic
from enclave.query.fixes.reading import Reading, written
from enclave.query.fixes.trees import field_of
from enclave.query.leaves import Leaf
from enclave.query.people_rows import Kept, Linked, Rows_, Stacked, Summary, Windowed
from enclave.query.protected import Protected
from enclave.query.relations import Scalar, Scan


def advice(protected: Protected) -> tuple[str, ...]:
    """Filters that would give one row per unit, where a leaf counts rows of which a unit may have several.

    Rows per unit are judged like a value of each unit, so that such counts are hidden more often. The nearest cut
    point, where a measure is compared off those that the catalogue declares. And the codes of a field, where it is
    compared with a text that is none of them, so that nobody is found.
    """
    found: dict[str, None] = {}
    for step in protected.steps:
        if isinstance(step, Leaf) and not step.proven and _counts_rows(step):
            for scan in _scans(step.people.relation):
                found.update(dict.fromkeys(_of_table(scan.table)))
    return (*found, *_off_cuts(protected), *_no_codes(protected))


def _off_cuts(protected: Protected) -> Iterator[str]:
    """What goes to checkers for a number in the text, and the same at the nearest cut point, which does not."""
    parsed = protected.authorised.resolved.parsed
    reading = Reading(parsed.text, parsed.tree, parsed.places)
    for span in dict.fromkeys(protected.off_cuts):
        words = f"{span.text} is off the cut points, so that the answer goes to checkers"
        better = next(
            (made for node in reading.at(span) if (made := _on_cut(node, protected)) is not None), None
        )
        yield f"{words}; {better} is not." if better is not None else f"{words}."


def _no_codes(protected: Protected) -> Iterator[str]:
    """Texts that are compared with a field of codes and are no code of it."""
    resolved = protected.authorised.resolved
    said: dict[str, None] = {}
    for node in resolved.parsed.tree.find_all(exp.EQ, exp.NEQ, exp.In):
        column = node.this
        field = field_of(column, resolved.catalogue) if isinstance(column, exp.Column) else None
        codes = resolved.catalogue.code_sets.get(field.code_set or "") if field is not None else None
        if field is None or codes is None:
            continue
        others = node.expressions if isinstance(node, exp.In) else [node.expression]
        for text in others:
            if isinstance(text, exp.Literal) and text.is_string and text.name not in codes.values:
                said[f"{field.name} has no code '{text.name}'{_has_codes(codes.values)}."] = None
    yield from said


MOST_CODES_SAID = 12


def _has_codes(values: tuple[str, ...]) -> str:
    """The codes themselves, where they are few."""
    if not 1 < len(values) <= MOST_CODES_SAID:
        return ""
    return f"; its codes are {', '.join(values[:-1])} and {values[-1]}"


def _on_cut(node: Scalar, protected: Protected) -> str | None:
    """A comparison of a bare measure, each of its numbers moved to the nearest cut point."""
    column = node.this
    if not isinstance(node, _COMPARISONS) or not isinstance(column, exp.Column):
        return None
    field = field_of(column, protected.authorised.resolved.catalogue)
    if field is None or not field.cuts:
        return None
    made = node.copy()
    for literal in list(made.find_all(exp.Literal)):
        if not literal.is_string:
            near = min(field.cuts, key=lambda cut: (abs(cut - Decimal(literal.name)), cut))
            literal.replace(exp.Literal.number(str(near)))
    return written(made, pretty=False)


_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In)


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
