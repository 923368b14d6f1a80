"""The outbox for admins: which letters wait, and which are dead; a dead one may be tried anew."""

import re
from typing import Final

from enclave.actions.asker import MOST_LISTED, Asker, Page
from enclave.actions.asking import not_found, require_duty
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.settle_outputs import number_of
from enclave.audit import Entry, Kind
from enclave.outputs.duties import Duty
from enclave.outputs.keeping import Change
from enclave.outputs.notices import LetterRecord, LetterState

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
    require_duty(asker, Duty.READ_LETTERS, desk.policies(), desk)
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
    require_duty(asker, Duty.RETRY_LETTERS, desk.policies(), desk)

    def change(opened: Change) -> None:
        if not LETTER.fullmatch(id) or not opened.revive_letter(number_of(id)):
            raise not_found(f"dead letter {id}")

    desk.write(Entry(Kind.LETTER_RETRIED, asker.person, None, {}, {"letter": id}), change)
