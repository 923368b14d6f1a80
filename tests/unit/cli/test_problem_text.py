"""Refusals as a researcher reads them on a terminal."""

from inline_snapshot import snapshot

from enclave.cli.problem_text import refusal_text
from enclave.problems import FieldNotGranted, IndividualRows, UnknownField
from enclave.terms import Edit, Fix, Span


def span(sql: str, words: str) -> Span:
    start = sql.index(words)
    return Span.of(sql, start, start + len(words))


def test_a_refusal_underlines_the_words_and_shows_a_query_that_would_do() -> None:
    sql = "SELECT la_code, surname, count(*) AS pupils FROM school_census_pupil GROUP BY 1, 2"
    fix = Fix(
        "Take it out",
        (Edit(14, 23, ""), Edit(sql.index(", 2"), len(sql), "")),
    )
    problem = FieldNotGranted(
        detail="surname identifies a person; no project can have it",
        spans=(span(sql, "surname"),),
        fixes=(fix,),
    )
    assert refusal_text([problem], sql) == snapshot("""\
This query cannot run: field-not-granted. Nothing was read, and no allowance was used.

  1 | SELECT la_code, surname, count(*) AS pupils FROM school_census_pupil GROUP BY 1, 2
    |                 ^^^^^^^ surname identifies a person; no project can have it
    = fix: Take it out

  Try:
  1 | SELECT la_code, count(*) AS pupils FROM school_census_pupil GROUP BY 1\
""")


def test_all_problems_come_together_each_at_its_place() -> None:
    sql = "SELECT nam,\n\tupn\nFROM pupils"
    problems = [
        IndividualRows(detail="Group by something, or count", fixes=(Fix("aggregate over people"),)),
        UnknownField(
            detail="no such field",
            spans=(span(sql, "nam"), span(sql, "upn\nFROM")),
            fixes=(Fix("Write name", (Edit(7, 10, "name"),)),),
        ),
        UnknownField(
            detail="none here", spans=(span(sql, "nam"),), fixes=(Fix("Write it", (Edit(7, 10, "n"),)),)
        ),
    ]
    assert refusal_text(problems, sql) == snapshot("""\
This query cannot run: individual-rows, unknown-field. Nothing was read, and no allowance was used.

  Group by something, or count
    = fix: aggregate over people

  1 | SELECT nam,
    |        ^^^
  2 |  upn
    |  ^^^ no such field
    = fix: Write name

  1 | SELECT nam,
    |        ^^^ none here
    = fix: Write it

  Part of the way:
  1 | SELECT name,
  2 |  upn
  3 | FROM pupils\
""")


def test_nothing_in_a_query_can_steer_the_terminal() -> None:
    sql = "SELECT '\x1b[2J\u202e' AS x FROM t"
    text = refusal_text([UnknownField(detail="no such field", spans=(span(sql, "x"),))], sql)
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_place_at_the_end_of_the_text_is_marked_once() -> None:
    sql = "SELECT count(*) FROM"
    text = refusal_text([UnknownField(detail="a table is missing", spans=(Span.of(sql, 20, 20),))], sql)
    assert text.endswith("    |                     ^ a table is missing")
