"""Words of other dialects (SQL Server, Oracle, SAS) in those that are read here: tried like all proposals.

Only the words are looked at, since most such texts have no tree. All that is found is changed at once, because each may
hide the next; then each by itself, in case one of them was meant.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from enclave.query.fixes.case import Case
from enclave.query.misreadings import UNITS
from enclave.query.tokens import Kind, Token
from enclave.terms import Edit, Fix

_COMPARISONS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_TAKE_A_UNIT = ("datediff", "date_diff", "datepart", "date_part", "datetrunc", "date_trunc")
_UNITS = {unit: unit for unit in UNITS} | {"yy": "year", "yyyy": "year", "mm": "month", "dd": "day"}
_KEYWORDS = ("select", "from", "where", "group", "having", "order", "limit", "join", "distinct", "between")
_NO_VALUE_BEFORE = frozenset(
    {"select", "distinct", "where", "and", "or", "not", "on", "by", "having", "when", "then", "else", "as", "from"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Change:
    title: str
    edits: tuple[Edit, ...]


def other_words(case: Case) -> Iterator[Fix]:
    """What other dialects write, as it is written here."""
    found = list(_changes(case))
    titles = list(dict.fromkeys(change.title for change in found))
    if len(titles) > 1:
        yield _together("; ".join(titles), found)
    for title in titles:
        yield _together(title, [change for change in found if change.title == title])
    yield from _misspelt(case)


def _together(title: str, found: Sequence[_Change]) -> Fix:
    """Of changes that lie inside one another only the outer: the inner is found when the text is tried again."""
    edits: list[Edit] = []
    for change in sorted(found, key=lambda one: (one.edits[0].start, -one.edits[-1].end)):
        if not edits or change.edits[0].start >= edits[-1].end:
            edits += change.edits
    return Fix(title, tuple(edits))


def _changes(case: Case) -> Iterator[_Change]:
    for place in range(len(case.tokens)):
        yield from _name_in_brackets(case.tokens, place)
        yield from _hint(case.tokens, place)
        yield from _minus(case.tokens, place)
        yield from _sas(case.tokens, place)
        yield from _unit(case.tokens, place)
        yield from _date(case.tokens, place)
        yield from _call(case, place)


def _name_in_brackets(tokens: Sequence[Token], place: int) -> Iterator[_Change]:
    """`[la_code]` is a list of one here."""
    if not tokens[place].is_mark("["):
        return
    end = place + 1
    while end < len(tokens) and tokens[end].kind is Kind.WORD:
        end += 1
    if end > place + 1 and end < len(tokens) and tokens[end].is_mark("]"):
        edits = (_instead(tokens[place], '"'), _instead(tokens[end], '"'))
        yield _Change("Write names in double quotes", edits)


def _hint(tokens: Sequence[Token], place: int) -> Iterator[_Change]:
    """`WITH (NOLOCK)` behind a table."""
    stretch = tokens[place : place + 4]
    if place and [token.value for token in stretch] == ["with", "(", "nolock", ")"]:
        yield _Change("Leave out WITH (NOLOCK)", (Edit(tokens[place - 1].end, stretch[3].end, ""),))


def _minus(tokens: Sequence[Token], place: int) -> Iterator[_Change]:
    after = tokens[place + 1 : place + 2]
    if tokens[place].is_word("minus") and after and (after[0].is_word("select") or after[0].is_mark("(")):
        yield _Change("Write EXCEPT", (_instead(tokens[place], "EXCEPT"),))


def _sas(tokens: Sequence[Token], place: int) -> Iterator[_Change]:
    """`calculated n`, `n label='Pupils'`, `n format=comma8.`, `a ne b`, `a ne .`"""
    token = tokens[place]
    before = tokens[place - 1] if place else None
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    if token.kind not in (Kind.WORD, Kind.MARK) or before is None or after is None:
        return
    if token.is_word("calculated") and after.kind in (Kind.WORD, Kind.QUOTED):
        yield _Change("Leave out calculated", (Edit(token.start, after.start, ""),))
    if not _ends_a_value(before):
        return
    if token.is_word("label", "format") and after.is_mark("="):
        end = _end_of_setting(tokens, place + 2)
        yield _Change("Leave out label= and format=", (Edit(before.end, end, ""),))
    elif token.value in ("eq", "ne", "=", "<>") and _is_missing(tokens, place + 1):
        words = "IS NULL" if token.value in ("eq", "=") else "IS NOT NULL"
        yield _Change("Write IS NULL for a missing value", (Edit(token.start, after.end, words),))
    elif token.is_word(*_COMPARISONS):
        yield _Change("Write comparisons as signs", (_instead(token, _COMPARISONS[token.value]),))


def _ends_a_value(token: Token) -> bool:
    if token.kind is Kind.WORD:
        return token.value not in _NO_VALUE_BEFORE
    return token.kind is not Kind.MARK or token.is_mark(")", ".")


def _end_of_setting(tokens: Sequence[Token], place: int) -> int:
    """Where `'Pupils'` or `comma8.2` ends, which stands after the sign."""
    end = tokens[place - 1].end
    for token in tokens[place:]:
        if token.start != end and token is not tokens[place]:
            break
        if token.is_mark(",", ")"):
            break
        end = token.end
    return end


def _is_missing(tokens: Sequence[Token], place: int) -> bool:
    """A point by itself."""
    stretch = tokens[place : place + 2]
    return (
        bool(stretch) and stretch[0].is_mark(".") and (len(stretch) == 1 or stretch[1].start > stretch[0].end)
    )


def _unit(tokens: Sequence[Token], place: int) -> Iterator[_Change]:
    """`datediff(year, …)`: the unit is text here."""
    stretch = tokens[place : place + 4]
    if len(stretch) < 4 or not stretch[0].is_word(*_TAKE_A_UNIT):
        return
    unit = _UNITS.get(stretch[2].value) if stretch[2].kind is Kind.WORD else None
    if unit is not None and stretch[1].is_mark("(") and stretch[3].is_mark(","):
        yield _Change("Write the unit in quotes", (_instead(stretch[2], f"'{unit}'"),))


def _date(tokens: Sequence[Token], place: int) -> Iterator[_Change]:
    """`'2024-01-18'` as a date, where it is an argument of a call."""
    token, before = tokens[place], tokens[place - 1] if place else None
    if token.kind is Kind.STRING and _DATE.fullmatch(token.value) and before and before.is_mark(",", "("):
        yield _Change("Write dates as DATE '2024-01-18'", (Edit(token.start, token.start, "DATE "),))


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def _call(case: Case, place: int) -> Iterator[_Change]:
    """`DECODE(x, 'M', 'Boys', …)` and `CONVERT(INT, x)`."""
    tokens = case.tokens
    if not tokens[place].is_word("decode", "convert") or not tokens[place + 1 : place + 2]:
        return
    parts, end = _parts(case, place + 1)
    if tokens[place].is_word("decode") and len(parts) >= 3:
        pairs = zip(parts[1::2], parts[2::2], strict=False)
        words = [f"CASE {parts[0]}", *(f"WHEN {one} THEN {other}" for one, other in pairs)]
        words += [f"ELSE {parts[-1]}"] if len(parts) % 2 == 0 else []
        yield _Change("Use CASE", (Edit(tokens[place].start, end, " ".join([*words, "END"])),))
    elif tokens[place].is_word("convert") and len(parts) in (2, 3):
        kind = parts[0].partition("(")[0].strip().upper()
        yield _Change("Use CAST", (Edit(tokens[place].start, end, f"CAST({parts[1]} AS {kind})"),))


def _parts(case: Case, place: int) -> tuple[list[str], int]:
    """The arguments of a call, as written, and where it ends; none where its bracket is never closed."""
    if not case.tokens[place].is_mark("("):
        return [], 0
    depth, start, parts = 0, case.tokens[place].end, list[str]()
    for token in case.tokens[place:]:
        depth += token.is_mark("(") - token.is_mark(")")
        if depth == 0 or (depth == 1 and token.is_mark(",")):
            parts.append(case.text[start : token.start].strip())
            start = token.end
        if depth == 0:
            return parts, token.end
    return [], 0


def _misspelt(case: Case) -> Iterator[Fix]:
    """A word at the place of the problem, or right before it, that is nearly one of SQL's."""
    for span in case.problem.spans[:1]:
        here = next((place for place, token in enumerate(case.tokens) if token.start == span.start), None)
        near = () if here is None else case.tokens[max(0, here - 1) : here + 1]
        for token in near:
            if token.kind is Kind.WORD and token.value not in _KEYWORDS:
                for word in get_close_matches(token.value, _KEYWORDS, n=1, cutoff=0.7):
                    yield Fix(f"Write {word.upper()}", (_instead(token, word.upper()),))


def _instead(token: Token, words: str) -> Edit:
    return Edit(token.start, token.end, words)
