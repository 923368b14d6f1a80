"""What waits for a second person: releases that one wants back, or has taken back in an emergency."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from enclave.actions.asker import MOST_LISTED, Asker
from enclave.actions.asking import thing_of, who_asks
from enclave.actions.service_desk import ServiceDesk
from enclave.outputs.permissions import Act, may, may_revoke_at_all
from enclave.outputs.records import OutputId, OutputRecord
from enclave.outputs.states import State
from enclave.outputs.views import etag_of
from enclave.problems.service import Forbidden
from enclave.terms import PersonId, ProjectId

WAITING = (State.REVOCATION_ASKED, State.SUSPENDED)


@dataclass(frozen=True, slots=True)
class RevocationView:
    """A release that somebody wants back. `due` is when an emergency has to be agreed to."""

    output: OutputId
    project: ProjectId
    name: str
    emergency: bool
    reason: str
    asked_by: PersonId | None
    asked_at: datetime | None
    due: datetime | None
    overdue: bool
    etag: str

    def as_json(self) -> dict[str, Any]:
        return {
            "output": self.output,
            "project": self.project,
            "name": self.name,
            "emergency": self.emergency,
            "reason": self.reason,
            "asked_by": self.asked_by,
            "asked_at": self.asked_at and self.asked_at.isoformat(),
            "due": self.due and self.due.isoformat(),
            "overdue": self.overdue,
            "etag": self.etag,
        }


def list_revocations(asker: Asker, desk: ServiceDesk) -> list[RevocationView]:
    """What this person may agree to, newest first.

    Raises:
        Forbidden: it is for admins and senior checkers.
    """
    policies = desk.policies()
    who = who_asks(asker, policies, desk)
    if not may_revoke_at_all(who).allowed:
        raise Forbidden(detail="What waits to be taken back is for admins and senior checkers.")
    hours = policies.house.reviewing.cosign_within_hours
    with desk.records.read() as reading:
        found = reading.outputs(states=WAITING, limit=MOST_LISTED)
    theirs = [one for one in found if may(who, Act.READ, thing_of(one.project, policies)).allowed]
    return [_view(output, hours) for output in theirs]


def _view(output: OutputRecord, hours: int) -> RevocationView:
    told, emergency = output.tombstone or {}, output.state == State.SUSPENDED
    asked_at = output.revocation_at
    return RevocationView(
        output=output.id,
        project=output.project,
        name=output.name,
        emergency=emergency,
        reason=str(told.get("reason", "")),
        asked_by=output.revocation_by,
        asked_at=asked_at,
        due=asked_at + timedelta(hours=hours) if emergency and asked_at is not None else None,
        overdue=told.get("confirmation") == "overdue",
        etag=etag_of(output),
    )
