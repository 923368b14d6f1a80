"""Whatever is sent, the outer rings answer with a query that passed or with problems: nothing else ever comes out."""

from hypothesis import given
from hypothesis import strategies as st

from enclave.problems import Refusals
from enclave.query.gate import gate
from enclave.query.parse import Parsed, parse
from tests.support.corpus import research_queries

QUERIES = tuple(research_queries().values())
PIECES = (
    *(
        "SELECT",
        "FROM",
        "WHERE",
        "GROUP",
        "BY",
        "ORDER",
        "HAVING",
        "QUALIFY",
        "LIMIT",
        "OFFSET",
        "WITH",
        "AS",
    ),
    *(
        "JOIN",
        "LEFT",
        "ON",
        "USING",
        "UNION",
        "ALL",
        "EXCEPT",
        "INTERSECT",
        "DISTINCT",
        "CASE",
        "WHEN",
        "THEN",
    ),
    *(
        "ELSE",
        "END",
        "AND",
        "OR",
        "NOT",
        "IN",
        "IS",
        "NULL",
        "TRUE",
        "BETWEEN",
        "LIKE",
        "EXISTS",
        "OVER",
    ),
    *(
        "PARTITION",
        "ROWS",
        "PRECEDING",
        "CURRENT",
        "ROW",
        "FILTER",
        "WITHIN",
        "ROLLUP",
        "CUBE",
        "SETS",
        "CAST",
    ),
    *(
        "INTERVAL",
        "DATE",
        "VALUES",
        "*",
        "EXCLUDE",
        "REPLACE",
        "NATURAL",
        "SEMI",
        "LATERAL",
        "PIVOT",
        "FOR",
    ),
    *(
        "UPDATE",
        "INTO",
        "SHOW",
        "tables",
        "t",
        "u",
        "a",
        "b",
        '"q"',
        "'x'",
        "'2024-01-01'",
        "1",
        "2.5",
        "1e3",
    ),
    *(
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ".",
        ";",
        ":",
        "::",
        "+",
        "-",
        "/",
        "//",
        "%",
        "^",
        "=",
        "<>",
        "<",
    ),
    *(
        ">=",
        "||",
        "->",
        ":=",
        "?",
        "$1",
        "#1",
        "--",
        "/*",
        "*/",
        "count(",
        "sum(",
        "coalesce(",
        "read_csv(",
    ),
    *(
        "query(",
        "x.f()",
        "\u200b",
        "\xa0",
        "\xe9",
    ),
)


def outcome(text: str) -> Parsed | None:
    """The query, or None for a refusal, which has problems whose places are in the text."""
    try:
        return parse(text)
    except Refusals as refusals:
        problems = refusals.problems
    assert problems
    for problem in problems:
        assert problem.code in ("syntax", "not-a-query", "too-complex", "function-not-allowed")
        assert problem.detail
        assert all(text[span.start : span.end] == span.text for span in problem.spans)
        for fix in problem.fixes:
            fix.apply(text)
    return None


def check(text: str) -> None:
    parsed = outcome(text)
    if parsed is None:
        return
    gate(parsed.tree, parsed.places)
    written = parsed.tree.sql("duckdb")
    again = outcome(written)
    assert again is None or again.tree.sql("duckdb") == written


@given(st.text(max_size=200))
def test_any_text_is_answered(text: str) -> None:
    check(text)


@given(st.text(max_size=60))
def test_any_text_in_a_query_is_answered(text: str) -> None:
    check(f"SELECT {text} FROM t")
    check(f"SELECT a FROM t WHERE {text}")
    check(f"SELECT '{text}' FROM \"{text}\"")


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_any_row_of_words_is_answered(pieces: list[str]) -> None:
    check(" ".join(pieces))
    check("SELECT " + "".join(pieces))
    check("SELECT a FROM t WHERE " + " ".join(pieces))


@given(st.sampled_from(QUERIES), st.data())
def test_any_ordinary_query_with_a_piece_changed_is_answered(query: str, data: st.DataObject) -> None:
    words = query.split(" ")
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(words) - 1))
        change = data.draw(st.sampled_from(["drop", "double", "replace", "insert", "swap"]))
        piece = data.draw(st.sampled_from(PIECES))
        match change:
            case "drop" if len(words) > 1:
                del words[place]
            case "double":
                words.insert(place, words[place])
            case "replace":
                words[place] = piece
            case "insert":
                words.insert(place, piece)
            case _:
                other = data.draw(st.integers(0, len(words) - 1))
                words[place], words[other] = words[other], words[place]
    check(" ".join(words))


@given(st.sampled_from(QUERIES), st.integers(0, 2_000), st.characters())
def test_any_ordinary_query_with_a_character_changed_is_answered(
    query: str, place: int, character: str
) -> None:
    place %= len(query)
    check(query[:place] + character + query[place + 1 :])
    check(query[:place] + character + query[place:])
    check(query[:place])
