"""Somebody who can write to the database changes what is kept, behind the log. The insider's check must notice.

The database's own triggers are taken away first: whoever can edit the file can do that too.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from enclave.audit import Kind, RecordChanged
from enclave.disclosure.ledger.numbers import Kind as KindOf
from enclave.disclosure.ledger.numbers import LedgerNumber, Likeness
from enclave.outputs.agreements import Agreement, Matter
from enclave.outputs.hooks import HookRecord, HookState
from enclave.outputs.keeping import Change
from enclave.outputs.notices import Notice
from enclave.outputs.records import (
    ClaimRecord,
    CommentRecord,
    LookRecord,
    Party,
    QueryStatus,
    RememberedAnswer,
    RequestRecord,
    ResultRecord,
)
from enclave.outputs.saved import SavedQuery
from enclave.people import Role
from enclave.people.consents import Consent
from enclave.people.sessions import Session
from enclave.people.tokens import ShownToken
from enclave.rights.cases import (
    CaseKind,
    CaseRecord,
    CaseState,
    Command,
    CorrectionRecord,
    ExclusionRecord,
    LookupRecord,
    Outcome,
    Step,
)
from enclave.rights.keeping import RightsChange
from enclave.store import Checked, Store, check_database_at
from enclave.store.tables import METADATA
from enclave.terms import FieldRef, OrganisationId, ProjectId
from enclave.transparency.reach import Definition, NewUse
from tests.support.acts import (
    ANN,
    BOB,
    CAT,
    CHECKING,
    NORTH,
    OTHER_PROJECT,
    PROJECT,
    ask,
    ask_for_release,
    asked,
    entry,
    output_of,
    ran,
    start_job,
    vote,
)
from tests.support.ledger import new_numbers, number, scope
from tests.support.records import START, FakeClock, log_in, open_store, without_waiting_for_the_disk

TRIES = {("hooks", name) for name in ("next_at", "failures", "failing_since", "delivered_at")}
UNTOLD = {("queries", "progress"), ("jobs", "heartbeat"), *TRIES}
"""What changes without an entry: it says how far something is, not what anybody did."""
APART = {
    *("answers", "hook_events", "ledger_members", "ledger_secret", "alembic_version"),
    *("sessions", "tokens", "outbox", "saved_queries"),
    *("reach_definitions", "reach_uses"),
}
"""Rows of no entry: what a repeated request was answered, kept for a day; what webhooks are still to be told; who ever
was on a project, which the policies' history holds too; which key the ledger has; and the version of the tables.
Sign-in sessions and access tokens, which change with use and go when they are over; letters that wait, and what became
of them; and the texts that people keep for themselves, and remove. Whose records a query reached is told by the entry
of its end, which `test_audit_reach` holds it to."""
COVERED = [
    (table.name, column.name)
    for table in METADATA.sorted_tables
    for column in table.columns
    if table.name not in APART and (table.name, column.name) not in UNTOLD and column.name != "id"
]
ENTRIES = 26
NUMBERED = (
    *("queries", "outputs", "jobs", "hooks", "requests", "comments", "ledger_reservations"),
    *("rights_cases", "rights_lookups", "rights_exclusions", "rights_corrections", "consents", "agreements"),
)
KEYS = [(name, "id") for name in NUMBERED]


SEEN = {"table": "t1", "sql": "s1", "report": "r1"}
"""What both checkers of an output have seen: an approval of less is no approval for the database."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    without_waiting_for_the_disk(monkeypatch)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home's worth of record: at least two rows in every table, no two alike."""
    folder = tmp_path_factory.mktemp("filled")
    clock = FakeClock()
    with open_store(folder, clock=clock) as store:
        for number in range(2):
            output = ask_for_release(store)
            claim = ClaimRecord(output.id, 1, CAT, CHECKING, START)
            store.write(entry(Kind.OUTPUT_CLAIMED), lambda change, claim=claim: change.add_claim(claim))  # type: ignore[misc]
            for by in (BOB, CAT):
                given = replace(vote(output, START, by=by), hashes=SEEN)
                store.write(
                    entry(Kind.REVIEW_GIVEN, actor=by),
                    lambda change, given=given: change.add_review(given),  # type: ignore[misc]
                )
            store.write(
                entry(Kind.OUTPUT_RELEASED, sql=f"SELECT {number}"),
                lambda change, id=output.id, number=number: released(change, id, number),  # type: ignore[misc]
            )
            start_job(
                store,
                ask(store, problem={"code": str(number)}, started_at=START, cells=number),
                worker=f"w{number}",
            )
            key = RememberedAnswer(ANN, f"k{number}", "h", {"query": "Q-1"}, START)
            store.write(entry(), lambda change, key=key: change.remember(key))  # type: ignore[misc]
        for number in range(2):
            clock.move(minutes=1)
            at = clock.now()
            store.write(entry(Kind.REQUEST_MADE), lambda change, n=number, at=at: worked(change, n, at))  # type: ignore[misc]
            store.write(entry(Kind.SIGN_IN), lambda change, n=number, at=at: kept_apart(change, n, at))  # type: ignore[misc]
        for number in range(2):
            store.write(entry(Kind.WEBHOOK_ADDED), lambda change, number=number: hooked(change, number))  # type: ignore[misc]
            shown_at_once(store, number)
            store.reach.reads(used(number))
            store.write(entry(Kind.CASE_OPENED), lambda change, number=number: handled(change, number))  # type: ignore[misc]
        store.ledger.remember([scope("P-1", ["ann", "bob"])])
    return folder


def used(turn: int) -> NewUse:
    """A leaf of a session without a server: that of a query is told by its end (`test_audit_reach`)."""
    definition = Definition(f"v-{turn}", "pupil", f"SELECT {turn}", f"s{turn}", (("t", "f"),), ())
    return NewUse(None, ProjectId(f"P-{turn}"), START, definition, (FieldRef("t", "f"),))


def shown_at_once(store: Store, turn: int) -> None:
    """Two reservations, no field of which is alike but their states."""
    where = scope(f"P-{turn}", [f"person {turn}"])
    judged = store.ledger.shown(where).judged
    numbers = [unlike(one, turn) for one in (number(range(40 + turn)), number(range(1000, 1050 + turn)))]
    new = new_numbers(where, numbers, judged=judged, data_version=f"v{turn}")
    store.write(entry(Kind.ANSWER_SHOWN), lambda change: change.show_at_once(new))


def unlike(one: LedgerNumber, turn: int) -> LedgerNumber:
    return replace(
        one,
        likeness=Likeness(f"statistic {turn}", f"census {turn}"),
        kinds=(KindOf(f"kind {turn}", fixed=bool(turn)),),
        population=replace(one.population, hidden=frozenset({f"hidden {turn}"})),
        years=(f"year {turn}",),
        tables=(f"table {turn}",),
    )


def worked(change: Change, number: int, at: datetime) -> None:
    """A basket, a thread, an automatic release that somebody looked at, and a known-bad item."""
    project = PROJECT if number else OTHER_PROJECT
    basket = RequestRecord(change.new_request_id(), project, BOB if number else CAT, f"why {number}", at)
    change.add_request(basket)
    first = change.output("O-1")  # type: ignore[arg-type]
    assert first is not None
    automatic = replace(first, id=change.new_output_id(), request_id=basket.id, k=0, state="released")
    released = replace(automatic, released_at=at, manifest={"automatic": number}, tombstone=None)
    change.add_output(released, parties=[Party(ANN, NORTH)])
    change.draw(released.id)
    by, of = (BOB, "checking") if number else (CAT, "elsewhere")
    change.add_look(
        LookRecord(released.id, by, OrganisationId(of), f"finding {number}", f"said {number}", at)
    )
    asked = CommentRecord(0, released.id, 1, by, bool(number), f"why {number}?", at)
    asked_as = change.add_comment(
        replace(asked, cell_row=number or None, cell_column="n" if number else None)
    )
    answer = replace(asked, person=ANN, by_checker=True, text=f"since {number}", round=2, reply_to=asked_as)
    change.add_comment(replace(answer, cell_row=10 + number, cell_column=f"c{number}"))
    seeded = replace(first, id=change.new_output_id(), state="queued", seeded=True, released_at=None)
    change.add_output(replace(seeded, manifest=None, tombstone=None), parties=[Party(ANN, NORTH)])
    words = (f"{name} {number}" for name in ("table", "answer", "report"))
    table, body, report = (word.encode() for word in words)
    bad = ResultRecord(first.query_id, table, body, report, f"t{number}", f"r{number}")
    change.add_seeded_result(seeded.id, bad)
    consented(change, number, at)
    agreed(change, number, at)


def consented(change: Change, number: int, at: datetime) -> None:
    """A consent that was withdrawn, unlike the other in every field."""
    given = Consent(
        id=change.new_consent_id(),
        unit=f"unit {number}",
        person=7 + number,
        purposes=(f"purpose {number}",),
        recipients=(f"kind {number}",),
        evidence=f"form {number}",
        given_on=date(2026, 1 + number, 1),
        expires_on=date(2026, 5 + number, 1),
        recorded_by=BOB if number else CAT,
        recorded_at=at,
    )
    change.add_consent(given)
    change.withdraw_consent(given.id, by=CAT if number else BOB, at=at)


def agreed(change: Change, number: int, at: datetime) -> None:
    """What two people wanted, unlike the other in every field."""
    asked = Agreement(
        id=change.new_agreement_id(),
        matter=Matter.RETRACTION if number else Matter.POLICY,
        about=f"{number}",
        reason=f"reason {number}",
        first=BOB if number else CAT,
        first_at=at,
        written_by=f"author {number}",
    )
    change.add_agreement(asked)
    assert change.agree(asked.id, by=CAT if number else BOB, at=at)


def kept_apart(change: Change, number: int, at: datetime) -> None:
    """What no fingerprint tells of."""
    change.add_session(Session(f"id {number}", ANN, at, at, b"sealed"))
    change.add_token(ShownToken("issuer", f"token {number}", "digest", at + timedelta(hours=1)))
    change.notify(Notice("output.returned", ANN, "O-1"))
    change.keep_saved(SavedQuery(change.new_saved_id(), PROJECT, ANN, f"name {number}", "SELECT 1", at))


def handled(change: RightsChange, number: int) -> None:
    """A request of somebody about their own record, for which the vault was opened."""
    one = bool(number)
    step = Step(
        change.at,
        BOB if one else CAT,
        Role.DATA_STEWARD,
        Command.OPEN,
        CaseState.FOUND if one else CaseState.DECIDED,
    )
    case = CaseRecord(
        id=change.new_case_id(),
        kind=CaseKind.ACCESS if one else CaseKind.OBJECTION,
        state=step.state,
        through=f"school {number}",
        on_behalf=one,
        received_on=date(2026, 11, 1 + number),
        due_on=date(2026, 12, 1 + number),
        extended=one,
        outcome=Outcome.GRANTED if one else Outcome.REFUSED,
        steps=(step,),
        sealed=b"sealed %d" % number,
        public={"authority": f"a court {number}"},
        version=1 + number,
    )
    change.add_case(case)
    roles = (Role.DATA_STEWARD, Role.ADMIN) if one else (Role.SCHOOL_DATA_OFFICER, Role.DATA_STEWARD)
    people = (BOB, ANN) if one else (CAT, BOB)
    at = change.at + timedelta(seconds=number)
    change.add_lookup(
        LookupRecord(change.new_lookup_id(), case.id, at, people[0], roles[0], people[1], roles[1])
    )
    change.add_correction(CorrectionRecord(change.new_correction_id(), case.id, at, b"what %d" % number))
    change.add_exclusion(ExclusionRecord(change.new_exclusion_id(), case.id, at, b"who %d" % number))


def hooked(change: Change, number: int) -> None:
    """A hook which is to be told something."""
    hook = HookRecord(
        id=change.new_hook_id(),
        project=PROJECT if number else OTHER_PROJECT,
        person=BOB if number else CAT,
        url=f"https://hooks.example/{number}",
        salt=f"salt {number}",
        created_at=START + timedelta(seconds=number),
        next_at=START,
    )
    change.add_hook(hook)
    change.add_hook_event(hook.id, {"type": "ping"})
    change.end_hook(hook.id, HookState.OFF if number else HookState.REMOVED, f"reason {number}")
    change.add_hook_event(hook.id, {"type": "ping"})


def released(change: Change, id: str, number: int) -> None:
    output = change.output(id)  # type: ignore[arg-type]
    assert output is not None
    change.save_output(
        replace(output, state="released", released_at=START, manifest={"n": number}, tombstone={"n": number})
    )
    change.add_parties(output.id, [Party(BOB if number else CAT, CHECKING)])


@pytest.fixture
def copy(filled: Path, tmp_path: Path) -> Path:
    return shutil.copytree(filled, tmp_path / "copy")


@contextmanager
def attacker(folder: Path) -> Iterator[sqlite3.Connection]:
    """A connection of somebody who has the file."""
    with closing(sqlite3.connect(folder / "enclave.db")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("PRAGMA ignore_check_constraints=ON")
        yield connection
        connection.commit()


def check(folder: Path) -> Checked:
    return check_database_at(f"sqlite:///{folder / 'enclave.db'}", log_in(folder).checkpoint())


def rows(connection: sqlite3.Connection, table: str) -> list[tuple[int, ...]]:
    return connection.execute(f'SELECT rowid FROM "{table}" ORDER BY rowid').fetchall()


def test_the_record_as_it_is_is_believed(filled: Path) -> None:
    found = check(filled)
    assert (found.findings, found.erased) == ([], 0)
    assert found.entries == ENTRIES


def test_every_table_and_every_field_is_under_attack_here(filled: Path) -> None:
    """A new table or field has to be covered, or to be named as one that is not."""
    with closing(sqlite3.connect(filled / "enclave.db")) as connection:
        for table in METADATA.sorted_tables:
            if table.name == "ledger_secret":
                continue  # it has one row
            assert len(rows(connection, table.name)) >= 2, table.name
    assert {table for table, _ in COVERED} | APART >= {table.name for table in METADATA.sorted_tables}


@pytest.mark.parametrize(("table", "column"), [*COVERED, *KEYS])
def test_no_field_can_be_edited(copy: Path, table: str, column: str) -> None:
    with attacker(copy) as connection:
        value = connection.execute(f'SELECT "{column}" FROM "{table}" ORDER BY rowid LIMIT 1').fetchone()[0]
        connection.execute(
            f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = (SELECT min(rowid) FROM "{table}")',
            [other(value)],
        )
    assert check(copy).findings


def other(value: object) -> object:
    """Another value of the kind."""
    match value:
        case int():
            return value + 1_000_003
        case bytes():
            return bytes([value[0] ^ 1]) + value[1:]
        case str() if value.startswith(("{", "[")):
            return json.dumps([json.loads(value)])
        case str():
            return "failed" if value in set(QueryStatus) else "waiting" if value == "running" else f"{value}x"
        case _:
            return 1


NULLABLE = [
    (table.name, column.name)
    for table in METADATA.sorted_tables
    for column in table.columns
    if column.nullable and (table.name, column.name) in COVERED
]


@pytest.mark.parametrize(("table", "column"), NULLABLE)
def test_no_field_can_be_emptied(copy: Path, table: str, column: str) -> None:
    with attacker(copy) as connection:
        emptied = connection.execute(f'UPDATE "{table}" SET "{column}" = NULL WHERE "{column}" IS NOT NULL')
        emptied_some = emptied.rowcount > 0
    assert bool(check(copy).findings) == emptied_some


TABLES = sorted({table for table, _ in COVERED})


@pytest.mark.parametrize("table", TABLES)
def test_no_row_can_be_deleted(copy: Path, table: str) -> None:
    with attacker(copy) as connection:
        found = rows(connection, table)
    for row in found:
        shutil.copy(copy / "enclave.db", copy / "aside.db")
        with attacker(copy) as connection:
            connection.execute(f'DELETE FROM "{table}" WHERE rowid = ?', row)
        assert check(copy).findings, row
        (copy / "aside.db").rename(copy / "enclave.db")


@pytest.mark.parametrize(("table", "column"), COVERED)
def test_no_two_values_can_be_swapped(copy: Path, table: str, column: str) -> None:
    with attacker(copy) as connection:
        (one, first), (two, second) = different(connection, table, column)
        swap = f'UPDATE OR REPLACE "{table}" SET "{column}" = ? WHERE rowid = ?'
        connection.executemany(swap, [(second, one), (first, two)])
    assert bool(check(copy).findings) == (first != second)


def different(connection: sqlite3.Connection, table: str, column: str) -> Sequence[tuple[int, object]]:
    """Two rows with different values where there are any, else two rows."""
    found = connection.execute(f'SELECT rowid, "{column}" FROM "{table}" ORDER BY rowid').fetchall()
    unlike = [row for row in found if row[1] != found[0][1]]
    return (found[0], (unlike or found[1:])[0])


AGAIN: dict[str, dict[str, object]] = {
    "queries": {"id": 1_000},
    "results": {"query_id": 4},
    "outputs": {"id": 1_000},
    "parties": {"person": "dan"},
    "claims": {"person": "dan"},
    "reviews": {"id": 1_000, "reviewer": "dan"},
    "hooks": {"id": 1_000},
    "requests": {"id": 1_000},
    "moves": {"version": 1_000},
    "comments": {"id": 1_000},
    "drawn": {"output_id": 1},
    "looks": {"person": "dan"},
    "seeded_results": {"output_id": 1},
    "rights_cases": {"id": 1_000},
    "rights_lookups": {"id": 1_000},
    "rights_exclusions": {"id": 1_000},
    "rights_corrections": {"id": 1_000},
    "consents": {"id": 1_000},
    "agreements": {"id": 1_000},
    "jobs": {"id": 1_000, "query_id": 1},
    "counters": {"name": "others"},
    "ledger_reservations": {"id": 1_000, "seq": 1_000, "changed": 1_000},
    "ledger_numbers": {"place": 1_000},
    "ledger_populations": {"name": b"another"},
    "audit_leaves": {"seq": ENTRIES},
    "audit_inside": {"seq": ENTRIES},
    "audit_things": {"thing": "Q-1"},
}
"""What has to differ in a copy of a row for the database to take it. A salt that nothing uses opens nothing."""


@pytest.mark.parametrize("table", sorted(set(TABLES) - {"audit_salts"}))
def test_no_row_can_be_put_in_again(copy: Path, table: str) -> None:
    """Replay: a copy of the last row, as if it had happened twice."""
    with attacker(copy) as connection:
        names = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
        last = connection.execute(f'SELECT * FROM "{table}" ORDER BY rowid DESC LIMIT 1').fetchone()
        again = dict(zip(names, last, strict=True)) | AGAIN[table]
        places = ", ".join("?" * len(names))
        connection.execute(f'INSERT INTO "{table}" VALUES ({places})', list(again.values()))
    assert check(copy).findings


@pytest.mark.parametrize("count", [1, 5, ENTRIES])
def test_the_last_entries_cannot_be_cut_off(copy: Path, count: int) -> None:
    with attacker(copy) as connection:
        for table in ("audit_leaves", "audit_inside", "audit_things"):
            connection.execute(f"DELETE FROM {table} WHERE seq >= ?", [ENTRIES - count])
    assert check(copy).findings


def test_an_older_copy_of_the_database_is_noticed_and_the_store_does_not_open(
    filled: Path, tmp_path: Path
) -> None:
    """Rollback: the whole file of yesterday, which is consistent in itself, with the signed files of today."""
    folder = shutil.copytree(filled, tmp_path / "home")
    shutil.copy(folder / "enclave.db", tmp_path / "yesterday.db")
    with open_store(folder) as store:
        ask(store)
    shutil.copy(tmp_path / "yesterday.db", folder / "enclave.db")
    assert check(folder).findings
    with pytest.raises(RecordChanged):
        open_store(folder)


def test_a_fork_of_the_database_is_noticed_and_the_store_does_not_open(filled: Path, tmp_path: Path) -> None:
    """The same number of entries as were signed, but others."""
    folder, fork = shutil.copytree(filled, tmp_path / "home"), shutil.copytree(filled, tmp_path / "fork")
    for home, name in ((folder, "what was signed"), (fork, "what was put in its place")):
        with open_store(home) as store:
            ask(store, name=name)
    shutil.copy(fork / "enclave.db", folder / "enclave.db")
    assert check(folder).findings
    with pytest.raises(RecordChanged):
        open_store(folder)


def test_a_new_database_beside_a_signed_log_does_not_open(filled: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(filled, tmp_path / "home")
    (folder / "enclave.db").unlink()
    with pytest.raises(RecordChanged):
        open_store(folder)


@pytest.mark.parametrize(
    "act", ["replaced by an older checkpoint", "signed by somebody else", "taken away with its tiles changed"]
)
def test_a_running_store_that_finds_its_log_changed_records_nothing_more(tmp_path: Path, act: str) -> None:
    with open_store(tmp_path) as store:
        ask(store)
        assert store.proof(0) is not None
        checkpoint = tmp_path / "audit" / "checkpoint"
        older = checkpoint.read_text()
        ask(store)
        assert store.proof(1) is not None
        if act.startswith("replaced"):
            checkpoint.write_text(older)
        elif act.startswith("signed"):
            checkpoint.write_text(older.replace("A", "B"))
        else:
            checkpoint.unlink()
        ask(store)
        with pytest.raises(RecordChanged):
            store.proof(2)
        with pytest.raises(RecordChanged):
            ask(store)
        with store.read() as reading:
            assert len(reading.queries()) == 3


def test_an_edited_output_that_was_touched_again_is_still_given_away(copy: Path) -> None:
    """Laundering: edit a row, then wait for an honest act to fingerprint it again."""
    with attacker(copy) as connection:
        connection.execute("UPDATE outputs SET why = 'forged' WHERE id = 1")
    with open_store(copy) as store:
        store.write(entry(Kind.OUTPUT_DOWNLOADED), touch)
    assert check(copy).findings == [f"entry {ENTRIES}: before it, O-1 was changed by no entry"]


def touch(change: Change) -> None:
    output = change.output("O-1")  # type: ignore[arg-type]
    assert output is not None
    change.save_output(output)


def test_an_act_may_not_be_erased_behind_the_log(copy: Path) -> None:
    with attacker(copy) as connection:
        connection.execute(
            "UPDATE audit_inside SET actor = NULL, body = NULL, body_salt = NULL WHERE seq = 3"
        )
    assert check(copy).findings == ["entry 3: its body is gone, and no entry tells that it was erased"]


def test_a_query_with_its_result_and_output_cannot_be_put_in_behind_the_log(tmp_path: Path) -> None:
    """The forged release: rows that look like those of an approved output."""
    with open_store(tmp_path) as store:
        ask(store)
    (tmp_path / "elsewhere").mkdir()
    with open_store(tmp_path / "elsewhere") as store:
        store.write(entry(), lambda change: output_of(change, ran(change, asked(change)), state="released"))
    with attacker(tmp_path) as connection:
        connection.execute("ATTACH ? AS theirs", [str(tmp_path / "elsewhere" / "enclave.db")])
        for table in ("queries", "results", "outputs", "parties"):
            connection.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM theirs.{table}")
        connection.execute("INSERT OR REPLACE INTO counters SELECT * FROM theirs.counters")
    assert {finding.split(":")[0] for finding in check(tmp_path).findings} == {"Q-1", "O-1"}
