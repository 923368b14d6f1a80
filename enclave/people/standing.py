"""Whether a person may be let near data at an instant. Pure: the time is passed in.

A day that something expires on lasts until 23:59:59 in the house's time zone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from enclave.people.model import Organisation, Person


@dataclass(frozen=True, slots=True)
class Requirements:
    """What the house asks of a person. The course lasts `course_valid_years` at most, whatever the file says."""

    schemes: tuple[str, ...]
    course: str
    course_valid_years: int
    declarations: tuple[str, ...]


class Lack(StrEnum):
    """Why a person's standing is not good."""

    NOT_ACCREDITED = "not-accredited"
    SCHEME_UNKNOWN = "scheme-unknown"
    ACCREDITATION_NOT_IN_FORCE = "accreditation-not-in-force"
    TRAINING_MISSING = "training-missing"
    TRAINING_NOT_IN_FORCE = "training-not-in-force"
    DECLARATION_MISSING = "declaration-missing"
    AGREEMENT_NOT_IN_FORCE = "agreement-not-in-force"
    ORGANISATION_UNKNOWN = "organisation-unknown"


@dataclass(frozen=True, slots=True)
class Reason:
    lack: Lack
    text: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Good when there is no reason against it."""

    reasons: tuple[Reason, ...]

    @property
    def good(self) -> bool:
        return not self.reasons


def standing(
    person: Person,
    organisation: Organisation | None,
    requirements: Requirements,
    *,
    at: datetime,
    time_zone: ZoneInfo,
) -> Standing:
    """Every reason why the person may not be let near data at an instant; none is a good standing."""
    if at.tzinfo is None:
        raise ValueError("an instant needs its offset")
    today = at.astimezone(time_zone).date()
    return Standing(
        (
            *_accreditation(person, requirements, today),
            *_training(person, requirements, today),
            *_declarations(person, requirements, today),
            *_agreement(person, organisation, today),
        )
    )


def _accreditation(person: Person, requirements: Requirements, today: date) -> Iterator[Reason]:
    held = person.accreditation
    if held is None:
        yield Reason(Lack.NOT_ACCREDITED, f"{person.id} has no accreditation")
        return
    if held.scheme not in requirements.schemes:
        yield Reason(Lack.SCHEME_UNKNOWN, f"{held.scheme} is not an accreditation scheme of this house")
    if not held.granted_on <= today <= held.expires_on:
        text = f"the accreditation of {person.id} is in force from {held.granted_on} to {held.expires_on}"
        yield Reason(Lack.ACCREDITATION_NOT_IN_FORCE, text)


def _training(person: Person, requirements: Requirements, today: date) -> Iterator[Reason]:
    passed = [one for one in person.training if one.course == requirements.course]
    if not passed:
        yield Reason(Lack.TRAINING_MISSING, f"{person.id} has not passed the course {requirements.course}")
        return
    lasts = [
        min(one.expires_on, years_after(one.passed_on, requirements.course_valid_years)) for one in passed
    ]
    if not any(one.passed_on <= today <= last for one, last in zip(passed, lasts, strict=True)):
        text = f"the training of {person.id} in {requirements.course} was in date until {max(lasts)}"
        yield Reason(Lack.TRAINING_NOT_IN_FORCE, text)


def years_after(day: date, years: int) -> date:
    """The same day so many years on; 28 February for a leap day."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _declarations(person: Person, requirements: Requirements, today: date) -> Iterator[Reason]:
    signed = {one.kind for one in person.declarations if one.signed_on <= today}
    for kind in requirements.declarations:
        if kind not in signed:
            yield Reason(Lack.DECLARATION_MISSING, f"{person.id} has not signed the declaration {kind}")


def _agreement(person: Person, organisation: Organisation | None, today: date) -> Iterator[Reason]:
    if organisation is None or organisation.id != person.organisation:
        yield Reason(Lack.ORGANISATION_UNKNOWN, f"the organisation {person.organisation} is not known")
        return
    agreement = organisation.agreement
    if not agreement.signed_on <= today <= agreement.expires_on:
        text = f"the agreement of {organisation.id} is in force from {agreement.signed_on} to {agreement.expires_on}"
        yield Reason(Lack.AGREEMENT_NOT_IN_FORCE, text)
