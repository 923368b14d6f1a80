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
from enclave.query.functions import REVIEWED, Policy, Role
from enclave.query.gate import ARGUMENTS, CLASSES
from enclave.query.misreadings import MARKS, PHRASES
from tests.spec.test_surface import REFUSED, SURFACE
from tests.support.refused import RefusedQuery, asker, refused_queries

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
MADE = "This page is made by `python -m tests.spec.reference` from what the tests hold; do not edit it."
EXAMPLES_A_FORM = 2

_ROLES = {
    Role.RECODE: "labels of one field: over people's fields too",
    Role.NUMERIC: "arithmetic: over people's measures too",
    Role.SLICES: "digits, bits or letters: over answers only",
    Role.REMAINDER: "over answers only",
    Role.LEAF: "across people, with protection",
    Role.SUMMARY: "within one person's own rows, or over answers",
    Role.HISTORY: "windows: within one person's own rows, or over answers",
}
Answers = Sequence[tuple[RefusedQuery, tuple[Problem, ...]]]


def surface_page() -> str:
    """What may be written, form by form, each with queries that the tests hold against DuckDB's own answers."""
    lines = [
        "# SQL that may be written",
        "",
        MADE,
        "",
        "One SELECT in DuckDB's dialect. Each form below is tested with the queries shown and with others: where the "
        "rules are off, answers are DuckDB's own, types included. What is refused, and what to write instead: "
        "[refused SQL](refused-sql.md). Functions: [functions](functions.md).",
    ]
    taken = [query for query in SURFACE if query.name not in REFUSED]
    for row, queries in groupby(taken, key=lambda query: query.row):
        lines += ["", f"## {row[0].upper()}{row[1:]}"]
        for query in list(queries)[:EXAMPLES_A_FORM]:
            lines += ["", f"{query.name[0].upper()}{query.name[1:]}:", "", "```sql", query.sql, "```"]
    return "\n".join([*lines, ""])


def functions_page() -> str:
    """Every function that may be written, by what it may be applied to; and why the others may not."""
    lines = ["# Functions", "", MADE, ""]
    for role, words in _ROLES.items():
        names = sorted(
            {line.name for line in REVIEWED.values() if line.policy is Policy.WRITE and line.role is role}
        )
        lines += [f"## {words[0].upper()}{words[1:]}", "", ", ".join(f"`{name}`" for name in names), ""]
    lines += ["## Not allowed", "", "| why | how many | for example |", "| --- | --- | --- |"]
    denied = [line for line in REVIEWED.values() if line.policy is Policy.DENY]
    for reason in sorted({line.reason for line in denied}):
        names = sorted({line.name for line in denied if line.reason == reason and line.name.isidentifier()})
        shown = ", ".join(f"`{name}`" for name in names[:5])
        lines.append(f"| {_cell(reason)} | {len(names)} | {shown} |")
    return "\n".join([*lines, ""])


def refused_page() -> str:
    """Syntax and functions that DuckDB has and that are refused, each with the reason and the alternative."""
    lines = [
        "# Refused SQL",
        "",
        MADE,
        "",
        "What DuckDB reads and this service does not take. Whole queries that are refused, with what is offered instead: "
        "[refused queries](refused-queries.md).",
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
        "Each query below is refused, and told so in these words, in the terminal, over HTTP and in a notebook alike. A "
        "query under *Try* was planned before it was offered, and would be accepted.",
    ]
    for code in dict.fromkeys(problems[0].code for _, problems in answers):
        lines += ["", f"## [`{code}`](../problems/{code}.md)"]
        for query, problems in answers:
            if problems[0].code == code and len(query.sql) < MOST_SHOWN:
                text = refusal_text(told(problems_json(problems)), query.sql)
                lines += ["", f"### {query.name[0].upper()}{query.name[1:]}", "", "```text", text, "```"]
    return "\n".join([*lines, ""])


MOST_SHOWN = 1_000  # characters of a query


def write() -> None:
    """Write every page anew."""
    with asker() as ask:
        answers = [(query, ask.problems(query)) for query in refused_queries()]
    pages = {
        "sql": surface_page(),
        "functions": functions_page(),
        "refused-sql": refused_page(),
        "refused-queries": refusals_page(answers),
    }
    for name, page in pages.items():
        (FOLDER / f"{name}.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    write()
