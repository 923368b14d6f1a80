"""The service in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.web import Web


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with Web(tmp_path) as opened:
        yield opened
