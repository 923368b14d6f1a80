"""Uses that are prohibited: whoever signs in says that they will not put data to them, project by project.

It is asked at each sign-in, and again as soon as the uses change. What was acknowledged is on record with the exact
words, as one entry of the log; there is no other place where it is kept, so what is erased there is asked again.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from enclave.actions.answer_json import Json
from enclave.actions.asker import Asker
from enclave.actions.check_policy import Policies
from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Entry, Kind
from enclave.outputs.keeping import Change, Reading
from enclave.problems import NotOnProject
from enclave.problems.service import Conflict, PurposesNotAcknowledged
from enclave.projects import Policy
from enclave.terms import PersonId, ProjectId

LASTS_WITHOUT_SIGN_IN: Final = timedelta(hours=12)
"""How long it holds for a token that does not say when its person signed in."""
MOST_LOOKED_AT: Final = 20
"""Of one person's acknowledgements on one project, the latest: the one that counts is among the last of them."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What is to be acknowledged on one project; `is_due` when it was not, since the last sign-in, in these words."""

    project: ProjectId
    title: str
    uses: tuple[str, ...]
    text_hash: str
    is_due: bool

    def as_json(self) -> Json:
        return {
            "project": self.project,
            "title": self.title,
            "prohibited_uses": list(self.uses),
            "acknowledgement": self.text_hash,
            "due": self.is_due,
        }


def list_acknowledgements(asker: Asker, desk: ServiceDesk) -> tuple[Acknowledgement, ...]:
    """For each project of the asker, what must not be done with its data, and whether they have to say so now."""
    policies, now = desk.policies(), desk.clock.now()
    with desk.records.read() as reading:
        return tuple(
            _acknowledgement(asker, policy, reading, now)
            for _, policy in sorted(policies.in_force.items())
            if policy.project.member(asker.person) is not None
        )


def acknowledge_purposes(
    asker: Asker, project: ProjectId, text_hash: str, desk: ServiceDesk
) -> Acknowledgement:
    """Put on record that the asker has read which uses are prohibited, and will not make them.

    Raises:
        NotOnProject: it is no project of the asker's, whether or not there is one.
        Conflict: the uses are others than those that were read.
    """
    policy = _own(asker.person, project, desk.policies())
    uses = prohibited_uses(policy)
    if text_hash != hash_of(uses):
        raise Conflict(detail="The prohibited uses are not those that you read. Read them again.")
    entry = Entry(
        Kind.PURPOSES_ACKNOWLEDGED,
        asker.person,
        project,
        {"policy": policy.content_hash.encode()},
        {"uses": list(uses), "acknowledgement": text_hash},
    )
    desk.write(entry, _nothing_more)
    with desk.records.read() as reading:
        return _acknowledgement(asker, policy, reading, desk.clock.now())


def must_have_acknowledged(asker: Asker, policy: Policy, desk: ServiceDesk) -> None:
    """Where the house requires it, nobody asks before they have acknowledged.

    Raises:
        PurposesNotAcknowledged
    """
    if not policy.house.acknowledges:
        return
    with desk.records.read() as reading:
        found = _acknowledgement(asker, policy, reading, desk.clock.now())
    if found.is_due:
        raise PurposesNotAcknowledged(
            detail=f"Read which uses of the data of {policy.project.id} are prohibited, and say that you will not "
            "make them: GET and POST /api/v1/me/acknowledgements."
        )


def prohibited_uses(policy: Policy) -> tuple[str, ...]:
    """Those of the house and those that the project names beside them, in one order."""
    return tuple(sorted(policy.house.never.union(policy.project.purpose.never)))


def hash_of(uses: tuple[str, ...]) -> str:
    """A name for exactly these words."""
    return hashlib.sha256(json.dumps(uses).encode()).hexdigest()


def _acknowledgement(asker: Asker, policy: Policy, reading: Reading, now: datetime) -> Acknowledgement:
    uses = prohibited_uses(policy)
    since = asker.authenticated_at or now - LASTS_WITHOUT_SIGN_IN
    made = reading.entries(
        kinds=[Kind.PURPOSES_ACKNOWLEDGED],
        project=policy.project.id,
        actor=asker.person,
        limit=MOST_LOOKED_AT,
    )
    text_hash = hash_of(uses)
    known = any(
        one.at >= since and one.body is not None and one.body.get("acknowledgement") == text_hash
        for one in made
    )
    return Acknowledgement(policy.project.id, policy.project.title, uses, text_hash, is_due=not known)


def _own(person: PersonId, project: ProjectId, policies: Policies) -> Policy:
    policy = policies.policy(project)
    if policy is None or policy.project.member(person) is None:
        raise NotOnProject(
            detail="You are not on this project. Its lead researcher asks for people to be added."
        )
    return policy


def _nothing_more(_change: Change) -> None:
    """The entry is all there is to write."""
