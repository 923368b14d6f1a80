"""Evidence by visas: what was shown at a person's latest sign-in, beside what their policy file says.

As with acknowledgements the log is the only place where it is kept: the latest entry about somebody counts, and one
that was erased is shown anew at the next sign-in. What counted before counts until it is over, also while the sign-in
service cannot be reached; nothing begins to count without it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from enclave.actions.asker import Asker
from enclave.actions.check_policy import Policies
from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Entry, Kind
from enclave.audit.entries import Json
from enclave.outputs.keeping import Change, Reading
from enclave.people.evidence import Evidence, Stands, with_evidence
from enclave.terms import PersonId

EVIDENCE = "evidence"


def record_visas(asker: Asker, found: Sequence[Evidence], refused: Sequence[str], desk: ServiceDesk) -> None:
    """Put on record what a sign-in service has just said of somebody for whom visas may count, and be it nothing."""
    body: dict[str, Json] = {EVIDENCE: [_told(one) for one in found], "refused": list(refused)}
    desk.write(Entry(Kind.VISAS_SHOWN, asker.person, None, {}, body), _nothing_more)


def evidence_of(person: PersonId, reading: Reading) -> tuple[Evidence, ...]:
    """What was shown at the latest sign-in."""
    latest = reading.entries(kinds=[Kind.VISAS_SHOWN], actor=person, limit=1)
    body = latest[0].body if latest else None
    told: Any = () if body is None else body.get(EVIDENCE, ())
    return tuple(_read(one) for one in told)


def with_visas(
    policies: Policies, evidence: Mapping[PersonId, Sequence[Evidence]], now: datetime
) -> Policies:
    """What is in force, each person with the evidence that counts for them at an instant."""
    if not any(evidence.values()):
        return policies
    zone = policies.house.time_zone
    people = {
        id: with_evidence(person, evidence.get(id, ()), now=now, time_zone=zone)
        for id, person in policies.people.items()
    }
    return replace(policies, people=people)


def _told(one: Evidence) -> dict[str, str]:
    return {
        "stands_for": one.stands_for.value,
        "name": one.name,
        "issuer": one.issuer,
        "source": one.source,
        "asserted": one.asserted.isoformat(),
        "until": one.until.isoformat(),
    }


def _read(told: Mapping[str, Any]) -> Evidence:
    return Evidence(
        Stands(told["stands_for"]),
        told["name"],
        told["issuer"],
        told["source"],
        datetime.fromisoformat(told["asserted"]),
        datetime.fromisoformat(told["until"]),
    )


def _nothing_more(_change: Change) -> None:
    """The entry is all there is to write."""
