"""A share of automatic releases is looked at afterwards, by lot: what is found there says how good the rules are.

The lot is drawn when the output is released, without a look at anything, and the release goes its way.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from enclave.actions.asker import MOST_LISTED, Asker
from enclave.actions.asking import thing_of, who_asks
from enclave.actions.check_policy import Policies
from enclave.actions.outputs_seen import output_for
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.texts import MOST_COMMENT, short
from enclave.audit import Entry, Kind
from enclave.outputs.keeping import AlreadyThere, Change, NotIndependent, Reading
from enclave.outputs.notices import Notice
from enclave.outputs.permissions import Act, Who, may, may_read_queue
from enclave.outputs.records import LookRecord, OutputId
from enclave.people import Role
from enclave.problems.service import Conflict, Forbidden, OwnOutput
from enclave.terms import ProjectId


class Finding(StrEnum):
    FINE = "fine"
    CONCERN = "concern"  # it should perhaps be taken back: those who may are told


@dataclass(frozen=True, slots=True)
class LookView:
    """An automatic release that was drawn, for a checker who may look at it."""

    output: OutputId
    project: ProjectId
    name: str
    released_at: datetime | None
    found: str | None

    def as_json(self) -> dict[str, Any]:
        return {
            "output": self.output,
            "project": self.project,
            "name": self.name,
            "released_at": self.released_at and self.released_at.isoformat(),
            "finding": self.found,
        }


def list_looks(asker: Asker, desk: ServiceDesk, *, looked_at: bool = False) -> list[LookView]:
    """What was drawn and waits for somebody to look, or was looked at; newest first.

    Raises:
        Forbidden: not a checker.
    """
    policies = desk.policies()
    who = who_asks(asker, policies, desk)
    if not may_read_queue(who).allowed:
        raise Forbidden(detail="What is looked at afterwards is for checkers.")
    with desk.records.read() as reading:
        ids = reading.drawn(looked_at=looked_at, limit=MOST_LISTED)
        return [view for id in ids if (view := _view(id, who, policies, reading)) is not None]


def look_at(asker: Asker, id: OutputId, finding: Finding, comment: str, desk: ServiceDesk) -> LookView:
    """Say what was found. It moves nothing; a concern is told to those who can take the release back.

    Raises:
        NotFound, Forbidden, OwnOutput.
        Conflict: it was not drawn, or this checker has said what they found.
    """
    seen = output_for(asker, id, Act.LOOK, desk)
    output = seen.item.output
    look = LookRecord(
        id,
        asker.person,
        seen.who.organisation,
        finding.value,
        short(comment, most=MOST_COMMENT),
        desk.clock.now(),
    )

    def change(opened: Change) -> None:
        if not opened.is_drawn(id):
            raise Conflict(detail=f"{id} was not drawn to be looked at.")
        opened.add_look(look)
        if finding is Finding.CONCERN:
            _tell(id, seen.policies, opened)

    result = seen.whole(desk).result
    objects = {"table": result.table, "report": result.report}
    entry = Entry(Kind.RELEASE_LOOKED_AT, asker.person, output.project, objects, {"finding": finding.value})
    try:
        desk.write(entry, change)
    except AlreadyThere:
        raise Conflict(detail=f"You have said what you found in {id}.") from None
    except NotIndependent:
        raise OwnOutput(detail=f"You, or those you work for, have an interest in {id}.") from None
    return LookView(id, output.project, output.name, output.released_at, finding.value)


def _view(id: OutputId, who: Who, policies: Policies, reading: Reading) -> LookView | None:
    output = reading.output(id)
    assert output is not None, "outputs stay"
    thing = thing_of(output.project, policies, asked_by=output.asked_by, parties=reading.parties(id))
    if not may(who, Act.LOOK, thing).allowed:
        return None
    own = next((look.finding for look in reading.looks(id) if look.person == who.person), None)
    return LookView(id, output.project, output.name, output.released_at, own)


def _tell(id: OutputId, policies: Policies, opened: Change) -> None:
    wanted = {Role.ADMIN, Role.SENIOR_CHECKER}
    for person in sorted(one.id for one in policies.people.values() if one.roles & wanted):
        opened.notify(Notice("release.concern", person, id))
