"""The two people of a step of a case, in the database's own words: it refuses one person in both parts."""

from enclave.outputs.agreements import Agreement, Matter
from enclave.rights.cases import CaseRecord, Command
from enclave.rights.keeping import RightsChange
from enclave.rights.moves import SECOND_TO

MATTERS = {Command.VERIFY: Matter.IDENTITY, Command.CONFIRM: Matter.DECISION}


def record_two_people(opened: RightsChange, case: CaseRecord) -> None:
    """Before the case is saved as verified or decided, which the database takes only then."""
    second = case.steps[-1]
    if second.command not in MATTERS:
        return
    first = case.last(SECOND_TO[second.command])
    assert first is not None, "there is no second act without the first"
    matter, said = MATTERS[second.command], "" if case.outcome is None else case.outcome.value
    id = opened.new_agreement_id()
    opened.add_agreement(Agreement(id, matter, case.id, said, first.by, first.at))
    opened.agree(id, by=second.by, at=second.at)
