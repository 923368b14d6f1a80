"""A fix that takes select items out of a query, and the positions in GROUP BY and ORDER BY with them."""

from collections.abc import Iterator

from sqlglot import exp

from enclave.query.parse import Parsed
from enclave.terms import Edit, Fix, Span


def removal(parsed: Parsed, spans: tuple[Span, ...]) -> Fix | None:
    """Take out the select items at these places; None where a place is not a whole select item of its SELECT."""
    edits: list[Edit] = []
    left = set(spans)
    for select in parsed.tree.find_all(exp.Select):
        gone = {
            place
            for place, item in enumerate(select.expressions)
            if parsed.places.span(item.this if isinstance(item, exp.Alias) else item) in left
        }
        if not gone:
            continue
        if len(gone) == len(select.expressions):
            return None
        left -= {parsed.places.span(_bare(select.expressions[place])) for place in gone}
        edits += _items(parsed, select, gone)
        edits += _positions(parsed, select, gone)
    return Fix("Take them out of the query", tuple(edits)) if edits and not left else None


def _bare(item: exp.Expr) -> exp.Expr:
    bare: exp.Expr = item.this if isinstance(item, exp.Alias) else item
    return bare


def _items(parsed: Parsed, select: exp.Select, gone: set[int]) -> Iterator[Edit]:
    spans = [parsed.places.span(item) for item in select.expressions]
    kept = [place for place in range(len(spans)) if place not in gone]
    for place in sorted(gone):
        if place > kept[0]:  # from the end of the item before
            yield Edit(spans[place - 1].end, spans[place].end, "")
        else:  # up to the start of the item after
            yield Edit(spans[place].start, spans[place + 1].start, "")


def _positions(parsed: Parsed, select: exp.Select, gone: set[int]) -> Iterator[Edit]:
    for name in ("group", "order"):
        clause = select.args.get(name)
        if clause is None:
            continue
        parts = [part.this if isinstance(part, exp.Ordered) else part for part in clause.expressions]
        yield from _renumbered(parsed, parts, gone)


def _renumbered(parsed: Parsed, parts: list[exp.Expr], gone: set[int]) -> Iterator[Edit]:
    spans = [parsed.places.span(part) for part in parts]
    dropped = {
        place for place, part in enumerate(parts) if _number(part) is not None and _number(part) in gone
    }
    for place, part in enumerate(parts):
        number = _number(part)
        if place in dropped:
            if place > 0:
                yield Edit(spans[place - 1].end, spans[place].end, "")
            elif len(parts) > 1:
                yield Edit(spans[0].start, spans[1].start, "")
        elif number is not None:
            smaller = sum(1 for one in gone if one < number)
            if smaller:
                yield Edit(spans[place].start, spans[place].end, str(number + 1 - smaller))


def _number(part: exp.Expr) -> int | None:
    """The select position that the part names, from 0."""
    if isinstance(part, exp.Literal) and not part.is_string and part.name.isdigit():
        return int(part.name) - 1
    return None
