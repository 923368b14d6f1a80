"""The register for programs. The names are part of the interface and change only with a version."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, TypeAlias

from enclave.transparency.notes import NoteKind
from enclave.transparency.recorded import Event
from enclave.transparency.register import (
    Activity,
    Register,
    RegisteredField,
    RegisteredProject,
    RegisteredTable,
)

Json: TypeAlias = dict[str, Any]
NO_REACH: Final[Json] = {"counted_on": None, "projects": {}}


def register_json(
    register: Register,
    *,
    reach: Mapping[str, Any] = NO_REACH,
    coming: Iterable[object] = (),
    history: Iterable[Event] = (),
) -> Json:
    """All of it in one document: each project with its fields and releases, what is to come, and what happened.

    Args:
        reach: the public numbers as they are kept.
    """
    return {
        **_head(register),
        "totals": totals(register),
        "access_by_authorities": [asdict(one) for one in register.authorities],
        "retracted_fields": [
            {
                "field": one.field,
                "retracted_on": one.on.isoformat(),
                "audit_leaf": one.leaf,
                "files_rewritten": one.files,
                "proof_leaf": one.destroyed_leaf,
            }
            for one in register.retracted
        ],
        "notice": {
            "days": register.house.notice_days,
            "comments_to": register.house.comments_to,
            "coming": list(coming),
        },
        "projects": [_project(entry, register, reach) for entry in register.projects],
        "history": [
            {"at": when(one.at), "kind": one.kind, "project": one.project, "audit_leaf": one.leaf}
            for one in history
        ],
    }


def project_json(register: Register, id: str, *, reach: Mapping[str, Any] = NO_REACH) -> Json | None:
    """One project by its reference; None where there is none."""
    entry = register.entry(id)
    return None if entry is None else {**_head(register), **_project(entry, register, reach)}


def reach_json(reach: Mapping[str, Any], project: str) -> Json:
    """People whose records were looked through, by year, and by year and cluster; `c`: a number that is not shown."""
    own = reach["projects"].get(project, {"years": [], "clusters": {}})
    return {"counted_on": reach["counted_on"], **own}


def when(at: datetime) -> str:
    """To the minute, as public leaves of the log have it."""
    return at.isoformat(timespec="minutes")


def _head(register: Register) -> Json:
    return {
        "house": register.house.name,
        "synthetic": register.house.synthetic,
        "generated_at": register.at.isoformat(),
        "policy_audit_leaf": register.policy_leaf,
    }


def totals(register: Register) -> Json:
    activities = [entry.activity for entry in register.projects]
    return {
        "projects_now": len(register.of_stage("active")),
        "applications_waiting": len(register.of_stage("application")),
        "applications_rejected": len(register.of_stage("rejected")),
        "queries_run": sum(one.queries_run for one in activities),
        "queries_refused": sum(one.queries_refused for one in activities),
        "outputs_asked": sum(one.outputs_asked for one in activities),
        "outputs_approved": sum(one.outputs_approved for one in activities),
        "outputs_refused": sum(one.outputs_refused for one in activities),
        "outputs_released": sum(one.released for one in activities),
        "outputs_sent_back": sum(one.outputs_sent_back for one in activities),
        "outputs_revoked": sum(one.outputs_revoked for one in activities),
    }


def _project(entry: RegisteredProject, register: Register, reach: Mapping[str, Any]) -> Json:
    project = entry.project
    return {
        "id": project.id,
        "title": project.title,
        "stage": entry.stage,
        "controller": register.house.name,
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
            "acknowledged_by_people": entry.acknowledged,
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
        "people_reached": {
            name: value for name, value in reach_json(reach, project.id).items() if name != "clusters"
        },
        "activity": _activity(entry.activity),
        "publications": [note.as_json() for note in entry.notes if note.kind is NoteKind.PUBLICATION],
        "incidents": [note.as_json() for note in entry.notes if note.kind is NoteKind.INCIDENT],
        "destroyed": [
            {"at": when(one.at), "answers": one.answers, "audit_leaf": one.leaf} for one in entry.destroyed
        ],
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
        "outputs_asked": activity.outputs_asked,
        "outputs_approved": activity.outputs_approved,
        "outputs_refused": activity.outputs_refused,
        "outputs_released": activity.released,
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
