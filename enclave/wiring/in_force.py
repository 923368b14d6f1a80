"""The policies in force, read anew when a version or a file changes: who is taken off a project is off it at once."""

import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from enclave.actions.check_policy import Policies
from enclave.actions.policy_checks.fingerprint import policy_files
from enclave.documents import Findings
from enclave.wiring.home import Home
from enclave.wiring.policies import policies_of
from enclave.wiring.policy_versions import files_of_version, version_in_force
from enclave.wiring.sources import SystemClock

LOOK_EVERY_SECONDS = 0.5
Seen: TypeAlias = tuple[tuple[Path, int, int], ...]


class PoliciesInForce:
    """Call it for what is in force now. `announce` is called with each new policy before anybody is given it.

    Files with an error change nothing: what was in force stays, and `broken` is told what is wrong, once a change.
    """

    def __init__(
        self,
        home: Home,
        *,
        seconds_now: Callable[[], float],
        announce: Callable[[Policies], None],
        broken: Callable[[Findings], object],
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._home = home
        self._clock = clock or SystemClock().now
        self._now = seconds_now
        self._announce = announce
        self._broken = broken
        self._lock = threading.Lock()
        self._seen = _seen(home, self._clock())
        self._looked_at = seconds_now()
        self._policies = policies_of(home, now=self._clock())

    def __call__(self) -> Policies:
        with self._lock:
            if self._now() - self._looked_at >= LOOK_EVERY_SECONDS:
                self._looked_at = self._now()
                self._look()
            return self._policies

    def _look(self) -> None:
        now = self._clock()
        seen = _seen(self._home, now)
        if seen == self._seen:
            return
        try:
            policies = policies_of(self._home, now=now)
        except Findings as findings:
            self._seen = seen
            self._broken(findings)
            return
        if policies.content_hash != self._policies.content_hash:
            self._announce(policies)
        self._seen, self._policies = seen, policies


def _seen(home: Home, now: datetime) -> Seen:
    """What a change of what is in force changes, without reading a file of it.

    A version does not change, so its number is enough; it comes into force when its time has come.
    """
    version = version_in_force(home, now)
    if version is not None:
        return ((files_of_version(home, version), version.number, 0),)
    stats = ((path, path.stat()) for path in policy_files(home.policies))
    return tuple((path, stat.st_mtime_ns, stat.st_size) for path, stat in stats)
