"""The register as one table, a line per item of information, for those who open it in a spreadsheet."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

from enclave.terms.spreadsheets import inert
from enclave.transparency import register_words as words
from enclave.transparency.notes import NoteKind
from enclave.transparency.register import Register, RegisteredProject
from enclave.transparency.register_json import NO_REACH, reach_json

HEADINGS: Final = (
    "reference",
    "title",
    "summary",
    "state",
    "controller",
    "organisation",
    "organisation_type",
    "lead",
    "purpose",
    "public_benefit",
    "never_for",
    "acknowledged_by_people",
    "legal_basis",
    "gateway",
    "impact_assessment",
    "decisions",
    "starts",
    "ends",
    "review_by",
    "destroy_by",
    "answers_destroyed",
    "proof_of_destruction",
    "people_reached",
    "queries_run",
    "queries_refused",
    "outputs_asked",
    "outputs_approved",
    "outputs_refused",
    "outputs_sent_back",
    "outputs_revoked",
    "tables_released",
    "median_hours_with_checkers",
    "publications",
    "incidents",
    "table",
    "years",
    "item",
    "used_to",
    "why",
    "less_would_not_do",
    "sensitivity",
)


def register_csv(register: Register, reach: Mapping[str, Any] = NO_REACH) -> bytes:
    """Every use and every item. Nothing in it is a formula to a spreadsheet.

    Args:
        reach: the public numbers as they are kept.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for entry in register.projects:
        for line in _lines(entry, register, reach):
            writer.writerow([inert(cell) for cell in line])
    return out.getvalue().encode("utf-8")


def _lines(
    entry: RegisteredProject, register: Register, reach: Mapping[str, Any]
) -> Iterator[tuple[str, ...]]:
    use = (*_about(entry, register), *_done(entry, reach))
    items = [
        (table.name, ", ".join(table.years or ()), field.name, words.uses(field), field.why,
         field.less_sensitive_alternative or "", words.sensitivity(field))
        for table in entry.tables
        for field in table.fields
    ]  # fmt: skip
    for item in items or [("",) * 7]:
        yield (*use, *item)


def _about(entry: RegisteredProject, register: Register) -> tuple[str, ...]:
    """Who, why, by what right, until when."""
    project = entry.project
    dates, basis = project.dates, project.legal
    return (
        project.id,
        project.title,
        project.purpose.public_summary,
        entry.stage,
        register.house.name,
        entry.organisation.name,
        words.plain(entry.organisation.kind.value),
        entry.lead or "",
        entry.purpose,
        project.purpose.public_benefit,
        "; ".join(words.plain(one) for one in project.purpose.never),
        str(entry.acknowledged),
        words.legal(entry),
        basis.gateway,
        f"{basis.dpia_ref}, {basis.dpia_reviewed_on.isoformat()}",
        "; ".join(
            f"{words.plain(one.body)}: {one.ref}, {one.decided_on.isoformat()}" for one in project.approvals
        ),
        dates.starts.isoformat(),
        dates.ends.isoformat(),
        dates.review_by.isoformat(),
        dates.destroy_by.isoformat(),
    )


def _done(entry: RegisteredProject, reach: Mapping[str, Any]) -> tuple[str, ...]:
    """What was asked, and what came of it."""
    done, hours = entry.activity, entry.activity.median_hours_with_checkers
    return (
        str(sum(one.answers for one in entry.destroyed)),
        "; ".join(f"entry {one.leaf}" for one in entry.destroyed),
        words.reached(reach_json(reach, entry.project.id)),
        str(done.queries_run),
        str(done.queries_refused),
        str(done.outputs_asked),
        str(done.outputs_approved),
        str(done.outputs_refused),
        str(done.outputs_sent_back),
        str(done.outputs_revoked),
        str(done.released),
        "" if hours is None else str(hours),
        _titles(entry, NoteKind.PUBLICATION),
        _titles(entry, NoteKind.INCIDENT),
    )


def _titles(entry: RegisteredProject, kind: NoteKind) -> str:
    return "; ".join(
        f"{note.title} ({note.at.date().isoformat()})" for note in entry.notes if note.kind is kind
    )
