"""A leaf's statement in two parts: what the binder finds in both is what it finds in the whole."""

from collections.abc import Iterator
from contextlib import closing

import pytest
import sqlglot
from sqlglot import exp

from enclave.query.bound import Frames
from enclave.query.dialect import DUCKDB
from enclave.query.framed import Framed, framed
from enclave.query.shadow import Shadow, ShadowRefused

TABLES = {
    "t": [("a", "INTEGER"), ("b", "VARCHAR"), ("d", "DECIMAL(5,2)"), ("w", "DATE"), ("x", "DOUBLE")],
    "secret": [("a", "INTEGER")],
}
COUNTS = '"rows" AS (SELECT "c1", COUNT(*) AS "n" FROM "base" GROUP BY "c1") SELECT "c1", "n" FROM "rows"'
WHOLE = (
    f'WITH "base" AS (SELECT "b" AS "c1", "a" AS "u" FROM "t"), {COUNTS}',
    f'WITH "base" AS (SELECT "b" AS "c1", ROUND("x") AS "u" FROM "t" WHERE "a" IN (1, 2)), {COUNTS}',
    f'WITH "base" AS (SELECT "w" AS "c1", TRY_CAST("b" AS INT) AS "u" FROM "t"), {COUNTS}',
    f'WITH "base" AS (SELECT CAST("b" AS INT) AS "c1", "a" AS "u" FROM "t" WHERE "w" > \'2020-01-01\'), {COUNTS}',
    f'WITH "base" AS (SELECT NULL AS "c1", "a" AS "u" FROM "t"), {COUNTS}',
    f'WITH "base" AS (SELECT 1 AS "c1", \'x\' AS "u" FROM "t"), {COUNTS}',
    'WITH "base" AS (SELECT "d" AS "x0" FROM "t") SELECT AVG("x0") AS "c7", SUM("x0" * 2) AS "c8" FROM "base"',
    'WITH "base" AS (SELECT "x" AS "x0" FROM "t") SELECT AVG("x0") AS "c7", SUM("x0" * 2) AS "c8" FROM "base"',
    'WITH "base" AS (SELECT "d" AS "x0" FROM "t") SELECT QUANTILE_CONT("x0", [0.25, 0.5]) AS "c7" FROM "base"',
    'WITH "base" AS (SELECT "b" AS "x0" FROM "t") SELECT SUM(CAST("x0" AS DOUBLE)) AS "c7" FROM "base"',
    'WITH "base" AS (SELECT "b" AS "x0" FROM "t") SELECT MAX("x0" || \'c1\') AS "c7" FROM "base"',
    'WITH "base" AS (SELECT "b" AS "c1" FROM "t") SELECT "c1" FROM "base" WHERE "c1" IN (SELECT "b" FROM "t")',
    'WITH "base" AS (SELECT "b" AS "c1" FROM "t") SELECT DISTINCT "c1" FROM "base" ORDER BY "c1"',
    'SELECT "b" AS "c1" FROM "t"',
)  # fmt: skip


def tree_of(sql: str) -> exp.Select:
    tree = sqlglot.parse_one(sql, dialect=DUCKDB)
    assert isinstance(tree, exp.Select)
    return tree


@pytest.mark.parametrize("sql", WHOLE)
def test_the_parts_make_up_the_statement(sql: str) -> None:
    text = framed(tree_of(sql))
    assert text.text == tree_of(sql).sql(DUCKDB)
    assert (text.rows is not None) == sql.startswith("WITH")


def test_a_known_frame_is_what_the_binder_finds_in_the_whole() -> None:
    """Of each statement read whole; in parts; with the frames of all the others known; and again, all known."""
    frames = Frames()
    with closing(Shadow(TABLES)) as plain:
        expected = [plain.bind_generated(text.text, text.names) for text in map(framed, map(tree_of, WHOLE))]
    for _ in range(2):
        with closing(Shadow(TABLES, frames)) as shadow:
            assert [shadow.bind_leaf(framed(tree_of(sql))) for sql in WHOLE] == expected
            assert [frames.know(framed(tree_of(sql))) for sql in WHOLE] == [
                *10 * [True],
                False,
                False,
                True,
                False,
            ]


COUNTED = f'WITH "base" AS (SELECT "b" AS "c1", "a" AS "u" FROM "t"), {COUNTS}'


@pytest.fixture
def shadow() -> Iterator[Shadow]:
    """One that knows the frame of COUNTED."""
    with closing(Shadow(TABLES)) as made:
        made.bind_leaf(framed(tree_of(COUNTED)))
        yield made


def test_what_the_rows_read_is_found_in_every_question(shadow: Shadow) -> None:
    other = COUNTED.replace('"a" AS "u" FROM "t"', '"a" AS "u" FROM (SELECT \'\' AS "b", "a" FROM "secret")')
    bound = shadow.bind_leaf(framed(tree_of(other)))
    assert bound.tables == {("secret", "a")}
    assert (
        "repeat"
        in shadow.bind_leaf(framed(tree_of(COUNTED.replace('"b" AS', 'REPEAT("b", 2) AS')))).functions
    )


def test_numbers_of_columns_make_no_other_frame_and_anything_else_does() -> None:
    known = framed(tree_of(COUNTED))
    assert framed(tree_of(COUNTED.replace("c1", "c22"))).form == known.form
    assert framed(tree_of(COUNTED.replace('"n"', '"m"'))).form != known.form
    assert framed(tree_of(COUNTED.replace('"a" AS "u"', '"a" AS "v"'))).form != known.form
    two = COUNTED.replace('"a" AS "u"', '"a" AS "c2"')
    assert framed(tree_of(two.replace('GROUP BY "c1"', 'GROUP BY "c2"'))).form != framed(tree_of(two)).form


def test_a_frame_with_a_name_out_of_quotes_has_no_form() -> None:
    """Its number would stay, and mean another column in another question."""
    for bare in ("c1", "C1"):
        text = framed(tree_of(COUNTED.replace('GROUP BY "c1"', f"GROUP BY {bare}")))
        assert text.rows is not None
        assert text.form is None


def test_rows_that_are_no_query_of_their_own_are_refused(shadow: Shadow) -> None:
    """What is put before a known frame is read alone: it cannot end the rows and begin something else."""
    known = framed(tree_of(COUNTED))
    for rows in (
        'SELECT "b" AS "c1", "a" AS "u" FROM "t"), "more" AS (SELECT "a" FROM "secret"',
        'SELECT "b" AS "c1", "a" AS "u" FROM "t"; SELECT 1 AS "c1", 2 AS "u"',
        'SELECT "b" AS "c1", "nothing" AS "u" FROM "t"',
    ):
        text = Framed(f'WITH "base" AS ({rows}), {COUNTS}', known.names, rows, known.row_names, known.frame)
        with pytest.raises(ShadowRefused):
            shadow.bind_leaf(text)


def test_a_frame_that_reads_a_table_or_holds_texts_is_not_kept() -> None:
    frames = Frames()
    with closing(Shadow(TABLES, frames)) as shadow:
        for sql in WHOLE[10:12]:
            text = framed(tree_of(sql))
            shadow.bind_leaf(text)
            assert not frames.know(text)
            assert frames.around(text, ("VARCHAR",)) is None
