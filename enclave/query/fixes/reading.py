"""A text as a tree to make proposals from, and a changed tree as edits of the reader's own text.

The tree has not passed the gate, so nothing may be planned from it: a proposal goes back to text, and that is read as
any question is. What did not change keeps its words, line breaks and comments.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.errors import ErrorLevel

from enclave.problems import Refusals
from enclave.query.dialect import DUCKDB
from enclave.query.parse import ungated
from enclave.query.places import Places
from enclave.query.relations import Scalar
from enclave.terms import Edit, Fix, Span

_CLAUSES = (
    "expressions",
    "from_",
    "joins",
    "where",
    "group",
    "having",
    "qualify",
    "order",
    "limit",
    "offset",
)
_CLAUSE_CLASSES = (exp.Where, exp.Group, exp.Having, exp.Qualify, exp.Order, exp.Limit, exp.Offset)
_UNPLACED = (exp.Distinct, exp.Join, exp.Tuple)
_ONE_LINE = 110
_THEN = re.compile(r"\s*\n\s*THEN ")


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One text as the parser reads it, allowed or not."""

    text: str
    tree: exp.Query
    places: Places

    def at(self, span: Span) -> tuple[Scalar, ...]:
        """The nodes that stand exactly at a place, the outermost first."""
        return tuple(node for node in self.tree.walk(bfs=True) if self._stands_at(node, span))

    def _stands_at(self, node: Scalar, span: Span) -> bool:
        found = self.places.span(node)
        return (found.start, found.end) == (span.start, span.end)

    def words(self, node: Scalar) -> str:
        return self.places.span(node).text

    def draft(self) -> "Draft":
        return Draft(self, self.tree.copy())


def reading_of(text: str) -> Reading | None:
    """The text as a tree; None where it has none."""
    try:
        found = ungated(text)
    except Refusals:
        return None
    return Reading(found.text, found.tree, found.places)


@dataclass(slots=True, eq=False)
class Draft:
    """A copy of the tree, to be changed."""

    reading: Reading
    tree: exp.Query
    _anew: list[Scalar] = field(default_factory=list)

    def twin(self, node: Scalar) -> Scalar:
        """The copy of a node of the reading."""
        steps: list[tuple[str, int | None]] = []
        while node.parent is not None and node is not self.reading.tree:
            assert node.arg_key is not None, "a part has a place in what is around it"
            steps.append((node.arg_key, node.index))
            node = node.parent
        found: Scalar = self.tree
        for key, index in reversed(steps):
            value = found.args[key]
            found = value if index is None else value[index]
        return found

    def replace(self, old: Scalar, new: Scalar) -> None:
        """Put a new node in the place of one of the copy's."""
        if old is self.tree:
            assert isinstance(new, exp.Query), "a query stays a query"
            self.tree = new
        else:
            old.replace(new)

    def write_anew(self, node: Scalar) -> None:
        """Write a node of the reading in other words, even if its tree stays the same."""
        self._anew.append(node)

    def fix(self, title: str) -> Fix | None:
        """The change as edits of the text; None where there is none."""
        edits = _edits(self.reading, self.tree) or _rewritten(self.reading, self._anew)
        return Fix(title, edits) if edits else None


def rendered(node: Scalar) -> str:
    """A node as text, functions in small letters as people write them; on one line where that is not too long."""
    line = written(node, pretty=False)
    if len(line) <= _ONE_LINE:
        return line
    text = written(node, pretty=True)
    if any("\n" in literal.name for literal in node.find_all(exp.Literal)):
        return text
    return _THEN.sub(" THEN ", text)  # a line for each branch of a CASE, not two


def written(node: Scalar, *, pretty: bool) -> str:
    ignored = ErrorLevel.IGNORE  # what cannot be written for DuckDB is found when it is read back
    text = node.sql(DUCKDB, normalize_functions="lower", pretty=pretty, unsupported_level=ignored)
    return text.strip().replace(" FILTER(WHERE", " FILTER (WHERE")


def _rewritten(reading: Reading, nodes: list[Scalar]) -> tuple[Edit, ...]:
    spans = [(reading.places.span(node), rendered(node)) for node in nodes]
    return tuple(Edit(span.start, span.end, words) for span, words in spans if words != span.text)


def _edits(reading: Reading, tree: exp.Query) -> tuple[Edit, ...]:
    """Edits after which the text reads as the tree: as small as can be, the whole text if need be."""
    found = tuple(_differences(reading, reading.tree, tree))
    if not found:
        return ()
    small = _in_order([edit for edit in found if edit is not None])
    if None not in found:
        again = reading_of(Fix("", small).apply(reading.text))
        if again is not None and written(again.tree, pretty=False) == written(tree, pretty=False):
            return small
    return (Edit(0, len(reading.text), rendered(tree)),)


def _in_order(edits: list[Edit]) -> tuple[Edit, ...]:
    """Edits by their place; those that touch are one."""
    made: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: edit.start):
        if made and edit.start <= made[-1].end:
            before = made.pop()
            made.append(Edit(before.start, max(before.end, edit.end), before.text + edit.text))
        else:
            made.append(edit)
    return tuple(made)


def _differences(reading: Reading, old: Scalar, new: Scalar) -> Iterator[Edit | None]:
    """Edits that make one node of another; None where what is around it must be written anew."""
    if old is new or old == new:
        return
    if type(old) is type(new):
        parts = list(_part_differences(reading, old, new))
        if None not in parts:
            yield from parts
            return
    if isinstance(old, _UNPLACED) or isinstance(new, _UNPLACED):
        yield None
    elif isinstance(old, _CLAUSE_CLASSES) and isinstance(old.parent, exp.Select):
        name = str(old.arg_key)
        place = _after(reading, old.parent, name)
        end = max(reading.places.span(old).end, place)
        yield Edit(place, end, _break(reading, old.parent) + rendered(new))
    else:
        span = reading.places.span(old)
        yield Edit(span.start, span.end, rendered(new))


def _part_differences(reading: Reading, old: Scalar, new: Scalar) -> Iterator[Edit | None]:
    """Edits of the parts of two nodes of one class; a None among them says that the node changed itself."""
    for name in sorted({*old.args, *new.args}, key=_place_of):
        before, after = old.args.get(name) or None, new.args.get(name) or None
        if before == after:
            continue
        there, then = before or [], after or []
        if name == "joins" and isinstance(old, exp.Select) and then[: len(there)] == there:
            place = _after(reading, old, "where")
            added = (_break(reading, old) + rendered(join) for join in then[len(there) :])
            yield Edit(place, place, "".join(added))
            continue
        if isinstance(before, exp.Expr) and isinstance(after, exp.Expr):
            yield from _differences(reading, before, after)
        elif isinstance(before, list) and isinstance(after, list):
            yield from _list_differences(reading, before, after)
        elif isinstance(old, exp.Select) and isinstance(after, _CLAUSE_CLASSES):
            place = _after(reading, old, name)
            yield Edit(place, place, _break(reading, old) + rendered(after))
        elif isinstance(old, exp.Select) and isinstance(before, _CLAUSE_CLASSES):
            yield Edit(_after(reading, old, name), reading.places.span(before).end, "")
        else:
            yield None


def _break(reading: Reading, select: Scalar) -> str:
    """What stands before a clause: a new line where the query has several."""
    return "\n" if "\n" in reading.words(select) else " "


def _place_of(name: str) -> int:
    """Clauses in the order in which they are written, whatever that of the parser."""
    return _CLAUSES.index(name) if name in _CLAUSES else -1


def _list_differences(reading: Reading, before: list[Scalar], after: list[Scalar]) -> Iterator[Edit | None]:
    """Lists of nodes: what they begin and end with alike is left alone."""
    if len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from _differences(reading, one, other)
        return
    first = _alike(before, after)
    last = _alike(before[first:][::-1], after[first:][::-1])
    gone, come = before[first : len(before) - last], after[first : len(after) - last]
    spans = [reading.places.span(node) for node in before]
    words = ", ".join(rendered(node) for node in come)
    if any(isinstance(node, exp.Join) for node in (*before, *after)):
        yield None
    elif gone and come:
        yield Edit(spans[first].start, spans[first + len(gone) - 1].end, words)
    elif come and first:
        yield Edit(spans[first - 1].end, spans[first - 1].end, f", {words}")
    elif come:
        yield Edit(spans[0].start, spans[0].start, f"{words}, ")
    elif first:
        yield Edit(spans[first - 1].end, spans[first + len(gone) - 1].end, "")
    elif last:
        yield Edit(spans[0].start, spans[len(gone)].start, "")
    else:
        yield None


def _alike(one: list[Scalar], other: list[Scalar]) -> int:
    """How many nodes the two lists begin with alike."""
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return count


def _after(reading: Reading, select: exp.Select, name: str) -> int:
    """Where the clauses before this one end."""
    end = 0
    for earlier in _CLAUSES[: _CLAUSES.index(name)]:
        value = select.args.get(earlier)
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, exp.Expr):
                end = max(end, reading.places.span(node).end)
    return end
