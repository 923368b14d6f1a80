"""Answers that were never released, of projects that are over: destroyed, and only their hashes stay.

A released table is never emptied, nor is one that somebody still decides about: the database itself holds both.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import Connection, func, select, update

from enclave.outputs.records import QueryId
from enclave.outputs.states import UNRELEASED
from enclave.store.rules import KEPT
from enclave.store.tables import OUTPUTS, QUERIES, RESULTS
from enclave.terms import ProjectId

NO_REPORT: Final = b'{"destroyed":true,"ends":{},"leaves":[],"rules":{},"verdict":"clear"}'


def drafts(connection: Connection, project: ProjectId, *, limit: int) -> tuple[QueryId, ...]:
    """Queries of a project whose answers are kept, were never released and wait for nobody."""
    alive = select(OUTPUTS.c.query_id).where(
        OUTPUTS.c.released_at.is_not(None) | OUTPUTS.c.state.in_([state.value for state in UNRELEASED])
    )
    wanted = (
        select(RESULTS.c.query_id)
        .join(QUERIES, QUERIES.c.id == RESULTS.c.query_id)
        .where((QUERIES.c.project == project) & (func.length(RESULTS.c.table) > 0))
        .where(RESULTS.c.query_id.not_in(alive))
        .order_by(RESULTS.c.query_id)
        .limit(limit)
    )
    return tuple(connection.scalars(wanted))


def destroy(connection: Connection, queries: Iterable[QueryId]) -> dict[str, str]:
    """Empty their answers. Returns the hash of the table of each, which stays."""
    ids = list(queries)
    here = RESULTS.c.query_id.in_(ids)
    hashes = {row.query_id: row.table_hash for row in connection.execute(select(RESULTS).where(here))}
    connection.execute(update(RESULTS).where(here).values(table=b"", answer=b"", report=NO_REPORT))
    return hashes


def draft_rules(dialect: str) -> Iterator[str]:
    """In the place of the rule that no result is ever changed: it may be emptied, if it was never released."""
    kept = "NEW.query_id = OLD.query_id AND NEW.table_hash = OLD.table_hash AND NEW.report_hash = OLD.report_hash"
    emptied = 'length(NEW."table") = 0 AND length(NEW.answer) = 0'
    released = "EXISTS (SELECT 1 FROM outputs WHERE query_id = OLD.query_id AND released_at IS NOT NULL)"
    wrong = f"NOT ({kept} AND {emptied}) OR {released}"
    if dialect == "sqlite":
        yield "DROP TRIGGER results_keep"
        yield (
            f"CREATE TRIGGER results_keep BEFORE UPDATE ON results WHEN {wrong}"
            f" BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
        )
        return
    yield "DROP TRIGGER results_keep ON results"
    yield (
        "CREATE TRIGGER results_stay BEFORE DELETE ON results FOR EACH ROW EXECUTE FUNCTION enclave_kept()"
    )
    raised = f"RAISE EXCEPTION '{KEPT}' USING ERRCODE = 'integrity_constraint_violation';"
    yield (
        "CREATE FUNCTION enclave_results_emptied() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN IF {wrong} THEN {raised} END IF; RETURN NEW; END $$"
    )
    yield (
        "CREATE TRIGGER results_keep BEFORE UPDATE ON results"
        " FOR EACH ROW EXECUTE FUNCTION enclave_results_emptied()"
    )
