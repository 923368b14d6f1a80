"""What DuckDB's SQL has and this enclave refuses: an example of each, the reason, and what to write instead.

The page docs/reference/not-offered.md is made of these rows, and a test holds it against them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NotOffered:
    """`example` is refused with `code`; `instead` is taken. An empty `instead` means that there is nothing like it."""

    syntax: str
    example: str
    code: str
    reason: str
    instead: str = ""


ONE = "It would carry one person's value to another's row, or pick a person out."
TEXT = "It does more than read: only one question can be asked, and it must be a query."
DATES = (
    "A condition or a band on it, beside a group or a condition on one of the dates, is one on the other date to the "
    "day; each pair of days would have to be those of enough people. Its mean is the difference of two means, of dates "
    "from a day that is written out."
)
SPELLS = "One number could then spell out people's codes, digit by digit."

NOT_OFFERED: tuple[NotOffered, ...] = (
    NotOffered(
        "Rows of people as a result",
        "SELECT gender, att8 FROM ks4_pupil",
        "individual-rows",
        "Only statistics leave.",
        "SELECT gender, avg(att8) FROM ks4_pupil GROUP BY gender",
    ),
    NotOffered(
        "A window across people with ORDER BY or a frame",
        "SELECT avg(x) FROM (SELECT lag(att8) OVER (ORDER BY att8) AS x FROM ks4_pupil)",
        "mixes-people",
        ONE,
        "SELECT avg(x) FROM (SELECT lag(overall_year) OVER (PARTITION BY pmr_anon ORDER BY "
        "academic_year) AS x FROM absence)",
    ),
    NotOffered(
        "Ranks of people",
        "SELECT avg(att8) FROM (SELECT att8, rank() OVER (ORDER BY att8) AS place FROM ks4_pupil) WHERE "
        "place > 10",
        "mixes-people",
        ONE,
        "SELECT tile, avg(att8) FROM (SELECT att8, ntile(10) OVER (ORDER BY att8) AS tile FROM "
        "ks4_pupil) GROUP BY tile",
    ),
    NotOffered(
        "LIMIT, OFFSET and samples below an aggregate",
        "SELECT avg(att8) FROM (SELECT att8 FROM ks4_pupil ORDER BY att8 LIMIT 20)",
        "chooses-rows",
        ONE,
        "SELECT quantile_cont(att8, 0.1) FROM ks4_pupil",
    ),
    NotOffered(
        "DISTINCT ON",
        "SELECT avg(a) FROM (SELECT DISTINCT ON (pmr_anon) overall_year AS a FROM absence ORDER BY pmr_anon)",
        "function-not-allowed",
        "It picks one of several rows without saying which.",
        "SELECT avg(a) FROM (SELECT overall_year AS a FROM absence "
        "QUALIFY row_number() OVER (PARTITION BY pmr_anon ORDER BY academic_year) = 1)",
    ),
    NotOffered(
        "min, max, first, last, arg_max and list of a measure across people",
        "SELECT max(att8) FROM ks4_pupil",
        "value-of-one-person",
        "The value is that of one person.",
        "SELECT quantile_cont(att8, 0.95) FROM ks4_pupil",
    ),
    NotOffered(
        "Joins of people by anything but the key",
        "SELECT count(*) FROM ks4_pupil a JOIN ks4_pupil b ON a.urn = b.urn",
        "mixes-people",
        ONE,
        "SELECT count(*) FROM ks4_pupil a JOIN (SELECT urn, avg(att8) AS m FROM ks4_pupil GROUP BY urn) "
        "s ON s.urn = a.urn",
    ),
    NotOffered(
        "EXISTS over other people",
        "SELECT count(*) FROM ks4_pupil k WHERE EXISTS (SELECT 1 FROM ks4_pupil o WHERE o.urn = k.urn "
        "AND o.fsm)",
        "mixes-people",
        "That some other person has a value tells of that person.",
        "SELECT count(*) FROM ks4_pupil WHERE urn IN (SELECT urn FROM ks4_pupil WHERE fsm)",
    ),
    NotOffered(
        "Correlation by anything but equations",
        "SELECT avg((SELECT count(*) FROM ks4_pupil o WHERE o.att8 > k.att8)) FROM ks4_pupil k",
        "mixes-people",
        "It is a rank.",
        "SELECT avg((SELECT avg(o.att8) FROM ks4_pupil o WHERE o.urn = k.urn)) FROM ks4_pupil k",
    ),
    NotOffered(
        "LATERAL joins of people",
        "SELECT count(*) FROM ks4_pupil k, LATERAL (SELECT o.att8 FROM ks4_pupil o WHERE o.urn = k.urn) x",
        "function-not-allowed",
        ONE,
        "SELECT count(*) FROM ks4_pupil k WHERE k.att8 > (SELECT avg(o.att8) FROM ks4_pupil o WHERE "
        "o.urn = k.urn)",
    ),
    NotOffered(
        "ANY and ALL of a subquery",
        "SELECT count(*) FROM ks4_pupil WHERE att8 >= ALL (SELECT avg(att8) FROM ks4_pupil GROUP BY urn)",
        "function-not-allowed",
        "Over people it is an extreme; over safe values max and min say the same.",
        "SELECT count(*) FROM ks4_pupil WHERE att8 >= "
        "(SELECT max(m) FROM (SELECT urn, avg(att8) AS m FROM ks4_pupil GROUP BY urn))",
    ),
    NotOffered(
        "UNION ALL of people with other rows",
        "SELECT count(*) FROM (SELECT urn FROM ks4_pupil UNION ALL SELECT urn FROM school)",
        "function-not-allowed",
        "The number of the other rows is known, so the rest would be told to the last person.",
        "SELECT (SELECT count(*) FROM ks4_pupil) + (SELECT count(*) FROM school)",
    ),
    NotOffered(
        "OR over several fields below a window or a UNION",
        "SELECT count(*) FROM (SELECT pmr_anon FROM ks4_pupil WHERE fsm OR gender = 'F' UNION ALL "
        "SELECT pmr_anon FROM ks2_pupil)",
        "encodes-people",
        "Each branch of an OR is judged as if it were shown; there it could not be.",
        "SELECT count(*) FROM ks4_pupil WHERE fsm OR gender = 'F'",
    ),
    NotOffered(
        "Arithmetic over several codes",
        "SELECT avg(nc_year * 100 + term_number) FROM (SELECT nc_year, length(term) AS term_number FROM "
        "school_census_pupil)",
        "encodes-people",
        SPELLS,
        "SELECT nc_year, term, count(*) FROM school_census_pupil GROUP BY 1, 2",
    ),
    NotOffered(
        "The difference of two of people's dates: an age at a date, a length of stay",
        "SELECT avg(date_diff('day', episode_start, episode_end)) FROM cla_episode",
        "encodes-people",
        DATES,
        "SELECT avg(date_diff('day', episode_start, DATE '2024-03-31')) - "
        "avg(date_diff('day', episode_end, DATE '2024-03-31')) FROM cla_episode WHERE episode_end IS NOT NULL",
    ),
    NotOffered(
        "Remainders, bits, hashes and digits of people's fields",
        "SELECT att8 % 7, count(*) FROM ks4_pupil GROUP BY 1",
        "encodes-people",
        SPELLS,
        "SELECT floor(att8 / 10), count(*) FROM ks4_pupil GROUP BY 1",
    ),
    NotOffered(
        "The key as a value",
        "SELECT count(*) FROM ks4_pupil WHERE pmr_anon = 'A1'",
        "value-of-one-person",
        "The key links rows of one person and does nothing else.",
        "SELECT count(DISTINCT pmr_anon) FROM ks4_pupil",
    ),
    NotOffered(
        "DISTINCT sums and means of a measure",
        "SELECT sum(DISTINCT att8) FROM ks4_pupil",
        "function-not-allowed",
        "Whether one more person changes it tells whether somebody else has the value.",
        "SELECT sum(att8) FROM ks4_pupil",
    ),
    NotOffered(
        "PIVOT without its values",
        "PIVOT ks4_pupil ON gender USING avg(att8) GROUP BY la_code",
        "syntax",
        "Its columns would be named by what people have. The field's published codes can be listed.",
        "PIVOT ks4_pupil ON gender IN ('F', 'M') USING avg(att8) GROUP BY la_code",
    ),
    NotOffered(
        "PIVOT and UNPIVOT by expressions",
        "SELECT * FROM (PIVOT ks4_pupil ON upper(gender) IN ('F') USING avg(att8) GROUP BY la_code)",
        "syntax",
        "A value is computed in a subquery, under a name.",
        "PIVOT (SELECT la_code, upper(gender) AS g, att8 FROM ks4_pupil) ON g IN ('F') USING avg(att8)",
    ),
    NotOffered(
        "FILTER inside PIVOT",
        "PIVOT ks4_pupil ON gender IN ('F') USING avg(att8) FILTER (WHERE fsm6) GROUP BY la_code",
        "function-not-allowed",
        "DuckDB leaves it out without a word.",
        "PIVOT (SELECT la_code, gender, att8 FROM ks4_pupil WHERE fsm6) ON gender IN ('F') USING avg(att8)",
    ),
    NotOffered(
        "WITH RECURSIVE",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT n FROM r",
        "function-not-allowed",
        "Its size cannot be bounded beforehand.",
        "SELECT n FROM (VALUES (1), (2), (3)) AS v(n)",
    ),
    NotOffered(
        "ASOF and POSITIONAL joins",
        "SELECT count(*) FROM ks4_pupil k ASOF JOIN absence a ON a.pmr_anon = k.pmr_anon AND "
        "a.academic_year >= k.academic_year",
        "function-not-allowed",
        "They choose a row by its place.",
        "SELECT count(*) FROM ks4_pupil k JOIN absence a ON a.pmr_anon = k.pmr_anon AND a.academic_year "
        "= k.academic_year",
    ),
    NotOffered(
        "INTERSECT ALL and EXCEPT ALL",
        "SELECT la_code FROM local_authority EXCEPT ALL SELECT la_code FROM school",
        "function-not-allowed",
        "Hardly ever meant.",
        "SELECT la_code FROM local_authority EXCEPT SELECT la_code FROM school",
    ),
    NotOffered(
        "More than one statement, and statements that change something",
        "SELECT 1; DROP TABLE school",
        "not-a-query",
        TEXT,
    ),
    NotOffered(
        "Files, table functions and settings",
        "SELECT count(*) FROM read_parquet('pupils.parquet')",
        "function-not-allowed",
        "Questions go to the catalogue's tables alone.",
        "SELECT count(*) FROM ks4_pupil",
    ),
    NotOffered(
        "Columns chosen by a pattern: COLUMNS()",
        "SELECT avg(COLUMNS('att8.*')) FROM ks4_pupil",
        "function-not-allowed",
        "Every use of every field must stand in the text.",
        "SELECT avg(att8), avg(att8_english) FROM ks4_pupil",
    ),
    NotOffered(
        "Lists, structs, maps and lambdas",
        "SELECT list_transform([1, 2], x -> x + 1)",
        "function-not-allowed",
        "A list of people's values is the values.",
        "SELECT quantile_cont(att8, [0.25, 0.5, 0.75]) FROM ks4_pupil",
    ),
    NotOffered(
        "Now, random and unique numbers",
        "SELECT count(*) FROM exclusion WHERE start_date < current_date",
        "function-not-allowed",
        "The same question must have the same answer.",
        "SELECT count(*) FROM exclusion WHERE start_date < DATE '2024-09-01'",
    ),
)
