"""One tiny deployment for all journeys, made by the commands that the README names."""

from pathlib import Path

import pytest

from tests.support.commands import done


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with tiny synthetic data."""
    folder = tmp_path_factory.mktemp("deployment")
    home, source = folder / "home", folder / "source"
    done("init", home)
    done("data", "synthesise", "--out", source, "--scale", "tiny", "--seed", "1")
    done("data", "load", "--home", home, "--source", source)
    return home
