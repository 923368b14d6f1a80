"""Cases of people about their own records, and every opening of the vault.

The database itself holds that a look-up is of two people in two roles, that nobody takes a look-up back, that
two people verify who asks and decide a case, and that a case keeps what it is: its kind, the day from which its clock
runs, and through whom it came.
"""

from collections.abc import Iterator

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from enclave.outputs.agreements import Matter
from enclave.rights.cases import CaseKind, CaseState, Outcome
from enclave.store.columns import Instant, JsonText, Numbered, Word
from enclave.store.rules import KEPT
from enclave.store.tables import METADATA

CASE = Numbered("C")

CASES = Table(
    "rights_cases",
    METADATA,
    Column("id", CASE, primary_key=True, autoincrement=False),
    Column("kind", Word(CaseKind), nullable=False),
    Column("state", Word(CaseState), nullable=False, index=True),
    Column("through", Text, nullable=False),
    Column("on_behalf", Boolean, nullable=False),
    Column("received_on", Text, nullable=False),
    Column("due_on", Text, nullable=False),
    Column("extended", Boolean, nullable=False),
    Column("outcome", Word(Outcome)),
    Column("steps", JsonText, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("public", JsonText, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("id > 0", name="id"),
)

LOOKUPS = Table(
    "rights_lookups",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("case_id", CASE, ForeignKey("rights_cases.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_role", Text, nullable=False),
    Column("allowed_by", Text, nullable=False),
    Column("allowed_role", Text, nullable=False),
    CheckConstraint("asked_by <> allowed_by", name="two_people"),
    CheckConstraint("asked_role <> allowed_role", name="two_roles"),
)

EXCLUSIONS = Table(
    "rights_exclusions",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("case_id", CASE, ForeignKey("rights_cases.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
"""Those who objected, in the order in which it came into force. Nobody is taken off: old answers name a place in it."""

CORRECTIONS = Table(
    "rights_corrections",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("case_id", CASE, ForeignKey("rights_cases.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)


def rights_rules(dialect: str) -> Iterator[str]:
    """The statements that make the rules which a table's own checks cannot."""
    lite = dialect == "sqlite"
    differs = "IS NOT" if lite else "IS DISTINCT FROM"
    moved = " OR ".join(
        f"OLD.{name} {differs} NEW.{name}"
        for name in ("kind", "received_on", "through", "on_behalf", "public")
    )
    for name, act, table, when in (
        ("rights_cases_keep", "UPDATE", "rights_cases", moved),
        ("rights_cases_stay", "DELETE", "rights_cases", ""),
        ("rights_lookups_keep", "UPDATE", "rights_lookups", ""),
        ("rights_lookups_stay", "DELETE", "rights_lookups", ""),
    ):
        yield _sqlite(name, act, table, when) if lite else _postgresql(name, act, table, when)


ALONE = "enclave: it takes two people"
_AGREED = {CaseState.VERIFIED: Matter.IDENTITY, CaseState.DECIDED: Matter.DECISION}
"""Where a case comes to, and what two people have to have agreed to before."""


def decision_rules(dialect: str) -> Iterator[str]:
    """That no case is verified or decided by one person. That the two of an agreement are two holds its own table."""
    wrong = " OR ".join(
        f"(NEW.state = '{state.value}' AND OLD.state <> '{state.value}' AND NOT EXISTS (SELECT 1 FROM agreements"
        f" WHERE matter = '{matter.value}' AND about = 'C-' || NEW.id AND second IS NOT NULL))"
        for state, matter in _AGREED.items()
    )
    if dialect == "sqlite":
        yield (
            f"CREATE TRIGGER rights_cases_two_people BEFORE UPDATE ON rights_cases WHEN {wrong}"
            f" BEGIN SELECT RAISE(ABORT, '{ALONE}'); END"
        )
        return
    raised = f"RAISE EXCEPTION '{ALONE}' USING ERRCODE = 'integrity_constraint_violation';"
    yield (
        "CREATE FUNCTION enclave_rights_cases_two_people() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN IF {wrong} THEN {raised} END IF; RETURN NEW; END $$"
    )
    yield (
        "CREATE TRIGGER rights_cases_two_people BEFORE UPDATE ON rights_cases"
        " FOR EACH ROW EXECUTE FUNCTION enclave_rights_cases_two_people()"
    )


def exclusion_rules(dialect: str) -> Iterator[str]:
    make = _sqlite if dialect == "sqlite" else _postgresql
    yield make("rights_exclusions_keep", "UPDATE", "rights_exclusions", "")
    yield make("rights_exclusions_stay", "DELETE", "rights_exclusions", "")


def correction_rules(dialect: str) -> Iterator[str]:
    make = _sqlite if dialect == "sqlite" else _postgresql
    yield make("rights_corrections_keep", "UPDATE", "rights_corrections", "")
    yield make("rights_corrections_stay", "DELETE", "rights_corrections", "")


def _sqlite(name: str, act: str, table: str, when: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} WHEN {when or '1'}"
        f" BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
    )


def _postgresql(name: str, act: str, table: str, when: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {act} ON {table}"
        f" FOR EACH ROW WHEN ({when or 'true'}) EXECUTE FUNCTION enclave_kept()"
    )
