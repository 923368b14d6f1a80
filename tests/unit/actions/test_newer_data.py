"""The same number over a newer version of the data: its old value, unless at least five people differ."""

from collections.abc import Callable, Mapping
from typing import Any

from enclave.actions.kept_answers import read_table
from enclave.outputs.records import Wanted
from tests.oracle.world import Row, World
from tests.support.ask import InProcessEngine
from tests.support.service import Files, Service, world

WAVE = "FROM patient WHERE year = 2022 AND wave = 'SPR'"
ALL = f"SELECT count(*) AS n {WAVE}"
BY_HOSPITAL = f"SELECT hospital_id, count(*) AS n, avg(weight) AS w {WAVE} GROUP BY 1 ORDER BY 1"
Json = Mapping[str, Any]


def turn_to(service: Service, version: str, data: World) -> None:
    """The project has another version of the data from now on."""
    service.engine.close()
    service.engine = InProcessEngine(data)

    def pinned(project: Files) -> None:
        data = project["data"]
        assert isinstance(data, dict)
        data["version"] = version

    service.change_policy(pinned, file="projects/P-WORLD-1.yaml")


def without(people: int, keep: Callable[[Row], bool] = lambda _row: False) -> World:
    """The world after some of those in the wave objected: the first ones whom `keep` does not keep."""
    old = world(7, 200)
    there = [
        row["person"]
        for row in old.table("patient")
        if (row["year"], row["wave"]) == (2022, "SPR") and not keep(row)
    ]
    gone = set(there[:people])
    for table in ("patient", "visit", "outcome"):
        old = old.with_rows(table, tuple(row for row in old.table(table) if row["person"] not in gone))
    return old


def shown(service: Service, sql: str, wanted: Wanted = Wanted.ORDINARY) -> list[list[Any]]:
    told = answered(service, sql, wanted)
    return [list(row) for row in told["rows"]]


def answered(service: Service, sql: str, wanted: Wanted = Wanted.ORDINARY) -> Json:
    id = service.ran(sql, wanted)
    with service.records.read() as reading:
        result, query = reading.result(id), reading.query(id)
    assert result is not None, (query, service.faults)
    return read_table(result).as_json()


def test_a_total_that_was_seen_is_shown_again_as_it_was_when_a_few_objected(service: Service) -> None:
    assert shown(service, ALL) == [[147]]
    turn_to(service, "world-2", without(2))
    told = answered(service, ALL)
    assert (told["rows"], told["older_versions"]) == ([[147]], ["world-1"])


def test_nobody_and_a_few_look_alike(service: Service) -> None:
    """Whether anybody at all is away does not show: the very same answer, byte for byte."""
    shown(service, BY_HOSPITAL)
    turn_to(service, "world-2", without(0))
    nobody = answered(service, BY_HOSPITAL)
    turn_to(service, "world-3", without(4))
    assert answered(service, BY_HOSPITAL) == nobody
    assert nobody["older_versions"] == ["world-1"]


def test_where_enough_people_differ_the_number_is_computed_anew(service: Service) -> None:
    shown(service, ALL)
    turn_to(service, "world-2", without(5))
    told = answered(service, ALL)
    assert told["rows"] == [[142]]
    assert "older_versions" not in told


def test_leavers_of_many_versions_add_up(service: Service) -> None:
    """Three at a time are too few; six since the number was computed are not."""
    shown(service, ALL)
    turn_to(service, "world-2", without(3))
    assert shown(service, ALL) == [[147]]
    turn_to(service, "world-3", without(6))
    assert shown(service, ALL) == [[141]]
    turn_to(service, "world-4", without(7))
    assert shown(service, ALL) == [[141]]


def test_another_question_about_the_same_people_is_hidden_beside_the_old_one(service: Service) -> None:
    """Only the same number has an old value to show: any other would be compared with it."""
    shown(service, ALL)
    turn_to(service, "world-2", without(2))
    assert shown(service, f"SELECT count(*) AS n {WAVE} AND sex IN ('F', 'M')") == [[None]]
    assert shown(service, f"SELECT sex, count(*) AS n {WAVE} GROUP BY 1") != []


def test_a_cell_that_fell_below_the_threshold_is_shown_as_it_was(service: Service) -> None:
    """Else that it is hidden now would tell that somebody is away."""
    few = f"SELECT entry_status, count(*) AS n {WAVE} AND entry_status IS NOT NULL GROUP BY 1 ORDER BY 1"
    assert shown(service, few) == [[1, 7], [101, 7]]
    turn_to(service, "world-2", without(3, lambda row: row["entry_status"] != 1))
    assert shown(service, few) == [[1, 7], [101, 7]]


def test_a_project_that_never_saw_the_number_gets_the_new_one(service: Service) -> None:
    turn_to(service, "world-2", without(2))
    assert shown(service, ALL) == [[145]]
    turn_to(service, "world-1", without(0))
    told = answered(service, ALL)
    assert (told["rows"], told["older_versions"]) == ([[145]], ["world-2"])


def test_what_nobody_was_shown_is_not_repeated(service: Service) -> None:
    """A number that waits for checkers would come out by the back door."""
    service.ran(ALL, Wanted.CHECKERS)
    turn_to(service, "world-2", without(2))
    assert shown(service, ALL) == [[None]]


def test_cells_anew_and_cells_as_they_were_do_not_give_the_leavers_away(service: Service) -> None:
    """Beside a new total, the cells that are anew leave those that are as they were: in these enough people differ."""
    before = {row[0]: row[1] for row in shown(service, BY_HOSPITAL)}
    away = without(8, lambda row: row["hospital_id"] != 100)
    turn_to(service, "world-2", away)
    after = {row[0]: row[1] for row in shown(service, BY_HOSPITAL)}
    assert after == before, "one hospital alone would be anew, and the others then follow from the total"
