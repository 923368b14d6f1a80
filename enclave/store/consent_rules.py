"""What the database itself refuses of the register of consents, whoever asks.

A consent is never changed or deleted. It is withdrawn once, and not given back: whoever consents again has a new one.
"""

from collections.abc import Iterator

from enclave.store.rules import KEPT

_STAYS = (
    "id", "unit", "person", "purposes", "recipients", "evidence", "given_on", "expires_on", "recorded_by",
    "recorded_at",
)  # fmt: skip


def consent_rules_for(dialect: str) -> Iterator[str]:
    """The statements that make the rules."""
    lite = dialect == "sqlite"
    differs = "IS NOT" if lite else "IS DISTINCT FROM"
    changed = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in _STAYS)
    for name, act, when in (
        ("consents_keep", "UPDATE", f"OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL OR {changed}"),
        ("consents_stay", "DELETE", ""),
    ):
        yield _sqlite(name, act, when) if lite else _postgresql(name, act, when)


def _sqlite(name: str, act: str, when: str) -> str:
    condition = f" WHEN {when}" if when else ""
    return (
        f"CREATE TRIGGER {name} BEFORE {act} ON consents{condition} BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
    )


def _postgresql(name: str, act: str, when: str) -> str:
    condition = f" WHEN ({when})" if when else ""
    return f"CREATE TRIGGER {name} BEFORE {act} ON consents FOR EACH ROW{condition} EXECUTE FUNCTION enclave_kept()"
