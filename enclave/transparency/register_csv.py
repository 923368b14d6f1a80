"""The register as one table, a line per item of information, for those who open it in a spreadsheet."""

import csv
import io
from collections.abc import Iterator
from typing import Final

from enclave.transparency import register_words as words
from enclave.transparency.register import Register, RegisteredProject

HEADINGS: Final = (
    "reference",
    "title",
    "summary",
    "state",
    "organisation",
    "lead",
    "purpose",
    "legal_basis",
    "starts",
    "ends",
    "destroy_by",
    "queries_run",
    "queries_refused",
    "tables_released",
    "table",
    "years",
    "item",
    "used_to",
    "why",
    "less_would_not_do",
    "sensitivity",
)
BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def register_csv(register: Register) -> bytes:
    """Every use and every item. Nothing in it is a formula to a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for entry in register.projects:
        for line in _lines(entry):
            writer.writerow([inert(cell) for cell in line])
    return out.getvalue().encode("utf-8")


def inert(text: str) -> str:
    """A text that a spreadsheet would run as a formula, with a quote before it."""
    return f"'{text}" if text.startswith(BEGINS_A_FORMULA) else text


def _lines(entry: RegisteredProject) -> Iterator[tuple[str, ...]]:
    project = entry.project
    use = (
        project.id,
        project.title,
        project.purpose.public_summary,
        entry.stage,
        entry.organisation.name,
        entry.lead or "",
        entry.purpose,
        words.legal(entry),
        project.dates.starts.isoformat(),
        project.dates.ends.isoformat(),
        project.dates.destroy_by.isoformat(),
        str(entry.activity.queries_run),
        str(entry.activity.queries_refused),
        str(entry.activity.released),
    )
    items = [
        (table.name, ", ".join(table.years or ()), field.name, words.uses(field), field.why,
         field.less_sensitive_alternative or "", words.sensitivity(field))
        for table in entry.tables
        for field in table.fields
    ]  # fmt: skip
    for item in items or [("",) * 7]:
        yield (*use, *item)
