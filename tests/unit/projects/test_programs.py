"""Programs in the policy files: each mistake that would make one more than a program."""

from collections.abc import Callable
from pathlib import Path

import pytest

from enclave.actions.check_policy import check_policies, load_policies
from tests.oracle.policies import PROJECT
from tests.support.service import ASKS, COLLEAGUE, MANAGER, NOW, OTHER, PROGRAM, Files, edit_yaml
from tests.support.service import write_service_policies as written

PERSON = f"people/{PROGRAM}.yaml"


def found(folder: Path, edit: Callable[[Files], None], file: str) -> set[str]:
    written(folder)
    edit_yaml(folder / file, edit)
    return {finding.code for finding in check_policies(folder, today=NOW.date()).errors}


def service(**changes: str) -> Callable[[Files], None]:
    return lambda person: person.update(service={"project": PROJECT, "on_behalf_of": str(ASKS)} | changes)


def member_too(project: Files) -> None:
    people = project["people"]
    assert isinstance(people, list)
    people.append({"id": str(PROGRAM), "role": "researcher"})


@pytest.mark.parametrize(
    ("edit", "file", "code"),
    [
        (lambda person: person.update(roles=["researcher", "output_checker"]), PERSON, "service-role"),
        (lambda person: person.update(roles=["admin"]), PERSON, "service-role"),
        (
            lambda person: person.update(
                accreditation={
                    "scheme": "DEA",
                    "ref": "x",
                    "granted_on": NOW.date(),
                    "expires_on": NOW.date(),
                }
            ),
            PERSON,
            "service-standing",
        ),
        (service(project="P-NOWHERE"), PERSON, "unknown-project"),
        (service(on_behalf_of="nobody@infirmary.example"), PERSON, "service-sponsor"),
        (service(on_behalf_of=str(PROGRAM)), PERSON, "service-sponsor"),
        (service(on_behalf_of=str(MANAGER)), PERSON, "service-sponsor"),
        (member_too, f"projects/{OTHER}.yaml", "service-project"),
    ],
)
def test_a_program_is_one_projects_and_decides_nothing(
    edit: Callable[[Files], None], file: str, code: str, tmp_path: Path
) -> None:
    assert code in found(tmp_path, edit, file)


def test_a_program_has_the_standing_of_whoever_answers_for_it(tmp_path: Path) -> None:
    written(tmp_path)
    people = check_policies(tmp_path, today=NOW.date()).people
    assert people[PROGRAM].accreditation == people[ASKS].accreditation
    assert people[PROGRAM].accreditation is not None
    assert people[COLLEAGUE].service is None


def test_a_manager_needs_no_accreditation_and_the_managers_role(tmp_path: Path) -> None:
    assert found(tmp_path, lambda _: None, f"people/{MANAGER}.yaml") == set()
    researcher = found(
        tmp_path / "x", lambda person: person.update(roles=["auditor"]), f"people/{MANAGER}.yaml"
    )
    assert "role" in researcher


def test_a_program_ends_with_whoever_answers_for_it_and_taking_them_off_is_no_error(tmp_path: Path) -> None:
    def taken_off(project: Files) -> None:
        people = project["people"]
        assert isinstance(people, list)
        project["people"] = [one for one in people if one["id"] != ASKS]
        project["status"] = "paused"

    written(tmp_path)
    edit_yaml(tmp_path / f"projects/{PROJECT}.yaml", taken_off)
    loaded = load_policies(tmp_path, today=NOW.date())
    assert [finding.code for finding in loaded.warnings] == ["service-sponsor"]
    assert loaded.people[PROGRAM].accreditation is None
