"""Take a release back. Its table is no longer given out; a tombstone says when and why; nothing is deleted."""

from dataclasses import replace

from enclave.actions.ask_release import allowed
from enclave.actions.asker import Asker, Key
from enclave.actions.outputs_seen import output_for, read_output_view
from enclave.actions.releases import committed
from enclave.actions.repeats import made_before, remember
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.settle_outputs import moved_to
from enclave.actions.texts import MOST_COMMENT, short
from enclave.audit import Entry, Kind
from enclave.outputs.keeping import Change
from enclave.outputs.permissions import Act
from enclave.outputs.records import OutputId
from enclave.outputs.states import Command, State
from enclave.outputs.views import OutputView, etag_of
from enclave.problems.service import PreconditionFailed


def revoke_output(
    asker: Asker, id: OutputId, reason: str, desk: ServiceDesk, *, etag: str, key: Key | None = None
) -> OutputView:
    """Revoke a release, for a reason that whoever asks for it will read.

    Raises:
        NotFound, Forbidden, SignInAgain, PreconditionFailed.
        Conflict: it is not released.
    """
    if made_before(asker, key, desk) is not None:
        return output_for(asker, id, Act.READ, desk).view()
    seen = output_for(asker, id, Act.REVOKE, desk)
    output = seen.item.output
    if etag != etag_of(output):
        raise PreconditionFailed(detail=f"{id} has moved on since you looked at it. Open it again.")
    allowed(output, Command.REVOKE)
    told = short(reason, most=MOST_COMMENT)

    def change(opened: Change) -> None:
        now = opened.output(id)
        assert now is not None, "outputs stay"
        tombstone = {
            "revoked_at": opened.at.isoformat(),
            "reason": told,
            "state_before": State.RELEASED.value,
        }
        opened.save_output(replace(moved_to(now, allowed(now, Command.REVOKE)), tombstone=tombstone))
        remember(opened, asker, key, id)

    objects = {
        **committed(seen.item.query, policy_hash=seen.policies.content_hash),
        "table": seen.item.result.table,
    }
    entry = Entry(Kind.OUTPUT_REVOKED, asker.person, output.project, objects, {"reason": told})
    desk.write(entry, change)
    return read_output_view(id, desk)
