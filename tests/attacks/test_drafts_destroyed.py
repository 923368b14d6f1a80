"""A project is over, and somebody looks for answers that were never released.

Source: NIST SP 800-88, Guidelines for media sanitization.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from enclave.actions.ask_release import ask_release
from enclave.actions.destroy_drafts import destroy_drafts
from enclave.actions.kept_answers import intact, read_table
from enclave.actions.settle_outputs import settle_outputs
from enclave.audit import Kind
from enclave.outputs.states import State
from enclave.problems.service import Conflict
from enclave.store import check_database_at
from enclave.wiring.home import Home
from enclave.wiring.replays import Came, answer_destroyed, kept_of
from enclave.wiring.rights import rights_desk
from tests.support.records import log_in
from tests.support.service import ASKS, CHECKED, THIS, Service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    opened = Service(tmp_path)
    yield opened
    opened.close()


def destroyed(service: Service) -> int:
    rights = rights_desk(Home(Path("/nowhere")), service.records, lambda: service.policies, service.clock.now)
    return destroy_drafts(service.desk, rights)


def goes_by(service: Service) -> None:
    """The project's last day is over, and everything that is due by that is done."""
    ends = service.policies.projects[THIS].dates.ends
    service.clock.move(days=(ends - service.clock.now().date()).days + 1)
    settle_outputs(service.desk, states=frozenset(State))


def test_answers_that_were_never_released_are_gone_with_their_project_and_releases_stay(
    service: Service, tmp_path: Path
) -> None:
    released, draft, asked = (
        service.released(),
        service.ran(CHECKED),
        service.ran(CHECKED.replace("63.7", "58.3")),
    )
    output = ask_release(service.asker(ASKS), asked, "For the paper", service.desk).id
    with service.records.read() as reading:
        before = {id: reading.result(id) for id in (draft, asked)}
    assert destroyed(service) == 0  # it is not over
    goes_by(service)
    assert service.state(output) is State.EXPIRED
    assert destroyed(service) == 2
    assert destroyed(service) == 0
    with service.records.read() as reading:
        for id in (draft, asked):
            result, was = reading.result(id), before[id]
            assert result is not None
            assert was is not None
            assert (result.table, result.answer, result.table_hash) == (b"", b"", was.table_hash)
            assert (intact(was), intact(result)) == (True, False)
            with pytest.raises(Conflict, match="destroyed"):
                read_table(result)
        kept = reading.output(released)
        assert kept is not None
        stays = reading.result(kept.query_id)
        assert stays is not None
        assert intact(stays)
        (entry,) = [one for one in reading.entries(limit=50) if one.kind == Kind.DRAFTS_DESTROYED]
    assert entry.body is not None
    assert entry.body["tables"] == {id: was.table_hash for id, was in before.items() if was is not None}
    service.close()
    with closing(sqlite3.connect(tmp_path / "enclave.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = b"".join(path.read_bytes() for path in tmp_path.glob("enclave.db*"))
    assert not any(was is not None and was.table in content for was in before.values())
    assert (
        check_database_at(f"sqlite:///{tmp_path / 'enclave.db'}", log_in(tmp_path).checkpoint()).findings
        == []
    )


def test_the_record_proves_of_an_answer_that_it_was_destroyed(service: Service) -> None:
    draft, other = service.ran(CHECKED), service.ran(CHECKED.replace("63.7", "58.3"))
    goes_by(service)
    assert destroyed(service) == 2
    kept = kept_of(draft, service.records)
    found = answer_destroyed(kept)
    assert (found.came, len(found.entries)) == (Came.DESTROYED, 1)
    assert found.table_sha256 == kept.result.table_hash
    emptied = replace(kept, about=kept_of(other, service.records).about[:-1])  # an entry, but not of this one
    assert answer_destroyed(emptied).came is Came.NOT_PROVEN
    altered = replace(kept, result=replace(kept.result, table_hash="another"))
    assert answer_destroyed(altered).came is Came.NOT_PROVEN


def test_the_database_empties_no_release_and_changes_no_result_otherwise(
    service: Service, tmp_path: Path
) -> None:
    service.released()
    draft = int(service.ran(CHECKED)[2:])
    with closing(sqlite3.connect(tmp_path / "enclave.db")) as database:
        for statement, number in (
            ("UPDATE results SET \"table\" = x'', answer = x'', report = x'' WHERE query_id = ?", 1),
            ("UPDATE results SET \"table\" = x'00', answer = x'' WHERE query_id = ?", draft),
            (
                "UPDATE results SET \"table\" = x'', answer = x'', table_hash = 'another' WHERE query_id = ?",
                draft,
            ),
            ("DELETE FROM results WHERE query_id = ?", draft),
        ):
            with pytest.raises(sqlite3.IntegrityError):
                database.execute(statement, (number,))


def test_a_project_whose_file_is_gone_loses_nothing(service: Service) -> None:
    service.ran(CHECKED)
    service.clock.move(days=1)
    others = {id: project for id, project in service.policies.projects.items() if id != THIS}
    in_force = {id: policy for id, policy in service.policies.in_force.items() if id != THIS}
    service.policies = replace(service.policies, projects=others, in_force=in_force)
    assert destroyed(service) == 0
