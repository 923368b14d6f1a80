"""The gateway as a process: stopped, killed, started twice, and asked by many at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.commands import done
from tests.support.processes import Served, copy_home, serving

QUICK = "SELECT la_code, count(*) AS pupils FROM school_census_pupil WHERE term = 'SPR' GROUP BY la_code"
SLOW = (
    "SELECT count(*) AS n FROM local_authority a, local_authority b, local_authority c, local_authority d, "
    "local_authority e WHERE a.la_name || b.la_name || c.la_name || d.la_name <> e.la_name"
)
"""A hundred thousand million rows, of a public table."""


@pytest.fixture
def own_home(home: Path, tmp_path: Path) -> Path:
    return copy_home(home, tmp_path / "home")


@pytest.fixture(scope="module")
def served(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A gateway for tests that leave it running."""
    with serving(copy_home(home, tmp_path_factory.mktemp("served") / "home")) as opened:
        yield opened


def running(served: Served) -> str:
    """A query that is running now."""
    id = str(served.ask(SLOW).json()["id"])
    while served.query(id, Prefer="wait=1")["status"] != "running":
        pass
    return id


def test_a_process_that_is_killed_leaves_its_query_failed_and_the_record_whole(own_home: Path) -> None:
    first = Served(own_home)
    finished = first.ask(QUICK, Prefer="wait=30").json()
    assert finished["status"] == "released"
    id = running(first)
    first.kill()
    first.stop()
    with serving(own_home) as second:
        found = second.query(id)
        assert (found["status"], found["problem"]["code"], found["output"]) == ("failed", "interrupted", None)
        assert second.query(finished["id"])["status"] == "released"
        assert second.ask(QUICK, Prefer="wait=30").json()["status"] == "released"
    assert done("audit", "verify", "--home", own_home).startswith("ok")


def test_a_process_that_is_told_to_stop_answers_those_who_wait_and_ends_well(own_home: Path) -> None:
    served = Served(own_home)
    id = running(served)
    with served.while_asking(f"/api/v1/queries/{id}", Prefer="wait=60") as answer:
        served.process.terminate()
        assert answer.result().json()["status"] == "running"
    assert served.process.wait(timeout=60) == 0
    served.stop()
    assert done("audit", "verify", "--home", own_home).startswith("ok")


def test_a_running_query_is_cancelled_and_its_worker_goes_on(served: Served) -> None:
    id = running(served)
    answer = served.http.post(f"/api/v1/queries/{id}/cancel", headers=served.signed_in())
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")
    assert served.ask(QUICK, Prefer="wait=30").json()["status"] == "released"


def test_one_gateway_serves_a_home(served: Served) -> None:
    second = Served(served.home)
    assert second.stop() != 0
    assert second.said == ""
    assert served.http.get("/healthz").json() == {"status": "ok"}


def test_other_machines_get_no_development_issuer(own_home: Path) -> None:
    gateway = Served(own_home, "--host", "0.0.0.0")
    assert gateway.stop() != 0
    assert "nobody could sign in" in (own_home / "state" / "gateway.log").read_text("utf-8")


def test_a_house_with_real_data_gets_no_development_issuer(own_home: Path) -> None:
    house = own_home / "policies" / "house.yaml"
    house.write_text(house.read_text("utf-8").replace("synthetic: true", "synthetic: false"), "utf-8")
    gateway = Served(own_home)
    assert gateway.stop() != 0
    assert "nobody could sign in" in (own_home / "state" / "gateway.log").read_text("utf-8")


def test_many_who_send_the_same_call_at_once_make_one_query(served: Served) -> None:
    key = {"Idempotency-Key": "one", "Prefer": "wait=30"}
    with ThreadPoolExecutor(8) as many:
        answers = [one.result() for one in [many.submit(served.ask, QUICK, **key) for _ in range(8)]]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1


def test_queries_of_many_at_once_are_all_answered_alike(served: Served) -> None:
    with ThreadPoolExecutor(8) as many:
        asked = [many.submit(served.ask, QUICK, Prefer="wait=60") for _ in range(12)]
    found = [one.result().json() for one in asked]
    assert {one["status"] for one in found} == {"released"}
    signed = served.signed_in()
    tables = [served.http.get(f"/api/v1/outputs/{one['output']}/table", headers=signed).text for one in found]
    assert len(set(tables)) == 1
