"""The policies in force with the evidence of visas: read of the record, at most a second old, weighed at each call."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from enclave.actions.check_policy import Policies
from enclave.actions.visas import evidence_of, with_visas
from enclave.people.evidence import Evidence
from enclave.store import Store
from enclave.terms import PersonId

LOOK_EVERY_SECONDS: Final = 1.0


@dataclass(slots=True)
class PoliciesWithVisas:
    """Call it for what is in force now. Where no file lets a visa count it is what `policies` gives."""

    policies: Callable[[], Policies]
    store: Store
    now: Callable[[], datetime]
    seconds_now: Callable[[], float]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _found: Mapping[PersonId, tuple[Evidence, ...]] = field(default_factory=dict)
    _looked: tuple[str, float] | None = None

    def __call__(self) -> Policies:
        policies = self.policies()
        by_visa = [id for id, person in policies.people.items() if person.by_visa]
        if not by_visa:
            return policies
        return with_visas(policies, self._evidence(by_visa, policies.content_hash), self.now())

    def look_again(self) -> None:
        """Somebody has just signed in here."""
        with self._lock:
            self._looked = None

    def _evidence(self, people: list[PersonId], version: str) -> Mapping[PersonId, tuple[Evidence, ...]]:
        with self._lock:
            seconds = self.seconds_now()
            if (
                self._looked is None
                or self._looked[0] != version
                or seconds - self._looked[1] >= LOOK_EVERY_SECONDS
            ):
                with self.store.read() as reading:
                    self._found = {id: evidence_of(id, reading) for id in people}
                self._looked = (version, seconds)
            return self._found
