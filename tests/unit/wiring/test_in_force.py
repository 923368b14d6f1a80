"""Policies in force: read anew when a file changes, and never half of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from enclave.actions.check_policy import Policies
from enclave.documents import Findings
from enclave.terms import PersonId, ProjectId
from enclave.wiring.home import Home, make_home
from enclave.wiring.in_force import LOOK_EVERY_SECONDS, PoliciesInForce
from enclave.wiring.packaged import packaged_policies

PROJECT, PERSON = ProjectId("P-2026-014"), PersonId("researcher@northbridge.example")
MEMBER = f"  - {{ id: {PERSON}, role: researcher }}\n"


class Watched:
    """A home's policies, with the seconds in the test's hand."""

    def __init__(self, home: Home) -> None:
        self.file = home.policies / "projects" / f"{PROJECT}.yaml"
        self.seconds = 0.0
        self.announced: list[Policies] = []
        self.broken: list[Findings] = []
        self.policies = PoliciesInForce(
            home,
            seconds_now=lambda: self.seconds,
            announce=self.announced.append,
            broken=self.broken.append,
        )

    def edit(self, change: Callable[[str], str]) -> None:
        self.file.write_text(change(self.file.read_text("utf-8")), "utf-8")
        self.seconds += LOOK_EVERY_SECONDS

    def on_project(self) -> bool:
        return self.policies().projects[PROJECT].member(PERSON) is not None


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(make_home(tmp_path / "home", policies=packaged_policies()))


def test_who_is_taken_off_is_off_when_the_file_is_looked_at_next_and_it_is_announced_once(
    watched: Watched,
) -> None:
    assert watched.on_project()
    watched.edit(lambda text: text.replace(MEMBER, ""))
    assert not watched.on_project()
    watched.seconds += 10
    assert not watched.on_project()
    assert len(watched.announced) == 1


def test_files_with_an_error_change_nothing_and_are_told_of_once(watched: Watched) -> None:
    watched.edit(lambda text: text.replace(MEMBER, "").replace("kind: Project", "kind: Projct"))
    assert watched.on_project()
    watched.seconds += 10
    assert watched.on_project()
    assert len(watched.broken) == 1
    watched.edit(lambda text: text.replace("kind: Projct", "kind: Project"))
    assert not watched.on_project()
    assert watched.announced[-1] is watched.policies()
