"""Baskets: outputs that are asked for together, for one reason. Each goes its own way, so a part may be released."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from enclave.actions.ask_release import Asked, asked_for, checkers_for, put_new, withdraw_output
from enclave.actions.asker import MOST_LISTED, Asker, Key, Page
from enclave.actions.asking import not_found, require, thing_of, who_asks
from enclave.actions.outputs_seen import read_output_view
from enclave.actions.repeats import SameCall, made_before, remember
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.settle_outputs import number_of
from enclave.actions.texts import MOST_WHY, short
from enclave.audit import Entry, Kind
from enclave.outputs.keeping import AlreadyThere, Change, Stale
from enclave.outputs.permissions import Act, may
from enclave.outputs.records import QueryId, RequestId, RequestRecord
from enclave.outputs.states import UNRELEASED
from enclave.outputs.views import OutputView
from enclave.problems.service import Conflict
from enclave.terms import PersonId, ProjectId

MOST_ITEMS: Final = 50


@dataclass(frozen=True, slots=True)
class RequestView:
    """A basket with its items, each where it is now."""

    id: RequestId
    project: ProjectId
    asked_by: PersonId
    why: str
    asked_at: datetime
    items: tuple[OutputView, ...]

    @property
    def status(self) -> str:
        """One word, where all are in one state; else that they differ."""
        words = {item.status for item in self.items}
        return words.pop() if len(words) == 1 else "in part"

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "project": self.project,
            "asked_by": self.asked_by,
            "why": self.why,
            "asked_at": self.asked_at.isoformat(),
            "status": self.status,
            "items": [item.as_json() for item in self.items],
        }


def ask_together(
    asker: Asker, queries: Sequence[QueryId], why: str, desk: ServiceDesk, *, key: Key | None = None
) -> RequestView:
    """Ask for the answers of several queries of one project to be released. All of them are asked for, or none.

    Raises:
        NotFound, Forbidden.
        Conflict: one has no answer, was asked for already, or may not leave any more; or they are of two projects.
    """
    before = made_before(asker, key, desk)
    if before is not None:
        return read_request(asker, RequestId(before), desk)
    asked = _asked(asker, queries, why, desk)

    def change(opened: Change) -> RequestId:
        first = asked[0][0]
        request = RequestRecord(
            opened.new_request_id(), first.query.project, asker.person, first.why, opened.at
        )
        opened.add_request(request)
        _put(asked, request.id, desk, opened)
        remember(opened, asker, key, request.id)
        return request.id

    entry = Entry(Kind.REQUEST_MADE, asker.person, asked[0][0].query.project)
    return read_request(asker, _written(entry, change, desk), desk)


def add_to_request(
    asker: Asker, id: RequestId, queries: Sequence[QueryId], desk: ServiceDesk, *, key: Key | None = None
) -> RequestView:
    """Put more into a basket, such as a corrected answer for one that came back. Items that are there stay untouched.

    Raises: as `ask_together`.
    """
    if made_before(asker, key, desk) is not None:
        return read_request(asker, id, desk)
    found = read_request(asker, id, desk)
    asked = _asked(asker, queries, found.why, desk)
    if asked[0][0].query.project != found.project:
        raise Conflict(detail=f"{id} is of {found.project}: a request holds answers of one project.")

    def change(opened: Change) -> RequestId:
        if len(opened.outputs_in(id)) + len(asked) > MOST_ITEMS:
            raise Conflict(detail=f"A request holds at most {MOST_ITEMS} items.")
        _put(asked, id, desk, opened)
        remember(opened, asker, key, id)
        return id

    entry = Entry(Kind.REQUEST_MADE, asker.person, found.project, {}, {"request": id})
    return read_request(asker, _written(entry, change, desk), desk)


def withdraw_request(asker: Asker, id: RequestId, desk: ServiceDesk) -> RequestView:
    """Take back every item that is not released or over. Safe to repeat.

    Raises:
        NotFound, Forbidden.
    """
    found, policies = read_request(asker, id, desk), desk.policies()
    who = who_asks(asker, policies, desk)
    require(who, Act.WITHDRAW, thing_of(found.project, policies, asked_by=found.asked_by), called=id)
    for item in found.items:
        with desk.records.read() as reading:
            output = reading.output(item.id)
        if output is not None and output.state in UNRELEASED:
            withdraw_output(asker, item.id, desk)
    return read_request(asker, id, desk)


def read_request(asker: Asker, id: RequestId, desk: ServiceDesk) -> RequestView:
    """Raises: NotFound."""
    policies = desk.policies()
    who = who_asks(asker, policies, desk)
    with desk.records.read() as reading:
        request = reading.request(id)
        outputs = reading.outputs_in(id)
    if request is None:
        raise not_found(id)
    require(who, Act.READ, thing_of(request.project, policies, asked_by=request.person), called=id)
    return _view(request, tuple(read_output_view(output.id, desk) for output in outputs))


def list_requests(
    asker: Asker,
    desk: ServiceDesk,
    *,
    limit: int,
    after: str | None = None,
    project: ProjectId | None = None,
) -> Page[RequestView]:
    """Baskets of the asker's projects, newest first."""
    policies = desk.policies()
    who = who_asks(asker, policies, desk)
    own = [one for one, found in policies.projects.items() if found.member(asker.person) is not None]
    wanted = [one for one in own if project is None or one == project]
    assert all(may(who, Act.READ, thing_of(one, policies)).allowed for one in wanted), "they are members"
    most = max(1, min(limit, MOST_LISTED))
    with desk.records.read() as reading:
        before = None if after is None else number_of(after)
        found = reading.requests(projects=wanted, before=before, limit=most + 1)
        outputs = {request.id: reading.outputs_in(request.id) for request in found[:most]}
    shown = [
        _view(request, tuple(read_output_view(output.id, desk) for output in outputs[request.id]))
        for request in found[:most]
    ]
    return Page(shown, shown[-1].id if len(found) > most else None)


def _asked(asker: Asker, queries: Sequence[QueryId], why: str, desk: ServiceDesk) -> list[tuple[Asked, int]]:
    """Each answer with how many have to approve it; all that is wrong with the basket before anything is written."""
    if not 1 <= len(set(queries)) == len(queries) <= MOST_ITEMS:
        raise Conflict(detail=f"A request holds 1 to {MOST_ITEMS} different queries.")
    asked = [asked_for(asker, query, short(why, most=MOST_WHY), desk) for query in queries]
    taken = [one.query.id for one in asked if one.output is not None]
    if taken:
        raise Conflict(detail=f"Already asked for: {', '.join(taken)}. Ask for each of them again by itself.")
    if len({one.query.project for one in asked}) > 1:
        raise Conflict(detail="A request holds answers of one project.")
    return [(one, checkers_for(one, desk)) for one in asked]


def _put(asked: Sequence[tuple[Asked, int]], request: RequestId, desk: ServiceDesk, opened: Change) -> None:
    for one, checkers in asked:
        put_new(one, checkers, desk, opened, request=request)
        opened.also(one.entry)


def _written(entry: Entry, change: Any, desk: ServiceDesk) -> RequestId:
    try:
        made: RequestId = desk.write(entry, change)
    except SameCall:
        raise
    except (AlreadyThere, Stale):
        raise Conflict(detail="One of these was asked for at the same moment. Look again.") from None
    return made


def _view(request: RequestRecord, items: tuple[OutputView, ...]) -> RequestView:
    return RequestView(request.id, request.project, request.person, request.why, request.at, items)
