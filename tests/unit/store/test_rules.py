"""What the database itself refuses, by SQL that goes past our code."""

from collections.abc import Callable

import pytest
from sqlalchemy import Inspector, Table, inspect, text
from sqlalchemy.exc import IntegrityError

from enclave.audit import Kind
from enclave.outputs.agreements import Agreement, Matter
from enclave.outputs.keeping import Change
from enclave.people.consents import Consent
from enclave.store import Store
from enclave.store.database import connect
from enclave.store.migrating import HEAD, DatabaseTooNew, bring_up_to_date
from enclave.store.tables import METADATA
from enclave.terms import PersonId
from tests.support.acts import ANN, CAT, ask_for_release, entry, vote
from tests.support.records import START, past_our_code


def two_consents(change: Change) -> None:
    """One that stands and one that was withdrawn."""
    for person in (7, 8):
        id, day = change.new_consent_id(), START.date()
        change.add_consent(
            Consent(id, "pupil", person, ("research",), ("press",), "form 12", day, None, ANN, START)
        )
    change.withdraw_consent(id, by=ANN, at=START)


def two_agreements(change: Change) -> None:
    """One that waits and one that somebody has agreed to."""
    for about in ("7", "8"):
        first = Agreement(change.new_agreement_id(), Matter.POLICY, about, "needed", ANN, START, "eve")
        change.add_agreement(first)
    assert change.agree(first.id, by=CAT, at=START)


@pytest.fixture
def run(store: Store, url: str) -> Callable[[str], None]:
    """Runs one statement on a database that has an output with a vote."""
    output = ask_for_release(store)
    store.write(entry(Kind.REVIEW_GIVEN), lambda change: change.add_review(vote(output, START)))
    store.write(entry(Kind.CONSENT_RECORDED), two_consents)
    store.write(entry(Kind.POLICY_PROPOSED), two_agreements)

    def statement(words: str) -> None:
        with past_our_code(url) as connection:
            connection.execute(text(words))

    return statement


REVIEW = (
    "INSERT INTO reviews (id, output_id, round, reviewer, reviewer_organisation, verdict, comment, at, hashes, "
    "adjudicates) VALUES (99, 1, 2, '{person}', '{organisation}', 'approve', '', 0, '{{}}', false)"
)


@pytest.mark.parametrize(
    "statement",
    [
        REVIEW.format(person="ann", organisation="checking"),
        REVIEW.format(person="dan", organisation="northbridge"),
        "INSERT INTO claims (output_id, round, person, organisation, at) VALUES (1, 1, 'ann', 'checking', 0)",
        "UPDATE reviews SET verdict = 'reject'",
        "UPDATE reviews SET reviewer = 'dan'",
        "DELETE FROM reviews",
        "UPDATE parties SET person = 'nobody', organisation = 'nowhere'",
        "DELETE FROM parties",
        "UPDATE results SET table_hash = 'x'",
        "DELETE FROM results",
        "UPDATE audit_leaves SET leaf = leaf WHERE seq = 0",
        "DELETE FROM audit_leaves",
        "UPDATE outputs SET table_hash = table_hash, sql_hash = 'x'",
        "UPDATE outputs SET project = 'P-9'",
        "UPDATE outputs SET organisation = 'checking'",
        "UPDATE outputs SET asked_by = 'dan'",
        "DELETE FROM outputs",
        "UPDATE consents SET person = 9",
        'UPDATE consents SET recipients = \'["press","commercial"]\'',
        "UPDATE consents SET expires_on = '2099-01-01'",
        "UPDATE consents SET evidence = 'another form', withdrawn_by = 'ann', withdrawn_at = 1 WHERE id = 1",
        "UPDATE consents SET withdrawn_by = NULL, withdrawn_at = NULL WHERE id = 2",
        "UPDATE consents SET withdrawn_at = withdrawn_at + 1 WHERE id = 2",
        "UPDATE consents SET withdrawn_at = 1 WHERE id = 1",  # by nobody
        "DELETE FROM consents",
        "UPDATE agreements SET second = first, second_at = 1 WHERE id = 1",
        "UPDATE agreements SET second = 'eve', second_at = 1 WHERE id = 1",  # who wrote it
        "UPDATE agreements SET second = 'cat' WHERE id = 1",  # at no time
        "UPDATE agreements SET first = 'dan', second = 'ann', second_at = 1 WHERE id = 1",
        "UPDATE agreements SET written_by = NULL, second = 'eve', second_at = 1 WHERE id = 1",
        "UPDATE agreements SET about = '9', second = 'cat', second_at = 1 WHERE id = 1",
        "UPDATE agreements SET second = 'dan' WHERE id = 2",
        "UPDATE agreements SET second = NULL, second_at = NULL WHERE id = 2",
        "INSERT INTO agreements VALUES (3, 'policy version', '8', '', 'ann', 0, NULL, 'ann', 0)",
        "INSERT INTO agreements VALUES (3, 'policy version', '8', '', 'ann', 0, 'eve', 'eve', 0)",
        "INSERT INTO agreements VALUES (3, 'retraction', 'a.b', '', 'ann', 0, NULL, 'cat', NULL)",
        "DELETE FROM agreements",
        "UPDATE queries SET progress = 101",
        "UPDATE outputs SET k = -1",
        "UPDATE outputs SET k = 1",
        "UPDATE outputs SET state = 'released'",  # one of two has voted
        "UPDATE outputs SET state = 'released', k = 1",
        "UPDATE outputs SET state = 'released', round = 2",
        "UPDATE outputs SET seeded = true",
        "UPDATE outputs SET request_id = 3",
        "UPDATE outputs SET state = 'revoked'",
        "UPDATE outputs SET state = 'revoked', revocation_by = 'eve', revocation_confirmed_by = 'eve'",
        "UPDATE moves SET state = 'released'",
        "DELETE FROM moves",
    ],
)
def test_the_database_refuses(run: Callable[[str], None], statement: str) -> None:
    with pytest.raises(IntegrityError):
        run(statement)


def test_the_database_takes_a_vote_of_somebody_independent(run: Callable[[str], None]) -> None:
    run(REVIEW.format(person="dan", organisation="checking"))


CASE = (
    "INSERT INTO rights_cases VALUES (1, 'access', 'received', '', false, '2026-11-01', '2026-12-01', false, NULL, "
    "'[]', '', '{}', 1)"
)


@pytest.mark.parametrize(("state", "matter"), [("verified", "who asks"), ("decided", "case decision")])
def test_the_database_takes_no_case_that_two_people_have_not_verified_or_decided(
    run: Callable[[str], None], state: str, matter: str
) -> None:
    run(CASE)
    decided = f"UPDATE rights_cases SET state = '{state}'"
    for row in (
        None,
        f"(3, '{matter}', 'C-1', '', 'ann', 0, NULL, NULL, NULL)",  # nobody has agreed
        f"(4, '{matter}', 'C-2', '', 'ann', 0, NULL, 'cat', 0)",  # about another
        "(5, 'retraction', 'C-1', '', 'ann', 0, NULL, 'cat', 0)",  # to something else
    ):
        if row is not None:
            run(f"INSERT INTO agreements VALUES {row}")
        with pytest.raises(IntegrityError):
            run(decided)
    with pytest.raises(IntegrityError):
        run("UPDATE agreements SET second = 'ann', second_at = 0 WHERE id = 3")
    run("UPDATE agreements SET second = 'cat', second_at = 0 WHERE id = 3")
    run(decided)


def test_our_own_code_cannot_have_the_first_person_agree_either(store: Store) -> None:
    store.write(entry(Kind.POLICY_PROPOSED), two_agreements)
    for by in (ANN, PersonId("eve")):  # the first, and the author
        with pytest.raises(IntegrityError):
            store.write(entry(Kind.POLICY_CONFIRMED), lambda change, by=by: agree_as(change, by))  # type: ignore[misc]
    with store.read() as reading:
        assert [one.second for one in reading.agreements(Matter.POLICY)] == [None, CAT]


def agree_as(change: Change, by: PersonId) -> None:
    change.agree(change.agreements(Matter.POLICY)[0].id, by=by, at=START)


def test_the_migrations_make_the_tables_that_the_program_uses(store: Store, url: str) -> None:
    assert store is not None
    with past_our_code(url) as connection:
        found = inspect(connection)
        for table in METADATA.sorted_tables:
            compare(found, table)
        assert set(found.get_table_names()) == {*METADATA.tables, "alembic_version"}


def compare(found: Inspector, table: Table) -> None:
    columns = {column["name"]: column for column in found.get_columns(table.name)}
    assert columns.keys() == {column.name for column in table.columns}
    assert {name: columns[name]["nullable"] for name in columns} == {
        column.name: bool(column.nullable) for column in table.columns
    }
    assert {index["name"] for index in found.get_indexes(table.name) if not index["unique"]} == {
        index.name for index in table.indexes
    }
    assert found.get_pk_constraint(table.name)["constrained_columns"] == [
        column.name for column in table.primary_key
    ]


def test_a_database_that_is_up_to_date_is_left_alone(store: Store, url: str) -> None:
    assert store is not None
    engine = connect(url)
    bring_up_to_date(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
    engine.dispose()


def test_a_database_of_a_newer_program_is_left_alone(store: Store, url: str) -> None:
    store.close()
    engine = connect(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNew):
        bring_up_to_date(engine)
    engine.dispose()
