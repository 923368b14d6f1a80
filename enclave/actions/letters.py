"""The outbox for admins: which letters wait, and which are dead; a dead one may be tried anew."""

import re
from typing import Final

from enclave.actions.asker import MOST_LISTED, Asker, Page
from enclave.actions.asking import not_found, who_asks
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.settle_outputs import number_of
from enclave.audit import Entry, Kind
from enclave.outputs.keeping import Change
from enclave.outputs.notices import LetterRecord, LetterState
from enclave.outputs.permissions import may_read_outbox, may_retry_letters
from enclave.problems.service import Forbidden

LETTER: Final = re.compile(r"L-[1-9][0-9]{0,8}")


def list_letters(
    asker: Asker,
    desk: ServiceDesk,
    *,
    limit: int,
    after: str | None = None,
    state: LetterState | None = None,
) -> Page[LetterRecord]:
    """Letters, newest first. Raises: Forbidden."""
    if not may_read_outbox(who_asks(asker, desk.policies(), desk)).allowed:
        raise Forbidden(detail="The outbox is for admins and auditors.")
    most = max(1, min(limit, MOST_LISTED))
    before = None if after is None else number_of(after)
    with desk.records.read() as reading:
        found = reading.letters(state=state, before=before, limit=most)
        more = len(found) == most and reading.letters(state=state, before=found[-1].id, limit=1)
    return Page(list(found), f"L-{found[-1].id}" if more else None)


def retry_letter(asker: Asker, id: str, desk: ServiceDesk) -> None:
    """Have a dead letter tried anew.

    Raises:
        Forbidden.
        NotFound: there is no dead letter of this number.
    """
    if not may_retry_letters(who_asks(asker, desk.policies(), desk)).allowed:
        raise Forbidden(detail="Only an admin may have a letter tried anew.")

    def change(opened: Change) -> None:
        if not LETTER.fullmatch(id) or not opened.revive_letter(number_of(id)):
            raise not_found(f"dead letter {id}")

    desk.write(Entry(Kind.LETTER_RETRIED, asker.person, None, {}, {"letter": id}), change)
