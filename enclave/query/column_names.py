"""What the columns of people's rows are called for the ledger: equal columns of different queries have equal names.

Whatever has the same name is taken to be the same, and what is the same number is not judged again. So no two columns
of one query may ever share a name: not those of a table that is joined with itself, nor those of two summaries.

Limit: a person's own summary that something else in the question needs (a correlated subquery beside a number) is
joined to the rows, and so is part of what they are called, though it makes none more or less: alone, the number is
another one. What was shown beside it can be hidden alone afterwards.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import sqlglot
from sqlglot import exp

from enclave.query.dialect import DUCKDB
from enclave.query.open_rows import provided
from enclave.query.people_rendering import PeopleRenderer
from enclave.query.people_rows import Kept, Linked, Rows_, Stacked, Summary, Windowed
from enclave.query.relations import Scan
from enclave.query.rendering import named

_IDS = re.compile(r"""'(?:[^']|'')*'|(?<!\.)"[cq]\d+\"""")


def column_names(rows: Rows_, renderer: PeopleRenderer) -> dict[str, str]:
    """By column id: `table.field` for a column of a table, and what it is made of for any other that is used.

    From the second time on that a table is joined, its columns say so.
    """
    made: dict[str, str] = {}
    times: Counter[str] = Counter()
    for place, piece in enumerate(_pieces(rows)):
        if isinstance(piece, Scan):
            times[piece.table.name] += 1
            again = "" if times[piece.table.name] == 1 else f" #{times[piece.table.name]}"
            made |= {id: f"{piece.table.name}.{name}{again}" for name, id in piece.columns.items()}
            continue
        for id in sorted(_provided(piece)):
            if id in renderer.used:
                made[id] = (
                    f"{place} of {digest([numbered(renderer.source(piece).select([named(id)]), renderer.safe)])}"
                )
    return made


def numbered(made: exp.Expr, safe: Mapping[str, str]) -> str:
    """The text with column ids by the order in which they come, so that the same asked twice is the same.

    Columns that are read for another part of the question are left out: with them a number would be another one as soon
    as something else is asked beside it. A safe table is what it is made of (`safe`): by its place in the question
    a count of those above one mean would be the count of those above another mean, and not be judged.

    What is written in a string is no id. Every name is in quotes, so that no id is overlooked.
    """
    seen: dict[str, str] = {}

    def called(found: re.Match[str]) -> str:
        id = found.group(0)
        return id if id.startswith("'") else seen.setdefault(id, f'"k{len(seen)}"')

    full = _in_full(made, safe)
    _without_unasked(full)
    return _IDS.sub(called, full.sql(DUCKDB, copy=False, identify=True))


def _in_full(made: exp.Expr, safe: Mapping[str, str]) -> exp.Expr:
    """A copy with what each safe table is made of in its place."""
    copy = made.copy()
    while found := next((one for one in copy.find_all(exp.Table) if one.name in safe), None):
        inside = exp.Subquery(this=sqlglot.parse_one(safe[found.name], read=DUCKDB))
        inside.set("alias", exp.TableAlias(this=exp.to_identifier("q0", quoted=True)))
        found.replace(inside)
    return copy


def _without_unasked(made: exp.Expr) -> None:
    """Take out the columns of inner rows that nothing asks for. The rows are the same."""
    before = -1
    selects = [select for select in made.find_all(exp.Select) if _may_lose_columns(select)]
    while sum(len(select.expressions) for select in selects) != before:
        before = sum(len(select.expressions) for select in selects)
        named_ = Counter(identifier.name for identifier in made.find_all(exp.Identifier))
        for select in selects:
            kept = [one for one in select.expressions if named_[one.alias_or_name] > 1]
            select.set("expressions", kept or [exp.Literal.number(1)])


def _may_lose_columns(select: exp.Select) -> bool:
    """Whether a column of the select more or less makes no row more or less: it reads a table, or has a GROUP BY."""
    if not isinstance(select.parent, exp.Subquery) or select.args.get("distinct") is not None:
        return False
    if not isinstance(select.parent.parent, exp.From | exp.Join):
        return False
    if not all(isinstance(one, exp.Alias) for one in select.expressions):
        return False
    source = select.args.get("from_")
    reads_a_table = source is not None and isinstance(source.this, exp.Table) and not select.args.get("joins")
    bare = all(isinstance(one.this, exp.Column) for one in select.expressions)
    return (reads_a_table and bare) or select.args.get("group") is not None


def digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _pieces(rows: Rows_) -> Iterator[Rows_]:
    """What the rows are joined of, in order."""
    match rows:
        case Linked():
            yield from _pieces(rows.left)
            yield from _pieces(rows.right)
        case Kept():
            yield from _pieces(rows.source)
        case Windowed():
            yield from _pieces(rows.source)
            yield rows
        case _:
            yield rows


def _provided(piece: Rows_) -> Iterator[str]:
    """The columns of a summary, those that windows add, or of rows that are nobody's."""
    match piece:
        case Summary():
            yield from (id for id, _ in (*piece.keys, *piece.aggregates))
        case Windowed():
            yield from (id for id, _ in piece.columns)
        case Stacked():
            yield from (id for id, _, _ in piece.columns)
        case Linked() | Kept():
            raise AssertionError("these are taken apart")
        case _:
            yield from provided(piece)
