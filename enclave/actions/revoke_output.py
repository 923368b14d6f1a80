"""Take a release back: by two people, or at once by one in an emergency, to whom a second has to agree.

While a revocation is only asked for, the table is given out; suspended or revoked it is not, from the next call on. A
tombstone says when and why; nothing is deleted. If nobody agrees to an emergency in time, that is put on record and
the table stays taken back: what may harm somebody does not come out again because a day went by.
"""

from dataclasses import replace

from enclave.actions.asker import Asker, Key
from enclave.actions.cases import case_of, checkers_of, followed, kept, rules_of
from enclave.actions.outputs_seen import Seen, output_for, read_output_view
from enclave.actions.releases import committed
from enclave.actions.repeats import made_before, remember
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.texts import MOST_COMMENT, short
from enclave.audit import Entry, Json, Kind
from enclave.outputs.keeping import Change
from enclave.outputs.notices import Notice
from enclave.outputs.permissions import Act
from enclave.outputs.records import OutputId, OutputRecord
from enclave.outputs.states import State
from enclave.outputs.views import OutputView, etag_of
from enclave.outputs.workflow import Case, Order, World, act
from enclave.people import Role
from enclave.problems.service import PreconditionFailed
from enclave.terms import PersonId

KINDS = {
    Act.REVOKE: Kind.REVOCATION_ASKED,
    Act.SUSPEND: Kind.OUTPUT_SUSPENDED,
    Act.CONFIRM_REVOCATION: Kind.OUTPUT_REVOKED,
    Act.KEEP: Kind.RELEASE_KEPT,
}


def revoke_output(
    asker: Asker,
    id: OutputId,
    reason: str,
    desk: ServiceDesk,
    *,
    etag: str,
    emergency: bool = False,
    key: Key | None = None,
) -> OutputView:
    """Ask for a release to be taken back, for a reason that whoever asks for it will read; in an emergency, do it.

    Raises:
        NotFound, Forbidden, SignInAgain, PreconditionFailed.
        Conflict: it is not released.
    """
    wanted = Act.SUSPEND if emergency else Act.REVOKE
    return _change(asker, id, wanted, short(reason, most=MOST_COMMENT), desk, etag=etag, key=key)


def confirm_revocation(
    asker: Asker, id: OutputId, desk: ServiceDesk, *, etag: str, key: Key | None = None
) -> OutputView:
    """Agree, as a second person, that a release is taken back.

    Raises:
        NotFound, Forbidden, SignInAgain, PreconditionFailed.
        Conflict: nobody asked for it, or the asker did.
    """
    return _change(asker, id, Act.CONFIRM_REVOCATION, "", desk, etag=etag, key=key)


def keep_release(
    asker: Asker, id: OutputId, reason: str, desk: ServiceDesk, *, etag: str, key: Key | None = None
) -> OutputView:
    """Do not agree, as a second person: the release stands, or is given out again.

    Raises:
        NotFound, Forbidden, OwnOutput, SignInAgain, PreconditionFailed.
        Conflict: nobody wants it taken back, or the asker did.
    """
    return _change(asker, id, Act.KEEP, short(reason, most=MOST_COMMENT), desk, etag=etag, key=key)


def _change(
    asker: Asker, id: OutputId, wanted: Act, reason: str, desk: ServiceDesk, *, etag: str, key: Key | None
) -> OutputView:
    if made_before(asker, key, desk) is not None:
        return output_for(asker, id, Act.READ, desk).view()
    seen = output_for(asker, id, wanted, desk)
    if etag != etag_of(seen.item.output):
        raise PreconditionFailed(detail=f"{id} has moved on since you looked at it. Open it again.")

    item = seen.whole(desk)

    def change(opened: Change) -> None:
        now = opened.output(id)
        assert now is not None, "outputs stay"
        case = case_of(now, opened, seen.policies)
        order = Order(wanted)
        after = followed(act(case, order, seen.who, World(rules_of(seen.policies)), now=opened.at), now)
        opened.save_output(_taken_back(now, after, wanted, reason, opened, by=asker.person))
        _tell_seconds(after, now, seen, desk, opened)
        remember(opened, asker, key, id)

    objects = {
        **committed(item.query, policy_hash=seen.policies.content_hash),
        "table": item.result.table,
    }
    entry = Entry(KINDS[wanted], asker.person, seen.item.output.project, objects, {"reason": reason})
    desk.write(entry, change)
    return read_output_view(id, desk)


def _taken_back(
    now: OutputRecord, after: Case, wanted: Act, reason: str, opened: Change, *, by: PersonId
) -> OutputRecord:
    """The record with what is said to whoever comes for the table. Of a revocation that is only asked for: nothing."""
    output = kept(now, after)
    at = opened.at.isoformat()
    match wanted:
        case Act.REVOKE:
            asked: dict[str, Json] = {"asked_at": at, "reason": reason, "state_before": now.state}
            return replace(output, tombstone=asked)
        case Act.SUSPEND:
            earlier = (now.tombstone or {}).get("state_before", now.state)
            told: dict[str, Json] = {"revoked_at": at, "reason": reason, "state_before": earlier}
            return replace(output, tombstone={**told, "confirmation": "awaited"})
        case Act.KEEP:
            return replace(output, tombstone=None)
        case _:
            before = now.tombstone or {}
            done: dict[str, Json] = {"revoked_at": at, **before, "confirmation": "given", "confirmed_at": at}
            return replace(output, tombstone=done, revocation_confirmed_by=by)


def _tell_seconds(after: Case, now: OutputRecord, seen: Seen, desk: ServiceDesk, opened: Change) -> None:
    """Those who may agree are told that somebody waits for it."""
    if after.state not in (State.REVOCATION_ASKED, State.SUSPENDED):
        return
    admins = {one.id for one in seen.policies.people.values() if Role.ADMIN in one.roles}
    seniors = checkers_of(after, seen.policies, desk, senior=True)
    for person in sorted({*admins, *seniors} - {seen.who.person}):
        opened.notify(Notice("revocation.awaits", person, now.id, str(after.state)))
