"""What takes two people. A row is added by the first, and once the second agrees; nothing else ever happens to it.

The table itself holds that they are two, and that whoever wrote what is agreed to is not the second.
"""

from collections.abc import Iterator

from sqlalchemy import CheckConstraint, Column, Index, Table, Text

from enclave.outputs.agreements import Matter
from enclave.store.columns import Instant, Numbered, Word
from enclave.store.rules import KEPT
from enclave.store.tables import METADATA

AGREEMENTS = Table(
    "agreements",
    METADATA,
    Column("id", Numbered("A"), primary_key=True, autoincrement=False),
    Column("matter", Word(Matter), nullable=False),
    Column("about", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("first", Text, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("written_by", Text),
    Column("second", Text),
    Column("second_at", Instant),
    CheckConstraint("id > 0", name="id"),
    CheckConstraint("second <> first", name="two_people"),
    CheckConstraint("second <> written_by", name="not_its_author"),
    CheckConstraint("(second IS NULL) = (second_at IS NULL)", name="agreed"),
    Index(None, "matter", "about"),
)
_STAYS = ("id", "matter", "about", "reason", "first", "first_at", "written_by")


def agreement_rules(dialect: str) -> Iterator[str]:
    """The statements that make the rules which a table's own checks cannot."""
    lite = dialect == "sqlite"
    differs = "IS NOT" if lite else "IS DISTINCT FROM"
    changed = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in _STAYS)
    for name, act, when in (
        ("agreements_keep", "UPDATE", f"OLD.second IS NOT NULL OR NEW.second IS NULL OR {changed}"),
        ("agreements_stay", "DELETE", "1 = 1"),
    ):
        yield _sqlite(name, act, when) if lite else _postgresql(name, act, when)


def _sqlite(name: str, act: str, when: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {act} ON agreements WHEN {when}"
        f" BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
    )


def _postgresql(name: str, act: str, when: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {act} ON agreements FOR EACH ROW WHEN ({when})"
        " EXECUTE FUNCTION enclave_kept()"
    )
