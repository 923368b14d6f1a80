"""The time grid: when the end of a run may be seen. How long a query takes depends on the data, so it is not told.

Each end is held until the next step after its start: then the answer, its entry in the public log and its place in
every list tell which step it was and no more. The steps widen, so that a session of queries tells little.
"""

from bisect import bisect_left
from datetime import datetime, timedelta
from typing import Final

STEPS_SECONDS: Final = (0.02, 0.1, 0.5, 2.0, 10.0, 30.0, 60.0)
LAST_SECONDS: Final = STEPS_SECONDS[-1]
"""After it every further step is as long again."""


def step_after(seconds: float) -> float:
    """The first step that is not before so many seconds."""
    if seconds <= LAST_SECONDS:
        return STEPS_SECONDS[bisect_left(STEPS_SECONDS, seconds)]
    whole = int(seconds // LAST_SECONDS)
    return LAST_SECONDS * (whole if seconds == whole * LAST_SECONDS else whole + 1)


def seen_from(started_at: datetime, ended_at: datetime) -> datetime:
    """When a run that ended may be seen to have ended. A clock that was set back counts as no time at all."""
    took = max((ended_at - started_at).total_seconds(), 0.0)
    return started_at + timedelta(seconds=step_after(took))
