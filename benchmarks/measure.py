"""How a time is taken: interleaved, so that a busy machine slows both sides alike, and by medians."""

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of several runs of one thing."""

    milliseconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds)

    def percentile(self, percent: int) -> float:
        """The least time that so many percent of the runs did not pass."""
        ranked = sorted(self.milliseconds)
        return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that one run takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def worked(work: Callable[[], object]) -> float:
    """Milliseconds of processor time that one run takes in this thread, whatever else the machine does."""
    started = time.thread_time()
    work()
    return (time.thread_time() - started) * 1000


def interleaved(works: Sequence[Callable[[], object]], *, rounds: int) -> tuple[Times, ...]:
    """Each thing once in every round, after a first round that does not count."""
    kept = [[timed(work) for work in works] for _ in range(rounds + 1)][1:]
    return tuple(Times(tuple(column)) for column in zip(*kept, strict=True))


def geometric_mean(numbers: Sequence[float]) -> float:
    return statistics.geometric_mean(numbers)
