"""Evidence that others give of a person: it may stand for accreditation or training, until it is over."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from enclave.people.model import Accreditation, Person, Training


class Stands(StrEnum):
    """The preconditions that evidence may satisfy. There is no other."""

    ACCREDITATION = "accreditation"
    TRAINING = "training"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One visa that was checked. `name` is the scheme or the course; it counts until `until`, to the second."""

    stands_for: Stands
    name: str
    issuer: str
    source: str
    asserted: datetime
    until: datetime


def with_evidence(
    person: Person, evidence: Iterable[Evidence], *, now: datetime, time_zone: ZoneInfo
) -> Person:
    """The person with what evidence stands for at an instant, where their file says that it may.

    What the file itself says is never made less: evidence is beside it, and only where it has nothing of the kind.
    """
    for one in evidence:
        if one.stands_for.value not in person.by_visa or not one.asserted <= now < one.until:
            continue
        first, last = (at.astimezone(time_zone).date() for at in (one.asserted, one.until))
        if one.stands_for is Stands.ACCREDITATION and person.accreditation is None:
            person = replace(
                person, accreditation=Accreditation(one.name, f"visa of {one.source}", first, last)
            )
        elif one.stands_for is Stands.TRAINING:
            person = replace(person, training=(*person.training, Training(one.name, first, last)))
    return person
