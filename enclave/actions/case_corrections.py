"""A correction that two people granted: what may be one, and how it is kept until the next data version has it."""

import json
from dataclasses import asdict

from enclave.catalogue import Catalogue
from enclave.catalogue.model import rows_stand_on
from enclave.problems.service import Conflict
from enclave.rights.cases import CaseKind, CaseRecord, Command, Correction, CorrectionRecord, Outcome
from enclave.rights.desk import RightsDesk
from enclave.rights.keeping import RightsChange
from enclave.rights.moves import GIVING
from enclave.rights.papers import Papers


def can_be_corrected(
    case: CaseRecord,
    command: Command,
    outcome: Outcome | None,
    corrections: tuple[Correction, ...],
    catalogue: Catalogue,
) -> None:
    """
    Raises:
        Conflict: nothing to correct is named, or a field that is none or by which rows are told apart.
    """
    if case.kind is not CaseKind.CORRECTION or command is not Command.PROPOSE or outcome not in GIVING:
        if corrections:
            raise Conflict(detail="Corrections are of a proposal to grant a request for correction.")
        return
    if not corrections:
        raise Conflict(detail="A correction names the table, the field, the rows and the value.")
    for one in corrections:
        table = catalogue.tables.get(one.table)
        if table is None or not {one.field, *one.where} <= table.fields.keys():
            raise Conflict(
                detail=f"The catalogue has no {one.table}.{one.field}, or no such field to find the rows."
            )
        if one.field in rows_stand_on(table):
            raise Conflict(
                detail=f"The rows of {one.table} are told apart by {one.field}; it is corrected at the source."
            )
        codes = catalogue.code_sets.get(table.fields[one.field].code_set or "")
        if codes is not None and one.value is not None and one.value not in codes.values:
            raise Conflict(detail=f"{one.field} has no such code.")


def write_corrections(
    opened: RightsChange, case: CaseRecord, papers: Papers | None, rights: RightsDesk
) -> None:
    """The next data version has the values that were granted."""
    assert papers is not None, "a case that was just decided has its papers"
    assert papers.subject is not None, "nothing is granted before somebody was found"
    what = {
        "person": papers.subject.person,
        "unit": papers.subject.unit,
        "corrections": [asdict(one) for one in papers.corrections],
    }
    sealed = rights.cabinet.seal(case.id, json.dumps(what, ensure_ascii=False).encode())
    opened.add_correction(CorrectionRecord(opened.new_correction_id(), case.id, opened.at, sealed))
