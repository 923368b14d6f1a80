"""Proposals for texts that have no tree yet: found in the words, and tried like all others."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from enclave.query.fixes.case import Case
from enclave.query.tokens import Kind, Token
from enclave.terms import Edit, Fix

_CASTABLE = ("date", "time", "timestamp", "int", "integer", "bigint", "double", "text", "varchar", "boolean")
_SURPLUS = ("into", "for", "using", "tablesample", "ignore", "respect", "collate", "explain")
_STARTS = ("select", "with", "from")
_NOW = ("current_date", "current_timestamp", "now", "today", "getdate", "localtimestamp")
_CLAUSES = ("from", "where", "group", "having", "qualify", "order", "limit", "union", "as")


def one_query(case: Case) -> Iterator[Fix]:
    """The query inside, before or after what is none."""
    tokens = case.tokens
    ends = [place for place, token in enumerate(tokens) if token.is_mark(";")]
    if ends and tokens[0].is_word(*_STARTS):
        yield Fix("Ask the first one", (Edit(tokens[ends[0]].start, len(case.text), ""),))
    for end in ends:
        if end + 1 < len(tokens) and tokens[end + 1].is_word(*_STARTS):
            yield Fix("Ask the query alone", (Edit(0, tokens[end + 1].start, ""),))
    first = next((place for place, token in enumerate(tokens) if token.is_word("select", "with")), None)
    if first is None:
        return
    yield Fix("Ask the query alone", (Edit(0, tokens[first].start, ""),))
    if first and tokens[first - 1].is_mark("("):
        close = _partner(tokens, first - 1)
        if close is not None:
            cut = (Edit(0, tokens[first].start, ""), Edit(tokens[close].start, len(case.text), ""))
            yield Fix("Ask the query alone", cut)


def taken_out(case: Case) -> Iterator[Fix]:
    """Without the words themselves, or with those that belong to them."""
    for span in case.problem.spans[:1]:
        tokens = case.tokens
        first = next((place for place, token in enumerate(tokens) if token.start == span.start), None)
        if first is None:
            continue
        if not tokens[first].is_word(*_SURPLUS):
            continue
        last = next(place for place, token in enumerate(tokens) if token.end >= span.end)
        for more in range(4):
            if last + more < len(tokens) and not _runs_on(tokens, last + more):
                cut = Edit(_before(tokens, first), tokens[last + more].end, "")
                gone = case.text[span.start : tokens[last + more].end]
                yield Fix(f"Take out {gone}", (cut,))


def closed(case: Case) -> Iterator[Fix]:
    """A bracket that is never closed: close it before a word that begins something else."""
    for span in case.problem.spans[:1]:
        tokens = case.tokens
        first = next((place for place, token in enumerate(tokens) if token.start == span.start), None)
        if first is None or not tokens[first].is_mark("("):
            continue
        for place in range(first + 2, len(tokens)):
            if tokens[place].is_word(*_CLAUSES) or tokens[place].is_mark(","):
                end = tokens[place - 1].end
                yield Fix("Close the bracket", (Edit(end, end, ")"),))
        yield Fix("Close the bracket", (Edit(tokens[-1].end, tokens[-1].end, ")"),))


def in_order(case: Case) -> Iterator[Fix]:
    """Words that come too late or too soon: WHERE after GROUP BY, TOP 10, FETCH FIRST, a comma that is missing."""
    yield from _moved_where(case)
    yield from limits(case)
    for span in () if case.has_tree else case.problem.spans[:1]:  # what can be read lacks no comma
        yield Fix("Write a comma between them", (Edit(span.start, span.start, ", "),))
        yield Fix(f"Take out {span.text}", (Edit(span.start, span.end, ""),))


def _moved_where(case: Case) -> Iterator[Fix]:
    tokens = case.tokens
    for span in case.problem.spans[:1]:
        late = next((place for place, token in enumerate(tokens) if token.start == span.start), None)
        if late is None or not tokens[late].is_word("where", "group"):
            continue
        end = _clause_end(tokens, late)
        before = (
            ("group", "having", "order", "limit") if tokens[late].is_word("where") else ("order", "limit")
        )
        for place in range(late - 1, -1, -1):
            if tokens[place].is_word(*before):
                clause = case.text[tokens[late].start : tokens[end - 1].end]
                edits = (
                    Edit(tokens[place].start, tokens[place].start, f"{clause} "),
                    Edit(tokens[late - 1].end, tokens[end - 1].end, ""),
                )
                title = f"Write {tokens[late].value.upper()} before {tokens[place].value.upper()}"
                yield Fix(title, edits)


def _clause_end(tokens: Sequence[Token], start: int) -> int:
    depth = 0
    for place in range(start + 1, len(tokens)):
        depth += tokens[place].is_mark("(") - tokens[place].is_mark(")")
        if depth < 0 or (depth == 0 and tokens[place].is_word("group", "having", "order", "limit", "union")):
            return place
    return len(tokens)


def limits(case: Case) -> Iterator[Fix]:
    """`TOP 10` and `FETCH FIRST 10 ROWS ONLY` are LIMIT 10."""
    tokens = case.tokens
    end = tokens[-1].end if tokens else 0
    for place, token in enumerate(tokens[:-1]):
        after = tokens[place + 1]
        if token.is_word("top") and after.kind is Kind.NUMBER:
            edits = (Edit(token.start, tokens[place + 2].start, ""), Edit(end, end, f" LIMIT {after.value}"))
            yield Fix(f"Write LIMIT {after.value} at the end", edits)
        if token.is_word("fetch") and place + 2 < len(tokens):
            count = tokens[place + 2]
            if count.kind is Kind.NUMBER:
                cut = Edit(token.start, _after_fetch(tokens, place), f"LIMIT {count.value}")
                yield Fix(f"Write LIMIT {count.value}", (cut,))


def _after_fetch(tokens: Sequence[Token], place: int) -> int:
    """Where `FETCH FIRST 10 ROWS ONLY` ends."""
    end = place + 2
    while end + 1 < len(tokens) and tokens[end + 1].is_word("row", "rows", "only"):
        end += 1
    return tokens[end].end


def crossed(case: Case) -> Iterator[Fix]:
    """A JOIN whose condition stands in WHERE."""
    for span in (
        case.problem.spans[:1] if case.problem.spans and case.problem.spans[0].text.lower() == "join" else ()
    ):
        yield Fix("Join without ON, the condition in WHERE", (Edit(span.start, span.end, "CROSS JOIN"),))


def plain_names(case: Case) -> Iterator[Fix]:
    """Backticks and square brackets of other dialects around names."""
    if "`" in case.text:
        marks = [place for place, letter in enumerate(case.text) if letter == "`"]
        yield Fix("Write the names bare", tuple(Edit(mark, mark + 1, "") for mark in marks))
        yield Fix("Write the names in double quotes", tuple(Edit(mark, mark + 1, '"') for mark in marks))


def in_a_list(case: Case) -> Iterator[Fix]:
    """`= ANY (…)`, `IN […]`, `SIMILAR TO` and `~` in the words that are read here."""
    tokens = case.tokens
    for place, token in enumerate(tokens):
        before = tokens[place - 1] if place else None
        if token.is_word("any", "some") and before is not None and before.is_mark("="):
            yield Fix("Use IN", (Edit(before.start, token.end, "IN"),))
        elif token.is_mark("[") and before is not None and before.is_word("in"):
            close = _partner(tokens, place)
            if close is not None:
                brackets = (
                    Edit(token.start, token.end, "("),
                    Edit(tokens[close].start, tokens[close].end, ")"),
                )
                yield Fix("Use round brackets", brackets)
    yield from _patterns(case)


_PATTERNS = {"~": "regexp_matches", "similar": "regexp_full_match"}


def _patterns(case: Case) -> Iterator[Fix]:
    """`name ~ 'pattern'` as a call, where the left side is a plain name."""
    tokens = case.tokens
    for place, token in enumerate(tokens):
        call = _PATTERNS.get(token.value) if token.kind in (Kind.MARK, Kind.WORD) else None
        pattern = place + (2 if token.is_word("similar") else 1)
        if call is None or not place or pattern >= len(tokens) or tokens[pattern].kind is not Kind.STRING:
            continue
        first = place - 1
        while first >= 2 and tokens[first - 1].is_mark("."):
            first -= 2
        name = case.text[tokens[first].start : tokens[place - 1].end]
        text = case.text[tokens[pattern].start : tokens[pattern].end]
        yield Fix(f"Use {call}", (Edit(tokens[first].start, tokens[pattern].end, f"{call}({name}, {text})"),))


def today_written(case: Case) -> Iterator[Fix]:
    """The date of today, as a date."""
    now = case.problem.spans[0].text.lower() if case.problem.spans else ""
    for span in case.problem.spans[:1] if now.startswith(_NOW) else ():
        date = f"DATE '{case.around.today.isoformat()}'"
        yield Fix(f"Write {date}", (Edit(span.start, span.end, date),))


def table_of_file(case: Case) -> Iterator[Fix]:
    """The table that a file is called after."""
    for span in case.problem.spans[:1] if case.problem.spans and "'" in case.problem.spans[0].text else ():
        letters = "".join(
            letter if letter.isalnum() or letter == "_" else " " for letter in span.text.lower()
        )
        names = sorted(case.around.catalogue.tables)
        names = [name for name in names if case.around.policy.table(name) is not None]
        found = [word for word in letters.split() if word in names]
        close = [name for word in letters.split() for name in names if name.startswith(f"{word}_")]
        close += [
            name for word in letters.split() for name in get_close_matches(word, names, n=1, cutoff=0.7)
        ]
        for name in dict.fromkeys([*found, *close]):
            yield Fix(f"Read the table {name}", (Edit(span.start, span.end, name),))


def cast_instead(case: Case) -> Iterator[Fix]:
    """`date(x)` as a cast."""
    tokens = case.tokens
    for span in case.problem.spans[:1]:
        first = next((place for place, token in enumerate(tokens) if token.start == span.start), None)
        close = _partner(tokens, first + 1) if first is not None else None
        if first is None or close is None or not tokens[first].is_word(*_CASTABLE):
            continue
        inner = case.text[tokens[first + 1].end : tokens[close].start]
        made = f"CAST({inner} AS {tokens[first].value.upper()})"
        yield Fix("Use CAST", (Edit(span.start, tokens[close].end, made),))


def _runs_on(tokens: Sequence[Token], place: int) -> bool:
    """Whether the next word follows without a space, so that a cut here would leave half of a name."""
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    return after is not None and after.kind is Kind.WORD and after.start == tokens[place].end


def _before(tokens: Sequence[Token], place: int) -> int:
    return tokens[place - 1].end if place else 0


def _partner(tokens: Sequence[Token], place: int) -> int | None:
    """The bracket that closes the one at a place."""
    depth = 0
    for index in range(place, len(tokens)):
        depth += tokens[index].is_mark("(", "[") - tokens[index].is_mark(")", "]")
        if depth == 0:
            return index
    return None
