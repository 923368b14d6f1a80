"""What the database itself refuses, whoever asks: rules that code checks too, held here by other means.

- A reviewer is no party of the output: neither they nor their organisation were on its project. An output whose parties
  are not recorded cannot be reviewed.
- Leaves of the log, results, votes and parties are never changed or deleted; neither is what an output is of.
"""

from collections.abc import Iterator

NOT_INDEPENDENT = "enclave: the reviewer is not independent"
KEPT = "enclave: this is never changed"

_INTERESTED = """
    NOT EXISTS (SELECT 1 FROM parties WHERE output_id = NEW.output_id)
    OR EXISTS (SELECT 1 FROM parties WHERE output_id = NEW.output_id
               AND (person = NEW.reviewer OR organisation = NEW.reviewer_organisation))
"""
_OF = (
    "id",
    "query_id",
    "project",
    "organisation",
    "asked_by",
    "asked_at",
    "sql_hash",
    "policy_hash",
    "data_version",
)
_FOR_EVER = ("audit_leaves", "results", "reviews", "parties")


def sqlite_rules() -> Iterator[str]:
    yield _sqlite("reviews_independent", "INSERT", "reviews", NOT_INDEPENDENT, when=_INTERESTED)
    yield _sqlite("outputs_keep", "UPDATE", "outputs", KEPT, when=_differs("IS NOT"))
    yield _sqlite("outputs_stay", "DELETE", "outputs", KEPT)
    for table in _FOR_EVER:
        yield _sqlite(f"{table}_keep", "UPDATE", table, KEPT)
        yield _sqlite(f"{table}_stay", "DELETE", table, KEPT)


def _sqlite(name: str, act: str, table: str, words: str, *, when: str = "1") -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{words}'); END"
    )


def postgresql_rules() -> Iterator[str]:
    yield _function("enclave_kept", f"{_raise(KEPT)}")
    yield _function(
        "enclave_independent", f"IF {_INTERESTED} THEN {_raise(NOT_INDEPENDENT)} END IF; RETURN NEW;"
    )
    yield _postgresql("reviews_independent", "INSERT", "reviews", "enclave_independent")
    yield _postgresql("outputs_keep", "UPDATE", "outputs", "enclave_kept", when=_differs("IS DISTINCT FROM"))
    yield _postgresql("outputs_stay", "DELETE", "outputs", "enclave_kept")
    for table in _FOR_EVER:
        yield _postgresql(f"{table}_keep", "UPDATE OR DELETE", table, "enclave_kept")


def _function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"


def _raise(words: str) -> str:
    return f"RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation';"


def _postgresql(name: str, act: str, table: str, function: str, *, when: str = "true") -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} "
        f"FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {function}()"
    )


def _differs(differs: str) -> str:
    return " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in _OF)
