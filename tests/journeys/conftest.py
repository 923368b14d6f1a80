"""One tiny deployment for all journeys, made by the commands that the README names."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from enclave.wiring.demo import gateway_process
from tests.support.commands import done
from tests.support.people import Human


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with tiny synthetic data."""
    folder = tmp_path_factory.mktemp("deployment")
    home, source = folder / "home", folder / "source"
    done("init", home)
    done("data", "synthesise", "--out", source, "--scale", "tiny", "--seed", "1")
    done("data", "load", "--home", home, "--source", source)
    return home


@pytest.fixture(scope="session")
def service(home: Path) -> Iterator[str]:
    """The address of a gateway, a real process, that serves the home."""
    with gateway_process(home) as process:
        yield process.url


@pytest.fixture
def human(service: str, tmp_path: Path) -> Callable[[str], Human]:
    """Somebody who has signed in to the service."""
    return lambda persona: Human(service, persona, tmp_path / persona).signs_in()
