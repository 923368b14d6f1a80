"""Which earlier answers are the witnesses of what the ledger hid, in words that a checker may read.

A number of the same project is named by its query. Of a number from elsewhere nothing is told but that it is one.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from enclave.disclosure.report import RiskReport
from enclave.outputs.ledger import Known, Reservation
from enclave.terms import ProjectId

FOREIGN: Final = "an output of another project"
UNNAMED: Final = "an earlier answer of this project"
HEADCOUNT: Final = "a headcount that everybody knows"
MEANWHILE: Final = "an answer that was given meanwhile"


def linked_words(reports: Iterable[RiskReport], known: Known, *, project: ProjectId) -> dict[int, str]:
    """What to call each witness of the reports, by its handle: the place of its number among all that are known.

    Below 0 stand headcounts, which everybody knows.
    """
    wanted = {
        handle
        for report in reports
        for witness in (*report.witnesses, *report.flagged)
        for handle in witness.handles
    }
    if not wanted:
        return {}
    found = _by_handle(known)
    return {
        handle: HEADCOUNT if handle < 0 else _word(found.get(handle), project) for handle in sorted(wanted)
    }


def _by_handle(known: Known) -> Mapping[int, Reservation]:
    return dict(enumerate(one for one in known.reservations for _ in one.numbers))


def _word(reservation: Reservation | None, project: ProjectId) -> str:
    if reservation is None:
        return MEANWHILE
    if reservation.project != project:
        return FOREIGN
    return UNNAMED if reservation.query_id is None else str(reservation.query_id)
