"""A project file from the answers to a few questions. What is wrong with them is for `check_policy` to find."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from enclave.terms import NEVER


@dataclass(frozen=True, slots=True)
class NewField:
    name: str
    uses: tuple[str, ...]
    why: str
    less_sensitive_alternative: str = ""


@dataclass(frozen=True, slots=True)
class NewTable:
    """`fields` empty: every field of a public table."""

    name: str
    years: tuple[str, ...] = ()
    fields: tuple[NewField, ...] = ()


@dataclass(frozen=True, slots=True)
class NewApproval:
    body: str
    ref: str
    decided_on: date


@dataclass(frozen=True, slots=True)
class NewProject:
    """What was answered. Without the approvals that every project needs it is a draft."""

    id: str
    title: str
    organisation: str
    lead: str
    researchers: tuple[str, ...]
    purpose: str
    public_summary: str
    public_benefit: str
    article_6: str
    article_9: bool
    gateway: str
    dpia_ref: str
    dpia_reviewed_on: date
    approvals: tuple[NewApproval, ...]
    is_draft: bool
    starts: date
    ends: date
    review_by: date
    destroy_by: date
    data_version: str
    tables: tuple[NewTable, ...]


def project_text(answers: NewProject) -> str:
    """The file, in the order in which its parts are read."""
    return "\n".join(_lines(answers)) + "\n"


def _lines(new: NewProject) -> Iterator[str]:
    yield f"# policies/projects/{new.id}.yaml"
    yield "apiVersion: enclave/v1"
    yield "kind: Project"
    yield f"id: {new.id}"
    yield f"title: {_text(new.title)}"
    yield f"organisation: {new.organisation}"
    yield f"status: {'draft' if new.is_draft else 'active'}"
    yield ""
    yield "people:"
    yield f"  - {{ id: {new.lead}, role: lead_researcher }}"
    yield from (f"  - {{ id: {person}, role: researcher }}" for person in new.researchers)
    yield ""
    yield "purpose:"
    yield f"  class: {new.purpose}"
    yield f"  public_summary: {_text(new.public_summary)}"
    yield f"  public_benefit: {_text(new.public_benefit)}"
    yield f"  never: [{', '.join(sorted(NEVER))}]"
    yield ""
    yield from _legal(new)
    yield "dates:"
    for name in ("starts", "ends", "review_by", "destroy_by"):
        yield f"  {name}: {getattr(new, name).isoformat()}"
    yield ""
    yield "data:"
    yield f"  version: {new.data_version}"
    yield "  tables:"
    for table in new.tables:
        yield from _table(table)


def _legal(new: NewProject) -> Iterator[str]:
    yield "legal:"
    yield f"  article_6: {new.article_6}"
    if new.article_9:
        yield "  article_9: research_statistics"
    yield f"  gateway: {_text(new.gateway)}"
    yield f"  dpia: {{ ref: {_text(new.dpia_ref)}, reviewed_on: {new.dpia_reviewed_on.isoformat()} }}"
    yield ""
    yield "approvals:" if new.approvals else "approvals: []"
    for one in new.approvals:
        yield f"  - {{ body: {one.body}, ref: {_text(one.ref)}, decided_on: {one.decided_on.isoformat()} }}"
    yield ""


def _table(table: NewTable) -> Iterator[str]:
    yield f"    - name: {table.name}"
    if table.years:
        yield f"      years: [{', '.join(table.years)}]"
    if not table.fields:
        yield "      fields: all"
        return
    yield "      rows: all"
    yield "      fields:"
    for field in table.fields:
        yield f"        - name: {field.name}"
        yield f"          use: [{', '.join(field.uses)}]"
        yield f"          why: {_text(field.why)}"
        if field.less_sensitive_alternative:
            yield f"          less_sensitive_alternative: {_text(field.less_sensitive_alternative)}"


def _text(text: str) -> str:
    """A text in quotes, so that nothing in it is read as anything else."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False)
