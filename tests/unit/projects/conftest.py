"""A copy of the product's policies to make mistakes in."""

import shutil
from pathlib import Path

import pytest

from tests.unit.projects.policy_copy import Copy

POLICIES = Path(__file__).parents[3] / "policies"


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parsed")


@pytest.fixture
def policies(tmp_path: Path, parsed: Path) -> Copy:
    folder = tmp_path / "policies"
    shutil.copytree(POLICIES, folder, ignore=shutil.ignore_patterns("catalogue", "schemas"))
    (folder / "catalogue").symlink_to(POLICIES / "catalogue")
    return Copy(folder, parsed)
