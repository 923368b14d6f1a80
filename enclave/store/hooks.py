"""Webhooks in the database: who has them, what is to be told next, and what became of a try.

What becomes of tries changes without an entry of the log: nobody did anything. Making, removing and switching off are
acts, and go through a `Change`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, select, update

from enclave.outputs.hooks import (
    LEASE,
    HookEvent,
    HookId,
    HookRecord,
    HookState,
    wait_after,
)
from enclave.store.hook_tables import HOOK_EVENTS, HOOKS
from enclave.store.made import Made
from enclave.terms import PersonId, ProjectId

Taken = tuple[HookRecord, HookEvent]
ACTIVE = HOOKS.c.state == HookState.ACTIVE
OF_QUEUE = Made(select(HOOKS).where(ACTIVE, HOOKS.c.project.is_(None)).order_by(HOOKS.c.id))
OF_PROJECT = Made(select(HOOKS).where(ACTIVE, HOOKS.c.project == bindparam("project")).order_by(HOOKS.c.id))

_FIRST = (
    select(func.min(HOOK_EVENTS.c.id).label("id")).group_by(HOOK_EVENTS.c.hook_id).subquery("first_events")
)
DUE = Made(
    select(HOOK_EVENTS)
    .join(_FIRST, _FIRST.c.id == HOOK_EVENTS.c.id)
    .join(HOOKS, HOOKS.c.id == HOOK_EVENTS.c.hook_id)
    .where(ACTIVE, HOOKS.c.next_at <= bindparam("now"))
    .order_by(HOOK_EVENTS.c.id)
    .limit(bindparam("most"))
)


def hook(connection: Connection, id: HookId) -> HookRecord | None:
    found = _hooks(connection, select(HOOKS).where(HOOKS.c.id == id))
    return found[0] if found else None


def hooks(
    connection: Connection, *, person: PersonId | None, active: bool, limit: int
) -> tuple[HookRecord, ...]:
    """Newest first."""
    wanted = select(HOOKS).order_by(HOOKS.c.id.desc()).limit(limit)
    if person is not None:
        wanted = wanted.where(HOOKS.c.person == person)
    if active:
        wanted = wanted.where(ACTIVE)
    return _hooks(connection, wanted)


def hooks_of(connection: Connection, project: ProjectId | None) -> tuple[HookRecord, ...]:
    """The active hooks of a project, or those of the queue."""
    if project is None:
        return OF_QUEUE.records(HookRecord, connection)
    return OF_PROJECT.records(HookRecord, connection, project=project)


def waiting_events(connection: Connection, hook_id: HookId) -> int:
    counted = select(func.count()).select_from(HOOK_EVENTS).where(HOOK_EVENTS.c.hook_id == hook_id)
    return int(connection.scalar(counted) or 0)


def due(connection: Connection, now: datetime, *, limit: int) -> Sequence[Taken]:
    """The oldest event of each hook that may be tried now."""
    events = DUE.records(HookEvent, connection, now=now, most=limit)
    if not events:
        return []
    found = {one.id: one for one in _hooks(connection, select(HOOKS).where(HOOKS.c.id.in_(_of(events))))}
    return [(found[event.hook_id], event) for event in events]


def take_due(connection: Connection, now: datetime, *, limit: int) -> Sequence[Taken]:
    """The same, in this caller's hands for a while: whoever dies with them leaves them to be tried again."""
    taken = due(connection, now, limit=limit)
    ids = [hook.id for hook, _ in taken]
    connection.execute(update(HOOKS).where(HOOKS.c.id.in_(ids)).values(next_at=now + LEASE))
    return taken


def done_with(connection: Connection, taken: Taken, now: datetime, *, delivered: bool) -> None:
    """The event was told, or is not to be, which leaves no trace that its person could see."""
    hook, event = taken
    connection.execute(delete(HOOK_EVENTS).where(HOOK_EVENTS.c.id == event.id))
    values: dict[str, Any] = {"next_at": now}
    if delivered:
        values |= {"failures": 0, "failing_since": None, "delivered_at": now}
    connection.execute(update(HOOKS).where((HOOKS.c.id == hook.id) & ACTIVE).values(**values))


def failed(connection: Connection, hook: HookRecord, *, at: datetime) -> None:
    failures = hook.failures + 1
    since = hook.failing_since or at
    values = {"failures": failures, "failing_since": since, "next_at": at + wait_after(failures)}
    connection.execute(update(HOOKS).where((HOOKS.c.id == hook.id) & ACTIVE).values(**values))


def drop_events_of(connection: Connection, hook_id: HookId) -> None:
    connection.execute(delete(HOOK_EVENTS).where(HOOK_EVENTS.c.hook_id == hook_id))


def _hooks(connection: Connection, wanted: Select[Any]) -> tuple[HookRecord, ...]:
    rows: Iterable[Mapping[Any, Any]] = connection.execute(wanted).mappings()
    return tuple(HookRecord(**row) for row in rows)


def _of(events: Iterable[HookEvent]) -> list[HookId]:
    return [event.hook_id for event in events]
