"""Working time: only days on which checkers work count, by the house's own clock and calendar. Pure.

A working day lasts from midnight to midnight in the house's time zone: what is asked on Friday at noon and answered on
Monday at noon took one working day.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from enclave.outputs.records import MoveRecord
from enclave.outputs.states import State

SATURDAY: Final = 5
CHECKERS_TURN: Final = frozenset({State.QUEUED, State.IN_REVIEW, State.DISPUTED})
"""Where the clock runs: an output waits for checkers, and for nobody else."""
DECIDED: Final = frozenset({State.APPROVED, State.RELEASED, State.RETURNED, State.REJECTED})
MOST_DAYS: Final = 3_660


def is_working_day(day: date, holidays: frozenset[date]) -> bool:
    return day.weekday() < SATURDAY and day not in holidays


def working_time(start: datetime, end: datetime, *, zone: ZoneInfo, holidays: frozenset[date]) -> timedelta:
    """How much of the time from `start` to `end` lies on working days; none if it ends before it starts.

    Limit: of more than ten years only the first ten count.
    """
    total, day = timedelta(0), start.astimezone(zone).date()
    for _ in range(MOST_DAYS):
        begins = datetime.combine(day, time(), tzinfo=zone)
        if begins >= end:
            return total
        ends = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
        if is_working_day(day, holidays):
            # the difference of two times of one zone ignores its clock changes: count in UTC
            total += max(timedelta(0), _utc(min(end, ends)) - _utc(max(start, begins)))
        day += timedelta(days=1)
    return total


def with_checkers(
    moves: Sequence[MoveRecord], *, until: datetime, zone: ZoneInfo, holidays: frozenset[date]
) -> timedelta:
    """The working time that an output spent with checkers, over all its rounds."""
    ends = [move.at for move in moves[1:]] + [until]
    spans = zip(moves, ends, strict=True)
    return sum(
        (
            working_time(move.at, end, zone=zone, holidays=holidays)
            for move, end in spans
            if move.state in CHECKERS_TURN
        ),
        timedelta(0),
    )


def is_decided(moves: Sequence[MoveRecord]) -> bool:
    """Whether checkers had it and said what they think of it."""
    states = [move.state for move in moves]
    return (
        any(state in CHECKERS_TURN for state in states)
        and states[-1] not in CHECKERS_TURN
        and any(state in DECIDED for state in states)
    )


def percentile(values: Iterable[timedelta], share: float) -> timedelta | None:
    """The smallest value that at least this share of the values do not exceed; None of none."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = max(0, -(-int(share * 100 * len(ordered)) // 100) - 1)
    return ordered[min(place, len(ordered) - 1)]


def _utc(at: datetime) -> datetime:
    return at.astimezone(ZoneInfo("UTC"))
