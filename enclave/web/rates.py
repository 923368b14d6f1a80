"""How fast somebody may call. Counted by calls, whatever they ask: what is asked of the data plays no part."""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from enclave.problems.http import RateLimited

MOST_CALLERS: Final = 10_000
"""Remembered at once. Past it those who have not called for longest are forgotten: their buckets are full again."""


@dataclass(frozen=True, slots=True)
class Pace:
    """`calls` at once, and as many again over every `seconds`."""

    calls: int
    seconds: float

    @property
    def policy(self) -> str:
        return f'"burst";q={self.calls};w={math.ceil(self.seconds)}'


@dataclass(frozen=True, slots=True)
class Left:
    """What a caller has left, and the seconds until all of it is back."""

    calls: int
    full_in_seconds: int

    @property
    def header(self) -> str:
        return f'"burst";r={self.calls};t={self.full_in_seconds}'


@dataclass(frozen=True, slots=True)
class _Bucket:
    level: float
    at: float


class Bursts:
    """A leaky bucket for each caller, in this process."""

    def __init__(self, pace: Pace, *, seconds_now: Callable[[], float]) -> None:
        self.pace = pace
        self._now = seconds_now
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}

    def take(self, caller: str) -> Left:
        """Count one call.

        Raises:
            RateLimited: the caller has none left.
        """
        with self._lock:
            bucket = self._filled(caller)
            taken = replace(bucket, level=bucket.level - 1) if bucket.level >= 1 else bucket
            self._keep(caller, taken)
        if taken is bucket:
            wait = math.ceil((1 - bucket.level) * self._seconds_per_call)
            raise RateLimited(
                detail=f"You may make {self.pace.calls} calls at once. Try again in {wait} s.",
                retry_after_seconds=wait,
            )
        missing = self.pace.calls - taken.level
        return Left(int(taken.level), math.ceil(missing * self._seconds_per_call))

    @property
    def nothing_left(self) -> str:
        """The header of a call that is refused."""
        return Left(0, math.ceil(self.pace.seconds)).header

    @property
    def _seconds_per_call(self) -> float:
        return self.pace.seconds / self.pace.calls

    def _filled(self, caller: str) -> _Bucket:
        now = self._now()
        bucket = self._buckets.pop(caller, None)
        if bucket is None:
            return _Bucket(self.pace.calls, now)
        back = max(now - bucket.at, 0.0) / self._seconds_per_call
        return _Bucket(min(bucket.level + back, self.pace.calls), now)

    def _keep(self, caller: str, bucket: _Bucket) -> None:
        """Last in, so that the first in the dictionary is the one who has not called for longest."""
        self._buckets[caller] = bucket
        while len(self._buckets) > MOST_CALLERS:
            del self._buckets[next(iter(self._buckets))]
