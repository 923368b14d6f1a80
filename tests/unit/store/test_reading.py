"""A transaction that reads: one moment, whichever way it is read, and nothing that stays."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, bindparam, select

from enclave.store.database import connect, driver_of, reading, sqlite_url, writing
from enclave.store.made import Made, insert_into
from enclave.store.migrating import bring_up_to_date
from enclave.store.tables import COUNTERS

NAMES = select(COUNTERS.c.name)
LAST = Made(select(COUNTERS.c.last).where(COUNTERS.c.name == bindparam("name")))
NEW_COUNTER = insert_into(COUNTERS, "name", "last")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = connect(sqlite_url(tmp_path / "read.db"))
    bring_up_to_date(made)
    yield made
    made.dispose()


@pytest.mark.parametrize("driver_first", [True, False])
def test_both_ways_of_reading_see_the_same_moment(engine: Engine, driver_first: bool) -> None:
    with reading(engine) as before:
        seen = [LAST.scalar(before, name="new")] if driver_first else list(before.scalars(NAMES))
        _count(engine, "new")
        assert LAST.scalar(before, name="new") is None
        assert "new" not in [*seen, *before.scalars(NAMES)]
    with reading(engine) as after:
        assert LAST.scalar(after, name="new") == 1
        assert "new" in list(after.scalars(NAMES))


@pytest.mark.parametrize("through_sqlalchemy", [True, False])
def test_a_reading_that_fails_leaves_nothing_open(engine: Engine, through_sqlalchemy: bool) -> None:
    driver = None
    with contextlib.suppress(ZeroDivisionError), reading(engine) as connection:
        driver = driver_of(connection)
        if through_sqlalchemy:
            connection.scalars(NAMES).all()
        raise ZeroDivisionError
    assert driver is not None
    assert not driver.in_transaction
    _count(engine, "new")
    with reading(engine) as connection:
        assert LAST.scalar(connection, name="new") == 1


@pytest.mark.parametrize("through_sqlalchemy", [True, False])
def test_what_is_written_while_reading_does_not_stay(engine: Engine, through_sqlalchemy: bool) -> None:
    with reading(engine) as connection:
        if through_sqlalchemy:
            connection.execute(COUNTERS.insert(), {"name": "new", "last": 1})
        else:
            NEW_COUNTER.run(connection, new_name="new", new_last=1)
    with reading(engine) as connection:
        assert LAST.scalar(connection, name="new") is None


def _count(engine: Engine, name: str) -> None:
    with writing(engine) as connection:
        NEW_COUNTER.run(connection, new_name=name, new_last=1)
