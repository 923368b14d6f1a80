"""Whether a person may be let near data at an instant."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from enclave.people import Lack, Organisation, OrganisationType, Person, Requirements, Role, standing
from enclave.people.model import Accreditation, Agreement, Declaration, Training
from enclave.terms import OrganisationId, PersonId

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 6, 1, 9, tzinfo=LONDON)
REQUIRED = Requirements(
    schemes=("DEA",), course="safe", course_valid_years=5, declarations=("confidentiality",)
)
ORGANISATION = Organisation(
    OrganisationId("northbridge"),
    "Northbridge",
    OrganisationType.UNIVERSITY,
    "GB",
    Agreement("AGR-1", date(2026, 1, 12), date(2028, 1, 11)),
    "dpo@northbridge.example",
)
ACCREDITED = Accreditation("DEA", "AR-1", date(2025, 9, 30), date(2027, 9, 30))
PERSON = Person(
    PersonId("researcher"),
    "Researcher",
    OrganisationId("northbridge"),
    identities=(),
    roles=frozenset({Role.RESEARCHER}),
    accreditation=ACCREDITED,
    training=(Training("safe", date(2025, 10, 4), date(2030, 10, 3)),),
    declarations=(Declaration("confidentiality", 3, date(2026, 3, 20)),),
)


def lacks(
    person: Person = PERSON, organisation: Organisation | None = ORGANISATION, at: datetime = NOW
) -> list[Lack]:
    found = standing(person, organisation, REQUIRED, at=at, time_zone=LONDON)
    assert found.good is (not found.reasons)
    return [reason.lack for reason in found.reasons]


def test_a_person_with_everything_in_force_has_a_good_standing() -> None:
    assert lacks() == []


@pytest.mark.parametrize(
    ("change", "lack"),
    [
        ({"accreditation": None}, Lack.NOT_ACCREDITED),
        ({"accreditation": replace(ACCREDITED, scheme="XYZ")}, Lack.SCHEME_UNKNOWN),
        (
            {"accreditation": replace(ACCREDITED, granted_on=date(2026, 6, 2))},
            Lack.ACCREDITATION_NOT_IN_FORCE,
        ),
        (
            {"accreditation": replace(ACCREDITED, expires_on=date(2026, 5, 31))},
            Lack.ACCREDITATION_NOT_IN_FORCE,
        ),
        ({"training": ()}, Lack.TRAINING_MISSING),
        ({"training": (replace(PERSON.training[0], course="other"),)}, Lack.TRAINING_MISSING),
        (
            {"training": (replace(PERSON.training[0], expires_on=date(2026, 5, 31)),)},
            Lack.TRAINING_NOT_IN_FORCE,
        ),
        (
            {"training": (replace(PERSON.training[0], passed_on=date(2021, 5, 31)),)},
            Lack.TRAINING_NOT_IN_FORCE,
        ),
        ({"declarations": ()}, Lack.DECLARATION_MISSING),
        (
            {"declarations": (replace(PERSON.declarations[0], signed_on=date(2026, 6, 2)),)},
            Lack.DECLARATION_MISSING,
        ),
        ({"organisation": OrganisationId("elsewhere")}, Lack.ORGANISATION_UNKNOWN),
    ],
)
def test_each_thing_that_is_not_in_force_is_a_reason(change: dict[str, Any], lack: Lack) -> None:
    assert lacks(replace(PERSON, **change)) == [lack]


def test_the_agreement_of_the_organisation_must_be_in_force() -> None:
    lapsed = replace(ORGANISATION, agreement=replace(ORGANISATION.agreement, expires_on=date(2026, 5, 31)))
    assert lacks(organisation=lapsed) == [Lack.AGREEMENT_NOT_IN_FORCE]
    assert lacks(organisation=None) == [Lack.ORGANISATION_UNKNOWN]


def test_all_reasons_come_at_once() -> None:
    assert len(lacks(replace(PERSON, accreditation=None, training=(), declarations=()))) == 3


def test_an_older_training_does_not_take_away_a_newer_one() -> None:
    old = Training("safe", date(2015, 1, 1), date(2020, 1, 1))
    assert lacks(replace(PERSON, training=(old, *PERSON.training))) == []


def test_the_last_day_lasts_until_midnight_in_the_time_zone_of_the_house() -> None:
    last = datetime(2027, 9, 30, 23, 59, 59, tzinfo=LONDON)
    assert lacks(at=last) == []
    assert lacks(at=last.astimezone(UTC)) == []
    assert lacks(at=datetime(2027, 10, 1, tzinfo=LONDON)) == [Lack.ACCREDITATION_NOT_IN_FORCE]
    assert lacks(at=datetime(2027, 9, 30, 23, tzinfo=UTC)) == [Lack.ACCREDITATION_NOT_IN_FORCE]


def test_a_course_passed_on_a_leap_day_lasts_until_28_february() -> None:
    passed = Training("safe", date(2024, 2, 29), date(2099, 1, 1))
    person = replace(
        PERSON, training=(passed,), accreditation=replace(ACCREDITED, expires_on=date(2099, 1, 1))
    )
    organisation = replace(
        ORGANISATION, agreement=replace(ORGANISATION.agreement, expires_on=date(2099, 1, 1))
    )
    assert lacks(person, organisation, datetime(2029, 2, 28, 12, tzinfo=LONDON)) == []
    assert lacks(person, organisation, datetime(2029, 3, 1, 12, tzinfo=LONDON)) == [
        Lack.TRAINING_NOT_IN_FORCE
    ]


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        lacks(at=datetime(2026, 6, 1))  # noqa: DTZ001 -- the point of the test
