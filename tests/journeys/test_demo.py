"""The demonstration fails when a step of it does not happen. That it succeeds is seen with the README."""

from pathlib import Path

import pytest

from enclave.cli.demo_story import NotAsTold, story
from enclave.wiring.demo import MARK, demo_home, gateway_process
from enclave.wiring.home import WrongUse
from tests.support.commands import enclave
from tests.support.processes import copy_home


def test_a_story_in_which_a_step_is_different_is_not_told_to_its_end(home: Path, tmp_path: Path) -> None:
    """With a threshold that no cell of this little data reaches, nothing is shown, and the demonstration says so."""
    own = copy_home(home, tmp_path / "home")
    project = own / "policies" / "projects" / "P-2026-014.yaml"
    project.write_text(project.read_text("utf-8").replace("min_units: 10", "min_units: 5000"), "utf-8")
    seen: list[str] = []
    with gateway_process(own) as gateway, pytest.raises(NotAsTold, match="some cells are shown"):
        seen.extend(story(gateway.url, tmp_path / "tables"))


def test_a_folder_that_is_no_demonstration_is_left_alone(home: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("mine")
    with pytest.raises(WrongUse):
        demo_home(tmp_path / "home", scale="tiny")
    assert (tmp_path / "home" / "thesis.txt").read_text() == "mine"
    assert not (home / "state" / MARK).exists()
    assert enclave("demo", tmp_path, "--scale", "tiny").returncode == 2
