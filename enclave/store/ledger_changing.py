"""The life of numbers, inside a transaction of the one writer: reserved, shown, freed.

The writers' lock makes one clock of the whole ledger: whoever is inside sees everything that came before, and nothing
comes until it is done.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from enclave.outputs.keeping import Stale
from enclave.outputs.ledger import (
    Judged,
    NewNumbers,
    NumbersState,
    Raced,
    Reservation,
    Scope,
    unjudged,
)
from enclave.outputs.records import QueryId, QueryStatus
from enclave.store.database import SQLITE
from enclave.store.ledger_rows import NumberRows, read_reservations, reservations_after, reservations_of
from enclave.store.ledger_tables import CLOCK, MEMBERS, NUMBERS, POPULATIONS, RESERVATIONS
from enclave.store.made import NEW, Made, insert_into, written
from enclave.store.tables import COUNTERS, QUERIES
from enclave.terms import ProjectId

ALIVE = RESERVATIONS.c.state != NumbersState.FREED
NOW = Made(select(COUNTERS.c.last).where(COUNTERS.c.name == CLOCK))
TICK = Made(update(COUNTERS).where(COUNTERS.c.name == CLOCK).values(last=bindparam(NEW + "last")))
NEW_CLOCK = insert_into(COUNTERS, "name", "last")
STATUS = Made(select(QUERIES.c.status).where(QUERIES.c.id == bindparam("id")))
EVER = Made(select(MEMBERS.c.is_person, MEMBERS.c.who).where(MEMBERS.c.project == bindparam("project")))
WITH = Made(
    select(MEMBERS.c.project)
    .distinct()
    .where(MEMBERS.c.is_person == bindparam("is_person"), MEMBERS.c.who == bindparam("who"))
)
_MINE = MEMBERS.alias("mine")
SHARED = Made(
    select(MEMBERS.c.project)
    .distinct()
    .join(_MINE, (_MINE.c.is_person == MEMBERS.c.is_person) & (_MINE.c.who == MEMBERS.c.who))
    .where(_MINE.c.project == bindparam("project"))
)
"""Projects that somebody or some organisation was on who was ever on this one."""
FREED_SINCE = Made(
    select(RESERVATIONS.c.project)
    .distinct()
    .where(
        RESERVATIONS.c.state == NumbersState.FREED,
        RESERVATIONS.c.changed > bindparam("seq"),
        RESERVATIONS.c.id <= bindparam("seq"),
    )
)
"""Projects of which something was known at a moment and is free now."""


def now_of(connection: Connection) -> int:
    """The time of the ledger's clock: of its last change."""
    return int(NOW.scalar(connection) or 0)


def projects_in(connection: Connection, scope: Scope) -> frozenset[ProjectId]:
    """The project, and every project that shares or ever shared a person or an organisation with it."""
    ever = {(bool(is_person), who) for is_person, who in EVER.all(connection, project=scope.project)}
    shared = {project for (project,) in SHARED.all(connection, project=scope.project)}
    for is_person, who in sorted(_members(scope) - ever):
        shared |= {project for (project,) in WITH.all(connection, is_person=is_person, who=who)}
    return frozenset({scope.project, *map(ProjectId, shared)})


def _members(scope: Scope) -> set[tuple[bool, str]]:
    return {(True, who) for who in scope.people} | {(False, who) for who in scope.organisations}


def only_grew(connection: Connection, judged: Judged) -> bool:
    """Whether all that was reserved or shown in these projects at that moment still is."""
    return all(project not in judged.projects for (project,) in FREED_SINCE.all(connection, seq=judged.seq))


def remember_members(connection: Connection, scopes: Iterable[Scope], at: datetime) -> None:
    """Add who is on these projects now to those who ever were."""
    for scope in scopes:
        ever = EVER.all(connection, project=scope.project)
        new = _members(scope) - {(bool(is_person), who) for is_person, who in ever}
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
    connection: Connection, new: NewNumbers, rows: NumberRows, *, state: NumbersState, at: datetime
) -> int:
    """Add the numbers, if they were judged against all that is in their scope. Returns the id of the reservation.

    Raises:
        Raced: something is in the scope that they were not judged against.
        Stale: the query does not run any more.
    """
    if new.query_id is not None:
        _still_running(connection, new.query_id)
        free(connection, new.query_id)
    remember_members(connection, [new.scope], at)
    projects = projects_in(connection, new.scope)
    if _not_judged(connection, new.judged, projects):
        raise Raced
    return _insert(connection, new, rows, Judged(now_of(connection), projects), state, at)


def show(
    connection: Connection, query_id: QueryId, scope: Scope, *, judged: Judged | None, at: datetime
) -> int | None:
    """Mark the numbers of a query as shown, if none is in their scope that they were not judged with.

    A query without numbers shows none. `judged` is what they were judged against since they were reserved. Returns the
    id of the reservation.

    Raises:
        Raced: something is in the scope that nobody has looked at beside them.
    """
    mine = alive_of(connection, query_id)
    if mine is None:
        assert not reservations_of(connection, query_id), "what is shown is reserved"
        return None
    mine = replace(mine, judged=judged or mine.judged)
    remember_members(connection, [scope], at)
    projects = projects_in(connection, scope)
    if unjudged(mine, _not_judged(connection, mine.judged, projects)):
        raise Raced
    _change(connection, mine, state=NumbersState.SHOWN)
    return mine.id


def judged_again(connection: Connection, query_id: QueryId, judged: Judged) -> None:
    """Note that the numbers of a query were judged against more than before. What was shown stays as it was shown."""
    mine = alive_of(connection, query_id)
    if mine is not None and mine.state is NumbersState.RESERVED:
        _change(connection, replace(mine, judged=judged), state=mine.state)


def free(connection: Connection, query_id: QueryId) -> None:
    """Free what is reserved for a query. What was shown stays."""
    for mine in reservations_of(connection, query_id):
        if mine.state is NumbersState.RESERVED:
            _change(connection, mine, state=NumbersState.FREED)


def reserve_again(connection: Connection, query_id: QueryId) -> None:
    """Reserve anew what was freed last for a query: it comes after everything that came meanwhile."""
    if alive_of(connection, query_id) is not None:
        return
    freed = reservations_of(connection, query_id)
    if freed:
        _change(connection, freed[-1], state=NumbersState.RESERVED, anew=True)


def tell_otherwise(connection: Connection, reservation: int, told: bytes) -> None:
    """Keep something else, sealed, of what was shown: see `ledger_forgetting`."""
    values = {"told": told, "changed": _tick(connection)}
    _changed(*values).run(connection, of_id=reservation, **written(values))


def alive_of(connection: Connection, query_id: QueryId) -> Reservation | None:
    found = [one for one in reservations_of(connection, query_id) if one.state is not NumbersState.FREED]
    assert len(found) <= 1, "a query has one reservation at a time"
    return found[0] if found else None


def digest_of_alive(connection: Connection, query_id: QueryId) -> tuple[int, bytes] | None:
    """The id and the digest of what is reserved for a query."""
    wanted = select(RESERVATIONS.c.id, RESERVATIONS.c.digest).where(
        RESERVATIONS.c.query_id == query_id, ALIVE
    )
    found = connection.execute(wanted).one_or_none()
    return None if found is None else (found.id, bytes(found.digest))


def _still_running(connection: Connection, query_id: QueryId) -> None:
    status = STATUS.scalar(connection, id=query_id)
    if status is not QueryStatus.RUNNING:
        raise Stale(query_id)


def _not_judged(
    connection: Connection, judged: Judged, projects: frozenset[ProjectId]
) -> Sequence[Reservation]:
    """What of these projects lies outside what was looked at, and is not freed."""
    came = [one for one in reservations_after(connection, judged.seq) if one.project in projects]
    new = sorted(projects - judged.projects)
    if not new:
        return came
    before = RESERVATIONS.c.seq <= judged.seq
    return [*read_reservations(connection, ALIVE, RESERVATIONS.c.project.in_(new), before), *came]


def _insert(
    connection: Connection,
    new: NewNumbers,
    rows: NumberRows,
    judged: Judged,
    state: NumbersState,
    at: datetime,
) -> int:
    id = _tick(connection)
    values = {
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
        "digest": rows.digest,
        "sketches": rows.sketches,
        "told": rows.values,
    }
    insert_into(RESERVATIONS, *values).run(connection, **written(values))
    if rows.populations:
        _new_population(connection.dialect.name).run_each(connection, map(written, rows.populations))
    if rows.numbers:
        names = ("reservation", *rows.numbers[0])
        made = [written({"reservation": id, **row}) for row in rows.numbers]
        insert_into(NUMBERS, *names).run_each(connection, made)
    return id


def _change(connection: Connection, mine: Reservation, *, state: NumbersState, anew: bool = False) -> None:
    now = _tick(connection)
    values: dict[str, object] = {
        "state": state,
        "changed": now,
        "judged_seq": mine.judged.seq,
        "judged_projects": tuple(sorted(mine.judged.projects)),
    }
    if anew:
        values |= {"seq": now, "gaps": _with_gap(connection, mine, again=now)}
    _changed(*values).run(connection, of_id=mine.id, **written(values))


@cache
def _changed(*names: str) -> Made:
    """Change these columns of a reservation."""
    here = RESERVATIONS.c.id == bindparam("of_id")
    return Made(update(RESERVATIONS).where(here).values({name: bindparam(NEW + name) for name in names}))


def _with_gap(connection: Connection, mine: Reservation, *, again: int) -> tuple[str, ...]:
    """Its gaps with the one that ends now: it was freed when it changed last."""
    wanted = select(RESERVATIONS.c.changed, RESERVATIONS.c.gaps).where(RESERVATIONS.c.id == mine.id)
    freed, gaps = connection.execute(wanted).one()
    return (*gaps, f"{freed}-{again}")


@cache
def _new_population(dialect: str) -> Made:
    """A population more, unless it is there."""
    make = insert_sqlite if dialect == SQLITE else insert_postgresql
    values: dict[str, object] = {name: bindparam(NEW + name) for name in ("name", "sealed")}
    return Made(make(POPULATIONS).values(values).on_conflict_do_nothing())


def _tick(connection: Connection) -> int:
    last = now_of(connection)
    if last == 0:
        NEW_CLOCK.run(connection, new_name=CLOCK, new_last=1)
    else:
        TICK.run(connection, new_last=last + 1)
    return last + 1
