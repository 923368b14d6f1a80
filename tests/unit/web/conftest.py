"""The service in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.web import Web


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with Web(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """For tests that leave everything as it was."""
    with Web(tmp_path_factory.mktemp("web")) as opened:
        yield opened
