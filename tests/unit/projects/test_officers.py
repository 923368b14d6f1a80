"""School data officers in the policy files: each sees their own alone, and the file says which those are."""

from dataclasses import replace
from pathlib import Path

from enclave.actions.check_policy import check_policies, load_policies
from enclave.people.comparing import compare_people
from enclave.terms.changes import Effect
from tests.support.service import AUDITOR, NOW, OFFICER, Files, edit_yaml
from tests.support.service import write_service_policies as written


def test_an_officer_has_the_clusters_of_their_file(tmp_path: Path) -> None:
    written(tmp_path)
    policies = load_policies(tmp_path, today=NOW.date())
    assert policies.people[OFFICER].clusters == {"H-1"}
    assert policies.people[AUDITOR].clusters == frozenset()


def _without_clusters(person: Files) -> None:
    del person["clusters"]


def test_an_officer_without_clusters_is_a_mistake(tmp_path: Path) -> None:
    written(tmp_path)
    edit_yaml(tmp_path / f"people/{OFFICER}.yaml", _without_clusters)
    (found,) = check_policies(tmp_path, today=NOW.date()).errors
    assert (found.code, found.message) == (
        "missing",
        f'{OFFICER} is a school data officer and has no "clusters"',
    )


def test_nobody_else_has_clusters(tmp_path: Path) -> None:
    written(tmp_path)
    edit_yaml(tmp_path / f"people/{AUDITOR}.yaml", lambda person: person.update(clusters=["H-2"]))
    (found,) = check_policies(tmp_path, today=NOW.date()).errors
    assert (found.code, found.message) == ("role", f"{AUDITOR} has clusters and is no school data officer")


def test_one_more_cluster_widens_and_one_less_narrows(tmp_path: Path) -> None:
    written(tmp_path)
    officer = load_policies(tmp_path, today=NOW.date()).people[OFFICER]
    more = replace(officer, clusters=officer.clusters | {"H-2"})
    assert [change.effect for change in compare_people(officer, more)] == [Effect.WIDENS]
    assert [change.effect for change in compare_people(more, officer)] == [Effect.NARROWS]
