"""Writes the reference pages on SQL from what the tests and the product hold: `python -m tests.spec.reference`.

A page that is not what this would write fails its test, so the pages stay true.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from enclave.actions.answer_json import problems_json
from enclave.client.rendering import refusal_text
from enclave.client.told import told
from enclave.problems import Problem
from enclave.query.calls import INSTEAD
from enclave.query.gate import ARGUMENTS, CLASSES
from enclave.query.misreadings import MARKS, PHRASES
from tests.spec.test_surface import REFUSED, SURFACE
from tests.support.refused import RefusedQuery, asker, refused_queries

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
MADE = "This page is made by `python -m tests.spec.reference` from what the tests hold; do not edit it."
SURFACE_WORDS = (
    "One SELECT in DuckDB's dialect. Each form below is tested with the queries shown and with others: where the rules "
    "are off, answers are DuckDB's own, types included. What is refused, and what to write instead: "
    "[refused SQL](refused-sql.md). Functions: [functions](functions.md)."
)
REFUSED_WORDS = (
    "What DuckDB reads and this service does not take. Whole queries that are refused, with what is offered "
    "instead: [refused queries](refused-queries.md)."
)
REFUSALS_WORDS = (
    "Each query below is refused, and told so in these words, in the terminal, over HTTP and in a notebook alike. "
    "A query under *Try* was planned before it was offered, and would be accepted."
)
EXAMPLES_A_FORM = 2
MOST_SHOWN = 1_000  # characters of a query

Answers = Sequence[tuple[RefusedQuery, tuple[Problem, ...]]]


def surface_page() -> str:
    """What may be written, form by form, each with queries that the tests hold against DuckDB's own answers."""
    lines = [
        "# SQL that may be written",
        "",
        MADE,
        "",
        SURFACE_WORDS,
    ]
    taken = [query for query in SURFACE if query.name not in REFUSED]
    for row, queries in groupby(taken, key=lambda query: query.row):
        lines += ["", f"## {row[0].upper()}{row[1:]}"]
        for query in list(queries)[:EXAMPLES_A_FORM]:
            lines += ["", f"{query.name[0].upper()}{query.name[1:]}:", "", "```sql", query.sql, "```"]
    return "\n".join([*lines, ""])


def refused_page() -> str:
    """Syntax and functions that DuckDB has and that are refused, each with the reason and the alternative."""
    lines = [
        "# Refused SQL",
        "",
        MADE,
        "",
        REFUSED_WORDS,
        "",
        "## Words",
        "",
        "| words | why | instead |",
        "| --- | --- | --- |",
        *_words(),
        "",
        "## Signs",
        "",
        "| sign | why, and what to write |",
        "| --- | --- |",
        *(f"| `{_cell(sign)}` | {_cell(why)} |" for sign, why in sorted(MARKS.items())),
        "",
        "## Forms",
        "",
        "| why | instead |",
        "| --- | --- |",
        *_forms(),
        "",
        "## Functions of other dialects, and their names here",
        "",
        "| function | instead |",
        "| --- | --- |",
        *(f"| `{name}` | {_cell(better)} |" for name, better in sorted(INSTEAD.items())),
    ]
    return "\n".join([*lines, ""])


def _words() -> Iterator[str]:
    for phrase in PHRASES:
        words = " ".join("/".join(word.upper() for word in choice) for choice in phrase.words)
        yield f"| `{_cell(words)}` | {_cell(phrase.detail)} | {_cell(phrase.advice)} |"


def _forms() -> Iterator[str]:
    found = dict.fromkeys([*CLASSES.values(), *ARGUMENTS.values()])
    yield from (f"| {_cell(why)} | {_cell(better)} |" for why, better in sorted(found))


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


def refusals_page(answers: Answers) -> str:
    """Each query of the corpus of refused ones as its asker is told of it."""
    lines = [
        "# Refused queries, and what is offered instead",
        "",
        MADE,
        "",
        REFUSALS_WORDS,
    ]
    for code in dict.fromkeys(problems[0].code for _, problems in answers):
        lines += ["", f"## [`{code}`](../problems/{code}.md)"]
        for query, problems in answers:
            if problems[0].code == code and len(query.sql) < MOST_SHOWN:
                text = refusal_text(told(problems_json(problems)), query.sql)
                lines += ["", f"### {query.name[0].upper()}{query.name[1:]}", "", "```text", text, "```"]
    return "\n".join([*lines, ""])


def write() -> None:
    """Write every page anew."""
    with asker() as ask:
        answers = [(query, ask.problems(query)) for query in refused_queries()]
    pages = {
        "sql": surface_page(),
        "refused-sql": refused_page(),
        "refused-queries": refusals_page(answers),
    }
    for name, page in pages.items():
        (FOLDER / f"{name}.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    write()
