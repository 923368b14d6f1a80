"""The statutory clock: one month from the day a request came, and two more where that is said in time.

Source: UK GDPR, article 12(3), and the Information Commissioner's guidance on time limits: the corresponding day of a
later month, the last one where there is none, and the next working day where that is none. The clock does not stop
while evidence is asked for: who handles a case cannot win time by asking.
"""

import calendar
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from enclave.rights.cases import OVER, CaseRecord

MONTHS: Final = 1
MONTHS_EXTENDED: Final = 3
ALARM_DAYS: Final = (1, 7, 14)
"""Before the last day."""
LONGEST_ON_ITS_WAY: Final = timedelta(days=31)
"""A letter that came earlier than this is a case that is late already: it is opened with its own day all the same."""
WEEKEND: Final = 5


@dataclass(frozen=True, slots=True)
class Alarm:
    """What the people who handle cases are to be told. Equal keys are told once."""

    kind: str
    case: CaseRecord
    key: str


def due_on(received_on: date, *, months: int, bank_holidays: Container[date]) -> date:
    """The last day on which an answer is in time."""
    year, month = divmod(received_on.year * 12 + received_on.month - 1 + months, 12)
    month += 1
    last = calendar.monthrange(year, month)[1]
    day = date(year, month, min(received_on.day, last))
    while day.weekday() >= WEEKEND or day in bank_holidays:
        day += timedelta(days=1)
    return day


def alarms(case: CaseRecord, today: date) -> Iterator[Alarm]:
    """The alarm that is due today, or none: nearest first, and one for each day that a case is late."""
    if case.state in OVER:
        return
    left = (case.due_on - today).days
    if left < 0:
        yield Alarm("rights.late", case, f"rights {case.id} late {today.isoformat()}")
        return
    near = next((days for days in ALARM_DAYS if left <= days), None)
    if near is not None:
        yield Alarm("rights.due", case, f"rights {case.id} {case.due_on.isoformat()} {near} days")
