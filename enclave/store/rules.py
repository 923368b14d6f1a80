"""What the database itself refuses, whoever asks: rules that code checks too, held here by other means.

- A reviewer is no party of the output: neither they nor their organisation were on its project. An output whose parties
  are not recorded cannot be reviewed.
- Leaves of the log, results, votes and parties are never changed or deleted; neither is what an output is of.
"""

from collections.abc import Iterator

NOT_INDEPENDENT = "enclave: the reviewer is not independent"
KEPT = "enclave: this is never changed"

_CHECKERS = {"reviews": ("reviewer", "reviewer_organisation"), "claims": ("person", "organisation")}
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


def rules_for(dialect: str) -> Iterator[str]:
    """The statements that make the rules."""
    return sqlite_rules() if dialect == "sqlite" else postgresql_rules()


def sqlite_rules() -> Iterator[str]:
    for table in _CHECKERS:
        yield _sqlite(f"{table}_independent", "INSERT", table, NOT_INDEPENDENT, when=_interested(table))
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
    for table in _CHECKERS:
        refuse = f"IF {_interested(table)} THEN {_raise(NOT_INDEPENDENT)} END IF; RETURN NEW;"
        yield _function(f"enclave_{table}_independent", refuse)
        yield _postgresql(f"{table}_independent", "INSERT", table, f"enclave_{table}_independent")
    yield _postgresql("outputs_keep", "UPDATE", "outputs", "enclave_kept", when=_differs("IS DISTINCT FROM"))
    yield _postgresql("outputs_stay", "DELETE", "outputs", "enclave_kept")
    for table in _FOR_EVER:
        yield _postgresql(f"{table}_keep", "UPDATE OR DELETE", table, "enclave_kept")


def _interested(table: str) -> str:
    person, organisation = _CHECKERS[table]
    mine = "SELECT 1 FROM parties WHERE output_id = NEW.output_id"
    return (
        f"NOT EXISTS ({mine}) OR "
        f"EXISTS ({mine} AND (person = NEW.{person} OR organisation = NEW.{organisation}))"
    )


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
