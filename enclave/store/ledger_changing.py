"""The life of numbers, inside a transaction of the one writer: reserved, shown, freed.

The writers' lock makes one clock of the whole ledger: whoever is inside sees everything that came before, and nothing
comes until it is done.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from enclave.outputs.keeping import Stale
from enclave.outputs.ledger import (
    Judged,
    Known,
    Meeting,
    NewNumbers,
    NotTogether,
    NumbersState,
    Raced,
    Recheck,
    Reservation,
    Scope,
    meeting_of,
    number_of,
    unjudged,
)
from enclave.outputs.records import QueryId, QueryStatus
from enclave.store.ledger_rows import NumberRows, read_labels, read_numbers, read_reservations
from enclave.store.ledger_seal import LabelsSeal
from enclave.store.ledger_tables import MEMBERS, NUMBERS, POPULATIONS, RESERVATIONS
from enclave.store.tables import COUNTERS, QUERIES
from enclave.terms import ProjectId

CLOCK = "ledger"
ALIVE = RESERVATIONS.c.state != NumbersState.FREED
MOST_KNOWN = 10_000
"""Members of a scope that one statement asks about."""


def now_of(connection: Connection) -> int:
    """The time of the ledger's clock: of its last change."""
    return int(connection.scalar(select(COUNTERS.c.last).where(COUNTERS.c.name == CLOCK)) or 0)


def projects_in(connection: Connection, scope: Scope) -> frozenset[ProjectId]:
    """The project, and every project that shares or ever shared a person or an organisation with it."""
    people, organisations = set[str](scope.people), set[str](scope.organisations)
    ever = select(MEMBERS.c.is_person, MEMBERS.c.who).where(MEMBERS.c.project == scope.project)
    for is_person, who in connection.execute(ever):
        (people if is_person else organisations).add(who)
    shared = {
        ProjectId(project)
        for is_person, names in ((True, people), (False, organisations))
        for project in connection.scalars(
            select(MEMBERS.c.project.distinct()).where(
                MEMBERS.c.is_person == is_person, MEMBERS.c.who.in_(sorted(names))
            )
        )
    }
    return frozenset({scope.project, *shared})


def remember_members(connection: Connection, scopes: Iterable[Scope], at: datetime) -> None:
    """Add who is on these projects now to those who ever were."""
    for scope in scopes:
        wanted = {(True, who) for who in scope.people} | {(False, who) for who in scope.organisations}
        there = select(MEMBERS.c.is_person, MEMBERS.c.who).where(MEMBERS.c.project == scope.project)
        new = wanted - {(bool(is_person), who) for is_person, who in connection.execute(there)}
        rows = [
            {"project": scope.project, "is_person": is_person, "who": who, "since": at}
            for is_person, who in sorted(new)
        ]
        if rows:
            connection.execute(insert(MEMBERS), rows)


def members_missing(connection: Connection, scopes: Iterable[Scope]) -> bool:
    """Whether anybody in these scopes is not remembered yet."""
    there = {
        tuple(row)
        for row in connection.execute(select(MEMBERS.c.project, MEMBERS.c.is_person, MEMBERS.c.who))
    }
    return any(
        (scope.project, is_person, who) not in there
        for scope in scopes
        for is_person, names in ((True, scope.people), (False, scope.organisations))
        for who in names
    )


def reserve(
    connection: Connection,
    new: NewNumbers,
    rows: NumberRows,
    *,
    at: datetime,
    seal: LabelsSeal,
    state: NumbersState = NumbersState.RESERVED,
    recheck: Recheck | None = None,
) -> None:
    """Add the numbers, if they were judged against all that is in their scope; or if `recheck` allows the rest.

    Raises:
        Raced: something is in the scope that they were not judged against, and there is no `recheck`.
        NotTogether: `recheck` does not allow it.
        Stale: the query does not run any more.
    """
    if new.query_id is not None:
        _still_running(connection, new.query_id)
        free(connection, new.query_id)
    remember_members(connection, [new.scope], at)
    projects = projects_in(connection, new.scope)
    seen = now_of(connection)
    if read_reservations(connection, ALIVE, _not_judged(new.judged, projects)):
        if recheck is None:
            raise Raced
        known = _known(connection, Judged(seen, projects))
        if not recheck(meeting_of(new, known, lambda names: read_labels(connection, names, seal))):
            raise NotTogether
    _insert(connection, new, rows, Judged(seen, projects), state, at)


def show(
    connection: Connection,
    query_id: QueryId,
    scope: Scope,
    *,
    at: datetime,
    seal: LabelsSeal,
    recheck: Recheck | None,
) -> None:
    """Mark the numbers of a query as shown, if none is in their scope that they were not judged with.

    A query without numbers shows none.

    Raises:
        Raced: there are such numbers, and there is no `recheck`.
        NotTogether: `recheck` does not allow it.
    """
    mine = alive_of(connection, query_id)
    if mine is None:
        return
    remember_members(connection, [scope], at)
    met = meet(connection, mine, scope, seal=seal)
    if met is not None:
        if recheck is None:
            raise Raced
        if not recheck(met):
            raise NotTogether
    judged = mine.judged if met is None else Judged(now_of(connection), met.known.judged.projects)
    _change(connection, mine, state=NumbersState.SHOWN, judged=judged)


def judged_again(connection: Connection, query_id: QueryId, judged: Judged) -> None:
    """Note that the numbers of a query were judged against more than before."""
    mine = alive_of(connection, query_id)
    if mine is not None:
        _change(connection, mine, state=mine.state, judged=judged)


def meet(connection: Connection, mine: Reservation, scope: Scope, *, seal: LabelsSeal) -> Meeting | None:
    """The numbers of a query with those in its scope which nobody has looked at beside them; None: there are none."""
    projects = projects_in(connection, scope)
    seen = now_of(connection)
    missed = unjudged(mine, read_reservations(connection, ALIVE, _not_judged(mine.judged, projects)))
    if not missed:
        return None
    ids = {one.id for one in missed}
    known = _known(connection, Judged(seen, projects), without=mine.id)
    recorded = read_numbers(connection, mine.id)
    labels = read_labels(connection, (name for number in recorded for name in number.names()), seal)
    return Meeting(
        mine.project,
        mine.data_version,
        tuple(number_of(number, labels) for number in recorded),
        tuple(one for one in known.reservations if one.id in ids),
        known,
        lambda names: read_labels(connection, names, seal),
    )


def free(connection: Connection, query_id: QueryId) -> None:
    """Free what is reserved for a query. What was shown stays."""
    for mine in read_reservations(
        connection, RESERVATIONS.c.query_id == query_id, RESERVATIONS.c.state == NumbersState.RESERVED
    ):
        _change(connection, mine, state=NumbersState.FREED, judged=mine.judged)


def reserve_again(connection: Connection, query_id: QueryId) -> None:
    """Reserve anew what was freed last for a query: it comes after everything that came meanwhile."""
    if alive_of(connection, query_id) is not None:
        return
    freed = read_reservations(connection, RESERVATIONS.c.query_id == query_id)
    if freed:
        _change(connection, freed[-1], state=NumbersState.RESERVED, judged=freed[-1].judged, anew=True)


def alive_of(connection: Connection, query_id: QueryId) -> Reservation | None:
    found = read_reservations(connection, RESERVATIONS.c.query_id == query_id, ALIVE)
    assert len(found) <= 1, "a query has one reservation at a time"
    return found[0] if found else None


def _still_running(connection: Connection, query_id: QueryId) -> None:
    status = connection.scalar(select(QUERIES.c.status).where(QUERIES.c.id == query_id))
    if status is not QueryStatus.RUNNING:
        raise Stale(query_id)


def _not_judged(judged: Judged, projects: frozenset[ProjectId]) -> object:
    """What of these projects lies outside what was looked at."""
    old, new = sorted(projects & judged.projects), sorted(projects - judged.projects)
    project, seq = RESERVATIONS.c.project, RESERVATIONS.c.seq
    return (project.in_(old) & (seq > judged.seq)) | project.in_(new)


def _known(connection: Connection, judged: Judged, *, without: int | None = None) -> Known:
    found = read_reservations(connection, ALIVE, RESERVATIONS.c.project.in_(sorted(judged.projects)))
    return Known(
        judged,
        tuple(replace(one, numbers=read_numbers(connection, one.id)) for one in found if one.id != without),
    )


def _insert(
    connection: Connection,
    new: NewNumbers,
    rows: NumberRows,
    judged: Judged,
    state: NumbersState,
    at: datetime,
) -> None:
    id = _tick(connection)
    connection.execute(
        insert(RESERVATIONS),
        {
            "id": id,
            "seq": id,
            "changed": id,
            "at": at,
            "project": new.scope.project,
            "query_id": new.query_id,
            "data_version": new.data_version,
            "state": state,
            "judged_seq": judged.seq,
            "judged_projects": tuple(sorted(judged.projects)),
        },
    )
    if rows.populations:
        make = insert_sqlite if connection.dialect.name == "sqlite" else insert_postgresql
        connection.execute(make(POPULATIONS).on_conflict_do_nothing(), list(rows.populations))
    if rows.numbers:
        connection.execute(insert(NUMBERS), [{"reservation": id, **row} for row in rows.numbers])


def _change(
    connection: Connection, mine: Reservation, *, state: NumbersState, judged: Judged, anew: bool = False
) -> None:
    now = _tick(connection)
    values: dict[str, object] = {
        "state": state,
        "changed": now,
        "judged_seq": judged.seq,
        "judged_projects": tuple(sorted(judged.projects)),
    }
    if anew:
        values["seq"] = now
    connection.execute(update(RESERVATIONS).where(RESERVATIONS.c.id == mine.id).values(**values))


def _tick(connection: Connection) -> int:
    last = now_of(connection)
    if last == 0:
        connection.execute(insert(COUNTERS), {"name": CLOCK, "last": 1})
    else:
        connection.execute(update(COUNTERS).where(COUNTERS.c.name == CLOCK).values(last=last + 1))
    return last + 1
