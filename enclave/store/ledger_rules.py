"""What the database itself refuses to do to the ledger: what was shown stays known, whoever asks otherwise."""

from collections.abc import Iterator

from enclave.store.rules import KEPT

_FOR_EVER = ("ledger_numbers", "ledger_populations", "ledger_members", "ledger_secret")
_OF = ("id", "project", "query_id", "data_version")
SQLITE = "sqlite"


def ledger_rules_for(dialect: str) -> Iterator[str]:
    """The statements that make the rules."""
    make, differs = (_sqlite, "IS NOT") if dialect == SQLITE else (_postgresql, "IS DISTINCT FROM")
    for table in _FOR_EVER:
        yield make(f"{table}_keep", "UPDATE", table, "true")
        yield make(f"{table}_stay", "DELETE", table, "true")
    changed = " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in _OF)
    taken_back = "OLD.state = 'shown' AND NEW.state <> 'shown'"
    earlier = "NEW.seq < OLD.seq OR NEW.changed <= OLD.changed"
    yield make(
        "ledger_reservations_keep",
        "UPDATE",
        "ledger_reservations",
        f"{changed} OR ({taken_back}) OR {earlier}",
    )
    yield make("ledger_reservations_stay", "DELETE", "ledger_reservations", "true")


def _sqlite(name: str, act: str, table: str, when: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
    )


def _postgresql(name: str, act: str, table: str, when: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} "
        f"FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION enclave_kept()"
    )
