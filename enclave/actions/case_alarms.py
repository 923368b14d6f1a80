"""Alarms of the statutory clock: who handles cases is told before the last day of one, and each day that it is late."""

from enclave.actions.answer_cases import destroy_copy
from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Entry, Kind
from enclave.outputs.duties import MAY, Duty
from enclave.outputs.notices import Notice
from enclave.rights.cases import OVER, CaseState
from enclave.rights.clock import alarms
from enclave.rights.desk import RightsDesk
from enclave.rights.keeping import RightsChange


class _AllToldBefore(Exception):
    """There is nothing new to write."""


def tidy_copies(rights: RightsDesk) -> int:
    """Destroy the copies of cases that are over and still have one, as after a crash. Returns how many there were."""
    with rights.records.read() as reading:
        over = reading.cases(states=OVER)
    return sum(destroy_copy(case, rights) for case in over)


def send_case_alarms(desk: ServiceDesk, rights: RightsDesk) -> int:
    """Put every alarm that is due into the outbox, once. Returns how many."""
    to = sorted(
        person.id
        for person in desk.policies().people.values()
        if person.roles & MAY[Duty.CONFIRM_VAULT] and person.service is None
    )
    with rights.records.read() as reading:
        waiting = reading.cases(states=frozenset(CaseState) - OVER)
    today = rights.today()
    due = [
        Notice(alarm.kind, person, alarm.case.id, due=alarm.case.due_on, key=alarm.key)
        for case in waiting
        for alarm in alarms(case, today)
        for person in to
    ]
    if not due:
        return 0

    def change(opened: RightsChange) -> int:
        sent = [notice for notice in due if opened.notify(notice)]
        if not sent:
            raise _AllToldBefore
        opened.note(sent=[f"{notice.to} {notice.key}" for notice in sent])
        return len(sent)

    try:
        return rights.records.write(Entry(Kind.REMINDER_SENT, None, None), change)
    except _AllToldBefore:
        return 0
