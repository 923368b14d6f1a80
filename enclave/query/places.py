"""Where in the reader's own text a node of the tree stands.

sqlglot keeps places of names, literals and function names only; the rest follows from the tokens. A place which it
gives but no token has (the star it invents for `FROM t`) is not believed.
"""

from bisect import bisect_left
from dataclasses import dataclass

from sqlglot import exp

from enclave.query.tokens import Kind, Token, Words
from enclave.terms import Span


class Place(dict[str, object]):
    """What a node knows of its place. The values are numbers and names: a copy of a tree need not go into them."""

    def __deepcopy__(self, memo: object) -> "Place":
        return Place(self)


def placed_like(node: exp.Expr, other: exp.Expr) -> None:
    """Let a node that was made anew stand where the other does."""
    if other._meta:  # noqa: SLF001 - the public property makes an empty dict for every node
        node._meta = Place(other._meta)  # noqa: SLF001


def placed_at(node: exp.Expr, stretch: tuple[int, int]) -> None:
    """Let a node stand at a stretch of the text: its start and end (exclusive)."""
    node._meta = Place(node._meta or (), stretch=stretch)  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one parsed text. Asked for any node of its tree, it answers; it never fails."""

    text: str
    tokens: tuple[Token, ...]
    starts: tuple[int, ...]
    partners: dict[int, int]  # index of a bracket, CASE or END -> index of its other half

    @classmethod
    def of(cls, words: Words) -> "Places":
        """The places of a text that has been cut into tokens."""
        starts = tuple(token.start for token in words.tokens)
        return cls(words.text, words.tokens, starts, _partners(words.tokens))

    def span(self, node: exp.Expr | None) -> Span:
        """The stretch a node covers; of a node without a place, that of the nearest one around it."""
        while node is not None:
            stretch = self._stretch(node)
            if stretch is not None:
                first, last = stretch
                return Span.of(self.text, self.tokens[first].start, self.tokens[last].end)
            node = node.parent
        return Span.of(self.text, 0, len(self.text.rstrip()))

    def widened(self, start: int, end: int) -> Span:
        """A stretch of the text, out to whole words and to the other halves of the brackets in it."""
        inside = [index for index, token in enumerate(self.tokens) if token.end > start and token.start < end]
        if not inside:
            return Span.of(self.text, start, end)
        first, last = self._closed(inside[0], inside[-1])
        return Span.of(self.text, self.tokens[first].start, self.tokens[last].end)

    def between(self, first: exp.Expr, last: exp.Expr) -> Span:
        """From the start of one node to the end of another."""
        start, end = self.span(first), self.span(last)
        return Span.of(self.text, min(start.start, end.start), max(start.end, end.end))

    def name_of(self, node: exp.Expr) -> Token | None:
        """The word before the bracket of a call, as the reader wrote it."""
        own = self._own(node)
        if own is not None and not isinstance(node, (exp.Literal, exp.Star, exp.Identifier)):
            return self.tokens[own]
        starts = self._starts(node)
        return self._word_before(min(starts)) if starts else None

    def _starts(self, node: exp.Expr) -> list[int]:
        """Where its parts begin, names of calls and brackets among them."""
        return [
            stretch[0] for part in node.iter_expressions() if (stretch := self._stretch(part)) is not None
        ]

    def is_name(self, node: exp.Identifier) -> bool:
        """Whether the reader wrote this name as a name: bare, or in double quotes."""
        own = self._own(node)
        if own is None:
            return False
        token = self.tokens[own]
        if token.kind is Kind.QUOTED:
            return bool(token.value == node.this)
        return bool(token.kind is Kind.WORD and token.value == str(node.this).lower())

    def _word_before(self, index: int) -> Token | None:
        before = index - 1
        if before >= 0 and self.tokens[before].is_word("distinct"):
            before -= 1
        if before > 0 and self.tokens[before].is_mark("(") and _can_name(self.tokens[before - 1]):
            return self.tokens[before - 1]
        return None

    def _own(self, node: exp.Expr) -> int | None:
        """The index of the token that sqlglot says this node is, when there is such a token."""
        meta = node._meta  # noqa: SLF001 - asking for `meta` would make one for every node that has no place
        if not meta:
            return None
        start, end = meta.get("start"), meta.get("end")
        if not isinstance(start, int) or not isinstance(end, int):
            return None
        index = bisect_left(self.starts, start)
        if (
            index == len(self.tokens)
            or self.tokens[index].start != start
            or self.tokens[index].end != end + 1
        ):
            return None
        if isinstance(node, exp.Star) and not self.tokens[index].is_mark("*"):
            return None
        return index

    def _covered(self, node: exp.Expr) -> tuple[int, int] | None:
        """From the first to the last token of its parts, the empty brackets of a call among them."""
        first, last = len(self.tokens), -1
        for part in node.walk():
            own = self._own(part)
            if own is None:
                continue
            first = min(first, own)
            called = isinstance(part, exp.Func) and own + 1 in self.partners
            last = max(last, self.partners[own + 1] if called else own)
        return (first, last) if last >= 0 else None

    def _stretch(self, node: exp.Expr) -> tuple[int, int] | None:
        covered = self._covered(node)
        if covered is None:
            return None
        first, last = covered
        if isinstance(node, _BRACKETED):
            first, last = self._around(first, last, levels=_levels(node))
        elif isinstance(node, exp.Case):
            first, last = self._case(first, last)
        elif isinstance(node, exp.Func) and not isinstance(node, (exp.And, exp.Or, exp.Xor)):
            first, last = self._call(node, first, last)
        elif isinstance(node, (exp.Any, exp.All)):
            first, last = self._around(first, last, levels=1)
        elif isinstance(node, _LED) and self._is_lead(first - 1):
            first -= 1
            if self.tokens[first].is_word("distinct") and self._is_lead(first - 1):
                first -= 1
        return self._closed(first, last)

    def _is_lead(self, index: int) -> bool:
        return index >= 0 and (
            self.tokens[index].is_word("not", "select", "distinct", "with", "limit", "offset")
            or self.tokens[index].is_mark("-")
        )

    def _call(self, node: exp.Func, first: int, last: int) -> tuple[int, int]:
        """Take in the name before the bracket, when the parser has lost its place."""
        if self._own(node) is None:
            first = min((first, *self._starts(node)))
        word = self._word_before(first) if self._own(node) is None else None
        is_call = word is not None and (not isinstance(node, exp.Cast) or word.is_word("cast", "try_cast"))
        if is_call:  # and not x::TYPE
            first -= 2 if self.tokens[first - 1].is_mark("(") else 3
            last = max(last, self.partners.get(first + 1, last))
        return first, last

    def _case(self, first: int, last: int) -> tuple[int, int]:
        for index in range(first - 1, -1, -1):
            other = self.partners.get(index, -1)
            if self.tokens[index].is_word("case") and other > last:
                return index, other
        return first, last

    def _around(self, first: int, last: int, *, levels: int) -> tuple[int, int]:
        """Out to the brackets around it, so many levels; a leading EXISTS is taken in too."""
        for index in range(first - 1, -1, -1):
            other = self.partners.get(index, -1)
            if self.tokens[index].is_mark("(") and other > last:
                levels -= 1
                if levels == 0:
                    led = index > 0 and self.tokens[index - 1].is_word("exists", "any", "all")
                    return (index - 1 if led else index), other
        return first, last

    def _closed(self, first: int, last: int) -> tuple[int, int]:
        """Widened until no bracket in it is half open, with the name of a call whose bracket is the first."""
        index = first
        while index <= last:
            partner = self.partners.get(index)
            if partner is not None:
                last = max(last, partner)
                if partner < first:
                    first = partner
                    if self.tokens[first].is_mark("(") and first and _can_name(self.tokens[first - 1]):
                        first -= 1
            index += 1
        return first, last


_LED = (exp.Not, exp.Neg, exp.Query, exp.Limit, exp.Offset)
_BRACKETED = (exp.Paren, exp.Subquery, exp.Tuple, exp.Exists)


def _levels(node: exp.Expr) -> int:
    """How many brackets stand around its parts: one, and one for each bracket directly inside."""
    levels = 1
    inner = node.this
    while isinstance(inner, (exp.Paren, exp.Subquery)):
        levels += 1
        inner = inner.this
    return levels


# Words before a bracket that is no call of theirs.
_NOT_CALLS = frozenset(
    {
        *(
            "select",
            "from",
            "where",
            "having",
            "qualify",
            "on",
            "and",
            "or",
            "not",
            "in",
            "then",
            "when",
            "else",
        ),
        *(
            "case",
            "by",
            "as",
            "with",
            "over",
            "values",
            "using",
            "union",
            "all",
            "except",
            "intersect",
            "distinct",
        ),
        *(
            "exists",
            "between",
            "like",
            "ilike",
            "is",
            "exclude",
            "replace",
            "filter",
            "group",
            "sets",
            "rollup",
        ),
        *("cube", "join", "limit", "offset"),
    }
)


def _can_name(token: Token) -> bool:
    if token.kind is Kind.QUOTED:
        return True
    return token.kind is Kind.WORD and token.value not in _NOT_CALLS


def _partners(tokens: tuple[Token, ...]) -> dict[int, int]:
    open_: list[int] = []
    partners: dict[int, int] = {}
    for index, token in enumerate(tokens):
        if token.is_mark("(", "[", "{") or token.is_word("case"):
            open_.append(index)
        elif open_ and (
            token.is_mark(")", "]", "}") or (token.is_word("end") and tokens[open_[-1]].is_word("case"))
        ):
            partners[index] = open_[-1]
            partners[open_.pop()] = index
    return partners
