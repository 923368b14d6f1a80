"""Who is counted nowhere any more: their keys in a data version, and the name of a version that is less them.

A version less somebody is another version for the ledger: what was shown over the one counts beside the other, and the
same number is shown again as it was while fewer people than the threshold differ. The name says how many objections it
is less; the list only grows, so that a name means the same for ever.

Limit: the first question after an objection reads again what the ledger knows of a version. Of a database that several
gateways share and that is not in the home, `enclave batch` sees no objections: nor does it see its ledger.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import Protocol

import numpy as np

from enclave.actions.check_policy import Policies
from enclave.loading import persons_of, read_secrets
from enclave.projects import Policy
from enclave.rights.cases import ExclusionRecord
from enclave.store.database import connect, reading
from enclave.store.reading import StoreReading
from enclave.terms.versions import base_of, less, people_less, values_less
from enclave.wiring.home import Home
from enclave.wiring.records import DATABASE, database_url, open_records
from enclave.wiring.rights import HomeCabinet
from enclave.wiring.sources import SystemClock

Keys = Mapping[str, tuple[int, ...]]
"""By unit, the dense keys of those who are left out."""


class Objections(Protocol):
    """What is read of the record."""

    def count_exclusions(self) -> int: ...
    def exclusions(self, *, first: int | None = None) -> tuple[ExclusionRecord, ...]: ...


Read = Callable[[], AbstractContextManager[Objections]]


class Exclusions:
    """Those who objected, as the record of a home has them."""

    def __init__(self, home: Home, read: Read) -> None:
        self._home = home
        self._read = read
        self._cabinet = HomeCabinet(home)
        self._lock = threading.Lock()
        self._keys: dict[str, Keys] = {}
        self._last: tuple[Policies, int, Policies] | None = None

    def less(self, policies: Policies) -> Policies:
        """The policies with each project on its data version less those who objected up to now."""
        with self._read() as reading:
            count = reading.count_exclusions()
        if not count:
            return policies
        with self._lock:
            if self._last is None or self._last[0] is not policies or self._last[1] != count:
                self._last = (policies, count, _less(policies, count))
            return self._last[2]

    def keys(self, version: str) -> Keys:
        """Whom a version is less."""
        base, count = base_of(version), people_less(version)
        if not count:
            return {}
        with self._lock:
            if version not in self._keys:
                self._keys[version] = self._found(base, count)
            return self._keys[version]

    def _found(self, base: str, count: int) -> Keys:
        with self._read() as reading:
            out = reading.exclusions(first=count)
        assert len(out) == count, "the list of those who objected is not as it was"
        people: dict[str, set[int]] = {}
        for one in out:
            who = json.loads(self._cabinet.unseal(one.case_id, one.sealed))
            people.setdefault(who["unit"], set()).add(who["person"])
        numbers = persons_of(self._home.data, base, read_secrets(self._home.keys))
        return {
            unit: tuple(int(key) for key in np.flatnonzero(np.isin(numbers[unit], sorted(left))))
            for unit, left in people.items()
            if unit in numbers
        }


@contextmanager
def exclusions_of(home: Home) -> Iterator[Exclusions]:
    """Those who objected, for a session without a gateway: of the home's own record, if there is one."""
    if not (home.state / DATABASE).is_file():
        yield Exclusions(home, lambda: nullcontext(_Nobody()))
        return
    open_records(home, clock=SystemClock()).close()  # brought up to date, and found to be what was signed
    engine = connect(database_url(home))

    @contextmanager
    def read() -> Iterator[Objections]:
        with reading(engine) as connection:
            yield StoreReading(connection)

    try:
        yield Exclusions(home, read)
    finally:
        engine.dispose()


class _Nobody:
    """A home without a record, in which nobody can have objected."""

    def count_exclusions(self) -> int:
        return 0

    def exclusions(self, *, first: int | None = None) -> tuple[ExclusionRecord, ...]:
        del first
        return ()


def _less(policies: Policies, count: int) -> Policies:
    in_force = {id: _of_less(policy, count) for id, policy in policies.in_force.items()}
    return replace(policies, in_force=in_force)


def _of_less(policy: Policy, count: int) -> Policy:
    version = policy.project.data_version
    name = less(version, people=count, values=values_less(version))
    return replace(policy, project=replace(policy.project, data_version=name))
