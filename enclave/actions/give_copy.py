"""The copy of a record: read by the two who opened the vault, then given, in three forms, and destroyed.

Each look and each giving is on record before anything is shown.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from enclave.actions.answer_cases import read_case
from enclave.actions.asker import Asker
from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Entry, Kind
from enclave.outputs.keeping import Change
from enclave.problems.service import Conflict, Forbidden
from enclave.rights.cases import CaseId, CaseState, Command, Outcome
from enclave.rights.copies import Copy, make_copy
from enclave.rights.copy_html import copy_page
from enclave.rights.copy_json import copy_bytes
from enclave.rights.copy_pdf import copy_pdf
from enclave.rights.desk import RightsDesk
from enclave.rights.papers import Papers, record_of


class CopyForm(StrEnum):
    HTML = "html"
    PDF = "pdf"
    JSON = "json"


MEDIA: Final = {
    CopyForm.HTML: "text/html; charset=utf-8",
    CopyForm.PDF: "application/pdf",
    CopyForm.JSON: "application/json",
}
DRAWN: Final = {CopyForm.HTML: copy_page, CopyForm.PDF: copy_pdf, CopyForm.JSON: copy_bytes}
GIVEN: Final = frozenset({Outcome.GRANTED, Outcome.PARTLY})


@dataclass(frozen=True, slots=True, repr=False)
class DrawnCopy:
    name: str
    media: str
    content: bytes


def draw_copy(asker: Asker, id: CaseId, form: CopyForm, desk: ServiceDesk, rights: RightsDesk) -> DrawnCopy:
    """The copy of a case: what is proposed, for the two who opened the vault; what was decided, for its handlers.

    Raises:
        NotFound.
        Forbidden: it is not decided, and the asker is none of the two.
        Conflict: there is none, or it was destroyed.
    """
    view = read_case(asker, id, desk, rights)
    case, papers = view.case, view.papers
    final = case.state is CaseState.DECIDED and case.outcome in GIVEN
    two = {
        step.by
        for step in (case.last(Command.ASK_LOOKUP), case.last(Command.ALLOW_LOOKUP))
        if step is not None
    }
    if not final and asker.person not in two:
        raise Forbidden(detail=f"Until {id} is decided, its copy is for the two who had the vault opened.")
    kept = rights.cabinet.copy(id) if papers is not None else None
    if kept is None or papers is None:
        raise Conflict(detail=f"There is no copy of {id}: none was made yet, or it was destroyed.")

    def change(opened: Change) -> None:
        opened.note(case=id, form=form.value)

    rights.records.write(Entry(Kind.COPY_GIVEN if final else Kind.COPY_READ, asker.person, None), change)
    copy = _copy(kept, papers, id, desk, rights)
    return DrawnCopy(f"{id}.{form.value}", MEDIA[form], DRAWN[form](copy))


def _copy(kept: bytes, papers: Papers, id: CaseId, desk: ServiceDesk, rights: RightsDesk) -> Copy:
    policies = desk.policies()
    rows, uses = record_of(kept)
    return make_copy(
        rows,
        uses,
        catalogue=policies.catalogue,
        withheld=papers.withheld,
        case=id,
        made_on=rights.today(),
        house=policies.house.name,
        synthetic=policies.house.synthetic,
    )
