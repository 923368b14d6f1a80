"""The register for programs. The names are part of the interface and change only with a version."""

from collections.abc import Iterable
from typing import Any, TypeAlias

from enclave.transparency.notes import Note, NoteKind
from enclave.transparency.register import (
    Activity,
    Register,
    RegisteredField,
    RegisteredProject,
    RegisteredTable,
)

Json: TypeAlias = dict[str, Any]


def register_json(register: Register, notes: Iterable[Note] = ()) -> Json:
    """All of it, each project with its fields and releases; incidents and publications among them."""
    lines = tuple(note for note in notes if note.kind is not NoteKind.PROVIDER)
    return {
        "house": register.house.name,
        "synthetic": register.house.synthetic,
        "generated_at": register.at.isoformat(),
        "totals": totals(register),
        "access_by_authorities": [
            {"who": one.who, "title": one.title, "requests": one.requests, "records": one.records}
            for one in register.authorities
        ],
        "comments_to": register.house.comments_to,
        "projects": [_project(entry) | _noted(entry.project.id, lines) for entry in register.projects],
    }


def _noted(project: str, notes: Iterable[Note]) -> Json:
    """What people added about one project."""
    own = [note for note in notes if note.about == project]
    return {
        "incidents": [note.as_json() for note in own if note.kind is NoteKind.INCIDENT],
        "publications": [note.as_json() for note in own if note.kind is NoteKind.PUBLICATION],
    }


def project_json(register: Register, id: str, notes: Iterable[Note] = ()) -> Json | None:
    """One project by its reference; None where there is none."""
    entry = register.entry(id)
    if entry is None:
        return None
    head = {"synthetic": register.house.synthetic, "generated_at": register.at.isoformat()}
    return {**head, **_project(entry), **_noted(id, tuple(notes))}


def totals(register: Register) -> Json:
    activities = [entry.activity for entry in register.projects]
    return {
        "projects_now": len(register.of_stage("active")),
        "applications_waiting": len(register.of_stage("application")),
        "applications_rejected": len(register.of_stage("rejected")),
        "queries_run": sum(one.queries_run for one in activities),
        "queries_refused": sum(one.queries_refused for one in activities),
        "outputs_released": sum(one.released for one in activities),
        "outputs_sent_back": sum(one.outputs_sent_back for one in activities),
        "outputs_revoked": sum(one.outputs_revoked for one in activities),
    }


def _project(entry: RegisteredProject) -> Json:
    project = entry.project
    return {
        "id": project.id,
        "title": project.title,
        "stage": entry.stage,
        "organisation": {
            "id": entry.organisation.id,
            "name": entry.organisation.name,
            "type": entry.organisation.kind.value,
            "country": entry.organisation.country,
            "data_protection_contact": entry.organisation.data_protection_contact,
            "agreement": entry.organisation.agreement.ref,
        },
        "lead": entry.lead,
        "people": len(project.members),
        "purpose": {
            "class": project.purpose.kind,
            "title": entry.purpose,
            "summary": project.purpose.public_summary,
            "public_benefit": project.purpose.public_benefit,
            "never": list(project.purpose.never),
        },
        "legal": {
            "article_6": project.legal.article_6,
            "article_9": project.legal.article_9,
            "gateway": project.legal.gateway,
            "dpia": {
                "ref": project.legal.dpia_ref,
                "reviewed_on": project.legal.dpia_reviewed_on.isoformat(),
            },
        },
        "approvals": [
            {"body": one.body, "ref": one.ref, "decided_on": one.decided_on.isoformat()}
            for one in project.approvals
        ],
        "dates": {
            "starts": project.dates.starts.isoformat(),
            "ends": project.dates.ends.isoformat(),
            "review_by": project.dates.review_by.isoformat(),
            "destroy_by": project.dates.destroy_by.isoformat(),
        },
        "data": {"version": project.data_version, "tables": [_table(table) for table in entry.tables]},
        "activity": _activity(entry.activity),
    }


def _table(table: RegisteredTable) -> Json:
    return {
        "table": table.name,
        "description": table.description,
        "public": table.public,
        "years": None if table.years is None else list(table.years),
        "rows": None if table.rows is None else {name: list(values) for name, values in table.rows.items()},
        "fields": [_field(field) for field in table.fields],
    }


def _field(field: RegisteredField) -> Json:
    return {
        "field": field.name,
        "description": field.description,
        "uses": [use.value for use in field.uses],
        "why": field.why,
        "less_sensitive_alternative": field.less_sensitive_alternative,
        "tier": field.tier,
        "annex_b": field.annex_b,
        "identifiability": field.identifiability,
        "sensitivity": field.sensitivity,
    }


def _activity(activity: Activity) -> Json:
    return {
        "queries_run": activity.queries_run,
        "queries_refused": activity.queries_refused,
        "outputs_with_checkers": activity.outputs_with_checkers,
        "outputs_sent_back": activity.outputs_sent_back,
        "outputs_revoked": activity.outputs_revoked,
        "median_hours_with_checkers": activity.median_hours_with_checkers,
        "releases": [
            {
                "output": release.id,
                "title": release.title,
                "released_at": release.released_at.isoformat(),
                "checkers": release.checkers,
                "revoked": release.revoked,
                "audit_leaf": release.leaf,
            }
            for release in activity.releases
        ],
    }
