"""Whose records were reached, from a question on a real engine to the number that everybody reads on its date."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from enclave.actions.ask_query import AskQuery, ask_query
from enclave.actions.asker import Asker
from enclave.outputs.records import QueryId, Wanted
from enclave.web.app import make_app
from enclave.wiring import workers
from enclave.wiring.gateway import Gateway, open_gateway
from enclave.wiring.home import Home
from enclave.wiring.public_reach import published_reach
from tests.support.canary_world import HOSPITALS, PEOPLE, canary_home
from tests.support.service import ASKS, THIS, TestClock

TWO_HOSPITALS = (
    "SELECT sex, count(*) AS n FROM patient WHERE year = 2021 AND hospital_id IN (1, 2) GROUP BY sex"
)
WARD_ONLY = (
    "SELECT sex, count(*) AS n FROM patient WHERE year = 2022 AND ward <> 'QXward00006ZV' GROUP BY sex"
)
IN_ONE = PEOPLE // len(HOSPITALS)


@contextmanager
def served(root: Path, now: datetime) -> Iterator[Gateway]:
    """A service at a time of its own, which looks after what is due each moment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "BEAT_SECONDS", 0.2)
        patch.setattr(workers, "BEATS_A_ROUND", 1)
        with open_gateway(root, workers=1, clock=TestClock(now), log=lambda _line: None) as gateway:
            yield gateway


def run(sql: str, gateway: Gateway) -> None:
    asker = Asker(ASKS, gateway.desk.policies().people[ASKS].roles, gateway.desk.clock.now())
    id = ask_query(AskQuery(asker, THIS, sql, "A table", Wanted.ORDINARY), gateway.desk).id
    until(lambda: finished(id, gateway))


def finished(id: QueryId, gateway: Gateway) -> bool:
    with gateway.desk.records.read() as reading:
        query = reading.query(id)
    return query is not None and query.finished_at is not None


def until(happened: Any) -> None:
    for _ in range(600):
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def told(gateway: Gateway) -> Any:
    with TestClient(make_app(gateway), base_url="http://127.0.0.1", client=("127.0.0.1", 50_000)) as client:
        return client.get(f"/api/v1/register/{THIS}/reach").json()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which two questions were asked in November. Its numbers are published each new year."""
    made, _ = canary_home(tmp_path_factory.mktemp("reach"))
    with served(made, datetime(2026, 11, 26, 12, tzinfo=UTC)) as gateway:
        run(TWO_HOSPITALS, gateway)
        run(WARD_ONLY, gateway)
        until(lambda: published_reach(Home(made))["counted_on"] == "2026-01-01")
        assert told(gateway)["years"] == [], "nothing was asked before that date"
    return made


def test_on_the_date_everybody_reads_how_many_records_were_looked_through(root: Path) -> None:
    """Rounded down to 100, and by hospital to 10; a condition on a ward moves no number of its year (2021/22)."""
    with served(root, datetime(2027, 1, 2, 12, tzinfo=UTC)) as gateway:
        until(lambda: published_reach(Home(root))["counted_on"] == "2027-01-01")
        found = told(gateway)
    assert found["counted_on"] == "2027-01-01"
    assert found["years"] == [{"year": "2020/21", "units": 100}, {"year": "2021/22", "units": 200}]
    assert found["clusters"]["2020/21"] == {"1": IN_ONE, "2": IN_ONE}
    assert found["clusters"]["2021/22"] == {str(hospital): IN_ONE for hospital in HOSPITALS}
