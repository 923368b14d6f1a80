"""Webhooks: an address that is told of each change that its person could see. It tells ids and states only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NewType

from enclave.audit.entries import Json
from enclave.outputs.records import OutputRecord, QueryRecord, QueryStatus
from enclave.outputs.states import UNDECIDED
from enclave.outputs.words import output_word, query_word
from enclave.terms import PersonId, ProjectId

HookId = NewType("HookId", str)
EventId = NewType("EventId", str)

MOST_HOOKS: Final = 10
"""Of one person."""
MOST_EVENTS: Final = 1_000
"""That wait for one hook. With one more it is switched off."""
LEASE: Final = timedelta(seconds=30)
"""How long an event is in the hands of whoever sends it; after it, another may. Longer than a call may take."""
WAITS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (10, 30, 60, 300, 900, 1_800, 3_600, 7_200, 10_800)
)
"""Between two tries, the last one again and again."""
GIVES_UP_AFTER: Final = timedelta(hours=24)
"""Since the first try that failed."""

PING: Final = "ping"
ENDS: Final = frozenset(
    {QueryStatus.FINISHED, QueryStatus.REFUSED, QueryStatus.FAILED, QueryStatus.CANCELLED}
)


class HookState(StrEnum):
    ACTIVE = "active"
    OFF = "off"  # by the service: it does not answer, or its person may not hear of it any more
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, repr=False)
class HookRecord:
    """A webhook. `project` is None for one of the checkers' queue; `salt` is what its secret is made from.

    `failures` and `failing_since` are of the tries since the last one that went well. None is made before `next_at`.
    """

    id: HookId
    project: ProjectId | None
    person: PersonId
    url: str
    salt: str
    created_at: datetime
    next_at: datetime
    state: HookState = HookState.ACTIVE
    reason: str = ""
    failures: int = 0
    failing_since: datetime | None = None
    delivered_at: datetime | None = None

    def as_json(self, *, secret: str | None = None) -> dict[str, Any]:
        """What its person sees. `secret` is for whoever makes it."""
        return {
            "id": self.id,
            "project": self.project,
            "url": self.url,
            "status": self.status,
            "reason": self.reason,
            "created_at": self.created_at.isoformat(),
            "delivered_at": self.delivered_at and self.delivered_at.isoformat(),
            **({} if secret is None else {"secret": secret}),
        }

    @property
    def status(self) -> str:
        """`failing`: the last try went wrong, and there will be another."""
        return "failing" if self.state is HookState.ACTIVE and self.failures else self.state.value


@dataclass(frozen=True, slots=True)
class HookEvent:
    """Something that a hook is to be told. It is there until it was told, or the hook is switched off."""

    id: EventId
    hook_id: HookId
    at: datetime
    body: Mapping[str, Json]


def wait_after(failures: int) -> timedelta:
    """How long to wait after so many tries that failed, one after the other."""
    return WAITS[min(failures, len(WAITS)) - 1]


def query_event(query: QueryRecord, output: OutputRecord | None, *, at: datetime) -> dict[str, Json]:
    """That a query is over, in the word that the API has for where it is."""
    return {
        "type": f"query.{query.status.value}",
        "project": query.project,
        "query": query.id,
        "output": None if output is None else output.id,
        "status": query_word(query, output),
        "at": _seconds(at),
    }


def output_event(output: OutputRecord, *, at: datetime) -> dict[str, Json]:
    """That an output is elsewhere, as the people of its project see it."""
    return _of_output("output.changed", output, at)


def queue_event(output: OutputRecord, *, at: datetime) -> dict[str, Json]:
    """That an output came into the checkers' queue, or left it."""
    return _of_output("queue.arrived" if output.state in UNDECIDED else "queue.left", output, at)


def ping_event(hook: HookRecord, *, at: datetime) -> dict[str, Json]:
    return {"type": PING, "project": hook.project, "status": hook.state.value, "at": _seconds(at)}


def _of_output(kind: str, output: OutputRecord, at: datetime) -> dict[str, Json]:
    return {
        "type": kind,
        "project": output.project,
        "query": output.query_id,
        "output": output.id,
        "status": output_word(output.state),
        "at": _seconds(at),
    }


def _seconds(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
