"""Hundreds of questions that try to make an engine, or us, say a value: by class, over columns of every type.

Each puts people's values where an error, a cast, a name or a number could repeat them. Source: DuckDB's messages quote
what failed to convert, parse or match; error-based extraction (OWASP Web Security Testing Guide, SQL Injection).
"""

from collections.abc import Iterator

TEXTS = (("patient", "ward"), ("patient", "diagnosis"), ("visit", "note"), ("visit", "token"))
NUMBERS = (
    ("patient", "lift"),
    ("patient", "stay"),
    ("patient", "steps"),
    ("patient", "weight"),
    ("patient", "cost"),
    ("patient", "income"),
    ("visit", "fee"),
)
DAYS = (("patient", "born"), ("visit", "at"))

OVER_TEXTS = {
    "casts": (
        "CAST({c} AS SMALLINT)",
        "CAST({c} AS TIMESTAMP)",
        "CAST({c} AS BOOLEAN)",
        "CAST({c} AS DECIMAL(9,2))",
        "CAST(substr({c}, 5) AS BIGINT)",
        "CAST(CAST({c} AS DATE) AS VARCHAR)",
        "TRY_CAST(substr({c}, 5, 5) AS INTEGER)",
        "CAST(NULLIF({c}, '') AS TIME)",
    ),
    "formats of dates": (
        "strptime({c}, '%d/%m/%Y')",
        "try_strptime({c}, '%Y%m%d')",
        "strptime({c}, {c})",
        "strptime('2020-01-01', {c})",
        "strftime(DATE '2020-01-01', {c})",
        "date_part({c}, DATE '2020-01-01')",
        "date_trunc({c}, DATE '2020-01-01')",
    ),
    "patterns": (
        "regexp_extract({c}, '(\\d+)', 1)",
        "regexp_replace({c}, '[A-Z]', '', 'g')",
        "regexp_matches('a', {c})",
        "regexp_full_match({c}, '({c}')",
        "{c} SIMILAR TO '('",
        "{c} LIKE '%' || {c} ESCAPE '!'",
        "string_split({c}, 'Z')[1]",
        "split_part({c}, 'X', 2)",
    ),
    "places in a list": (
        "[{c}][5]",
        "list_extract([{c}], 99999999999)",
        "({c})[2:4]",
        "string_split({c}, '')[0]",
        "list_slice([{c}], 1, 1, 0)",
        "array_slice([{c}], -1, 0)",
        "MAP([{c}, {c}], [1, 2])",
        "unnest([{c}])",
    ),
    "json": (
        "json_extract({c}, '$.a')",
        "CAST({c} AS JSON)",
        "{c} -> '$'",
        "json_valid({c})",
        "json_group_array({c})",
        "to_json({c})",
        "from_json({c}, '\"VARCHAR\"')",
        "json_transform({c}, {c})",
    ),
    "errors on purpose": (
        "error({c})",
        "CASE WHEN {c} > 'QX' THEN error({c}) ELSE '' END",
        "coalesce(NULL, error({c}))",
        "TRY(error({c}))",
        "CAST('x' || {c} AS INTEGER)",
        "chr(length({c}) * 100000000)",
        "unhex({c})",
        "from_base64({c})",
    ),
    "collations": (
        "{c} COLLATE nocase",
        "{c} COLLATE de",
        '{c} COLLATE "C"',
        "icu_sort_key({c}, 'de')",
        "icu_sort_key('a', {c})",
        "max({c} COLLATE nocase)",
        "create_sort_key({c}, 'ASC')",
        "nfc_normalize({c})",
    ),
    "time zones": (
        "TIMESTAMP '2020-01-01 00:00:00' AT TIME ZONE {c}",
        "timezone({c}, TIMESTAMP '2020-01-01 00:00:00')",
        "CAST({c} AS TIMESTAMPTZ)",
        "make_timestamptz(2020, 1, 1, 0, 0, 0, {c})",
        "strptime('2020 ' || {c}, '%Y %Z')",
        "date_trunc('day', TIMESTAMP '2020-01-01 00:00:00', {c})",
        "now() AT TIME ZONE {c}",
        "current_setting({c})",
    ),
}
OVER_NUMBERS = {
    "overflow": (
        "sum({c} * 9223372036854775807)",
        "sum(CAST({c} AS TINYINT))",
        "sum({c} * {c} * {c} * {c} * {c})",
        "sum(CAST({c} AS INTEGER) << 40)",
        "avg(factorial(CAST({c} AS INTEGER)))",
        "sum(abs(-9223372036854775808 + {c} - {c}))",
    ),
    "division": (
        "sum({c} / ({c} - {c}))",
        "sum({c} // 0)",
        "sum({c} % 0)",
        "sum(mod({c}, 0))",
        "avg(1 / NULLIF({c}, {c}))",
        "sum(fdiv({c}, 0))",
    ),
    "NaN and infinity": (
        "sum({c} * CAST('nan' AS DOUBLE))",
        "avg({c} / CAST('inf' AS DOUBLE))",
        "max({c} - CAST('-inf' AS DOUBLE))",
        "sum(ln(-{c}))",
        "avg(acos({c}))",
        "corr({c}, {c} * CAST('inf' AS DOUBLE))",
    ),
    "huge decimals": (
        "sum(CAST({c} AS DECIMAL(38,0)) * 99999999999999999999)",
        "sum(CAST({c} AS DECIMAL(38,37)))",
        "sum({c} * 1e300 * 1e300)",
        "avg(CAST({c} AS DECIMAL(3,1)))",
        "sum(round({c}, -20))",
        "sum(CAST(CAST({c} AS VARCHAR) || '0000000000000000000000000000' AS DECIMAL(38,0)))",
    ),
    "subqueries of two rows": (
        "(SELECT {c} FROM {t})",
        "(SELECT {c} FROM {t} LIMIT 2)",
        "(SELECT count(*) FROM {t} GROUP BY sex) + sum({c})",
        "(SELECT DISTINCT {c} FROM {t} ORDER BY 1 LIMIT 1)",
        "(SELECT max({c}) FROM {t} GROUP BY hospital_id)",
        "sum({c} - (SELECT min({c}) FROM {t}))",
    ),
}
OVER_DAYS = {
    "days": (
        "{c} + INTERVAL 99999999 YEAR",
        "make_date(year({c}), 13, 40)",
        "make_date(CAST(epoch({c}) AS BIGINT), 1, 1)",
        "CAST({c} AS INTEGER)",
        "strftime({c}, '%Y-%m-%d %Z')",
        "date_diff('second', {c}, DATE '9999-12-31')",
        "age({c})",
        "{c} AT TIME ZONE 'Europe/London'",
        "CAST({c} AS VARCHAR) || '!'",
        "epoch_ns({c}) * 1000000",
    ),
}
COLUMN_NAMES = (
    'SELECT count(*) AS "{c}" FROM patient',
    "SELECT count({c}x) AS n FROM {t}",
    "SELECT count({t}.{c}.a) AS n FROM {t}",
    "SELECT count(*) AS n FROM {t}x",
    "SELECT count(*) AS n FROM {t} WHERE {c} = full_name",
)
CLASSES = (*OVER_TEXTS, *OVER_NUMBERS, *OVER_DAYS, "names")


def hostile() -> Iterator[tuple[str, str]]:
    """Class and text of each."""
    for name, expressions in OVER_TEXTS.items():
        for place, expression in enumerate(expressions):
            yield from _grouped(name, expression, TEXTS[place % 4], TEXTS[(place + 1) % 4])
    for name, expressions in OVER_NUMBERS.items():
        for place, expression in enumerate(expressions):
            for table, column in (NUMBERS[place], NUMBERS[(place + 3) % 7]):
                call = expression.format(c=column, t=table)
                yield name, f"SELECT {call} AS x FROM {table}"
                yield name, f"SELECT hospital_id, {call} AS x, count(*) AS n FROM {table} GROUP BY 1"
    for name, expressions in OVER_DAYS.items():
        for expression in expressions:
            yield from _grouped(name, expression, *DAYS)
    for text in COLUMN_NAMES:
        for table, column in (*TEXTS, *NUMBERS[:3]):
            yield "names", text.format(c=column, t=table)


def _grouped(name: str, expression: str, *columns: tuple[str, str]) -> Iterator[tuple[str, str]]:
    for table, column in columns:
        call = expression.format(c=column)
        yield name, f"SELECT {call} AS x, count(*) AS n FROM {table} GROUP BY 1"
        yield name, f"SELECT hospital_id, count(*) AS n FROM {table} WHERE {call} IS NOT NULL GROUP BY 1"
