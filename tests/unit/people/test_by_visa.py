"""People whose accreditation is a visa's: the file lets it, the latest sign-in shows it, and it ends to the second."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from enclave.actions.check_policy import Policies, check_policies, load_policies
from enclave.actions.visas import evidence_of, record_visas, with_visas
from enclave.people import Person, standing
from enclave.people.comparing import compare_people
from enclave.people.evidence import Evidence, Stands
from enclave.terms.changes import Effect
from tests.support.service import COLLEAGUE, NOW, Files, Service, edit_yaml
from tests.support.service import write_service_policies as written

SHOWN = Evidence(
    Stands.ACCREDITATION,
    "DEA",
    "https://visas.example",
    "https://accreditation.example",
    NOW - timedelta(days=30),
    NOW + timedelta(hours=1),
)


def by_visa(person: Files) -> None:
    del person["accreditation"]
    person["by_visa"] = ["accreditation"]


def without(person: Files) -> None:
    del person["accreditation"]


@pytest.fixture
def policies(tmp_path: Path) -> Policies:
    written(tmp_path)
    edit_yaml(tmp_path / f"people/{COLLEAGUE}.yaml", by_visa)
    return load_policies(tmp_path, today=NOW.date())


def good(policies: Policies, at: timedelta = timedelta()) -> bool:
    seen = with_visas(policies, {COLLEAGUE: [SHOWN]}, NOW + at)
    person = seen.people[COLLEAGUE]
    organisation = seen.organisations[person.organisation]
    zone = seen.house.time_zone
    return standing(person, organisation, seen.requirements, at=NOW + at, time_zone=zone).good


def test_nobody_is_on_a_project_without_an_accreditation_unless_a_visa_may_stand_for_it(
    tmp_path: Path,
) -> None:
    written(tmp_path)
    edit_yaml(tmp_path / f"people/{COLLEAGUE}.yaml", without)
    assert {one.code for one in check_policies(tmp_path, today=NOW.date()).errors} == {"not-accredited"}


def test_the_standing_is_good_while_a_visa_counts_and_not_before_or_after(policies: Policies) -> None:
    person = policies.people[COLLEAGUE]
    organisation, zone = policies.organisations[person.organisation], policies.house.time_zone
    assert not standing(person, organisation, policies.requirements, at=NOW, time_zone=zone).good
    assert good(policies)
    assert good(policies, timedelta(minutes=59, seconds=59))
    assert not good(policies, timedelta(hours=1))


def test_where_nothing_was_shown_policies_are_as_they_are(policies: Policies) -> None:
    assert with_visas(policies, {COLLEAGUE: ()}, NOW) is policies
    assert with_visas(policies, {}, NOW) is policies


def test_each_sign_in_replaces_what_was_shown_before(tmp_path: Path) -> None:
    service = Service(tmp_path)
    try:
        asker = service.asker(COLLEAGUE)
        with service.records.read() as reading:
            assert evidence_of(COLLEAGUE, reading) == ()
        record_visas(asker, [SHOWN], ["exp"], service.desk)
        with service.records.read() as reading:
            assert evidence_of(COLLEAGUE, reading) == (SHOWN,)
        record_visas(asker, [], ["sub"], service.desk)
        with service.records.read() as reading:
            assert evidence_of(COLLEAGUE, reading) == ()
    finally:
        service.close()


def test_that_a_visa_may_stand_for_something_widens(policies: Policies) -> None:
    person: Person = policies.people[COLLEAGUE]
    more = replace(person, by_visa=frozenset({"accreditation", "training"}))
    assert [one.effect for one in compare_people(person, more)] == [Effect.WIDENS]
    assert [one.effect for one in compare_people(more, person)] == [Effect.NARROWS]
