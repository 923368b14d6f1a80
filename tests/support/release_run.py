"""A release from the question to the download, in a process that a test can end at any step.

Every call has a key of its own, as a client's would: whoever never heard an answer makes the same call again.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from enclave.actions.ask_query import AskQuery, ask_query
from enclave.actions.ask_release import ask_release
from enclave.actions.asker import Key
from enclave.actions.read_outputs import output_table, read_query, read_review
from enclave.actions.review_output import Vote, review_output
from enclave.actions.service_desk import nothing_happens
from enclave.actions.settle_outputs import settle_outputs
from enclave.outputs.records import OutputId, QueryId
from enclave.outputs.states import Verdict
from enclave.outputs.views import QueryView
from enclave.store import ledger_changing
from enclave.store.ledger import StoreLedger
from enclave.terms import PersonId
from enclave.wiring.fault_points import SETTING, fault_point
from enclave.wiring.home import Home
from enclave.wiring.records import verify_records
from tests.support.killed_writer import once_done
from tests.support.service import ASKS, CHECKERS, THIS, Service

MOST_TRIES = 3
WHERE = ("before", "inside", "after")


def _steps(*writes: str) -> tuple[str, ...]:
    """The steps of each write; `#2` is the second of its kind."""
    return tuple(
        f"{kind}:{where}{'#' + times if times else ''}"
        for kind, _, times in (write.partition("#") for write in writes)
        for where in WHERE
    )


BY_CHECKERS = (
    *_steps("query.asked", "query.started"),
    "job:computed",
    *_steps("query.finished", "release.asked", "output.read#1", "review.given#1", "output.read#2"),
    *_steps("review.given#2", "output.released", "output.downloaded"),
)
AT_ONCE = (
    *_steps("query.asked", "query.started"),
    "job:computed",
    *_steps("query.finished", "output.downloaded"),
)
SECOND = timedelta(seconds=1)


def without_repeats(steps: tuple[str, ...]) -> tuple[str, ...]:
    """Steps that leave different things: before a write is as after the one before it, and a look changes nothing."""
    return tuple(step for step in steps if ":before" not in step and not step.startswith("output.read"))


def release_until_killed(root: str, sql: str, point: str) -> None:
    """All of a release, ending the process at `point` if it comes to it."""
    release(Path(root), sql, at=fault_point({**os.environ, SETTING: point}))


def release_until_killed_while_reserving(root: str, sql: str, point: str) -> None:
    """All of a release, ending the process when its numbers are written and not committed, or just committed."""
    where, name = {
        "inside": (ledger_changing, "reserve"),
        "after": (StoreLedger, "reserve"),
    }[point]
    once_done(where, name, after=1)()
    release(Path(root), sql)


def release(root: Path, sql: str, *, at: Callable[[str], None] = nothing_happens) -> None:
    """All of a release; what a process before this one did is not done again."""
    service = Service(state_of(root), at=at)
    try:
        service.records.fail_orphans(heard_before=service.clock.now() + SECOND)
        settle_outputs(service.desk)
        query = _ask(service, sql)
        if query.status != "released":
            _by_checkers(service, query.id)
        done = read_query(service.asker(ASKS), query.id, service.desk)
        assert done.output is not None
        output_table(service.asker(ASKS), done.output, service.desk)
    finally:
        service.close()


def run_what_waits(root: str) -> None:
    """A process that runs jobs until none waits."""
    service = Service(state_of(Path(root)), worker=f"process-{os.getpid()}")
    service.run()
    service.close()


def verified(root: Path) -> tuple[str, ...]:
    """What an auditor finds wrong with the record: nothing, it is hoped."""
    return verify_records(Home(root), held=[], key=None).findings


def state_of(root: Path) -> Path:
    folder = root / "state"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _ask(service: Service, sql: str) -> QueryView:
    """The query, run: asked anew if the process that ran it died."""
    for attempt in range(MOST_TRIES):
        ask = AskQuery(service.asker(ASKS), THIS, sql, "A table")
        asked = ask_query(ask, service.desk, key=_key(f"ask-{attempt}"))
        service.run()
        found = read_query(service.asker(ASKS), asked.id, service.desk)
        if found.status != "failed":
            return found
    raise AssertionError("each run was interrupted")


def _by_checkers(service: Service, query: QueryId) -> None:
    asked = ask_release(service.asker(ASKS), query, "For the paper", service.desk, key=_key("release"))
    for checker in CHECKERS[:2]:
        _vote(service, asked.id, checker)
    service.run()


def _vote(service: Service, id: OutputId, checker: PersonId) -> None:
    asker = service.asker(checker)
    seen = read_review(asker, id, service.desk)
    vote = Vote(Verdict.APPROVE, "Fine", seen.hashes.as_json())
    review_output(asker, id, vote, service.desk, etag=seen.etag, key=_key("vote"))


def _key(name: str) -> Key:
    return Key(name, name.encode())
