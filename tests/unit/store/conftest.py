"""Every test of the store runs on SQLite and on PostgreSQL."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from enclave.store import Store
from tests.support.postgres import Postgres, postgres
from tests.support.records import FakeClock, new_database, open_store, without_waiting_for_the_disk


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in its tables."""
    if request.param == "sqlite":
        (tmp_path / "enclave.db").write_bytes(new_database())
        return f"sqlite:///{tmp_path / 'enclave.db'}"
    server: Postgres = request.getfixturevalue("server")
    return server.new_database()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting_for_the_disk(monkeypatch)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def open_it(tmp_path: Path, url: str, clock: FakeClock) -> Iterator[Callable[..., Store]]:
    """Opens the store, again and again if you like; all are closed at the end."""
    opened: list[Store] = []

    def open_again(**settings: Any) -> Store:
        opened.append(open_store(tmp_path, url=url, clock=clock, **settings))
        return opened[-1]

    yield open_again
    for store in opened:
        store.close()


@pytest.fixture
def store(open_it: Callable[..., Store]) -> Store:
    return open_it()
