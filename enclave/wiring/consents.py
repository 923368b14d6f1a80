"""Who may be reached by a project that reaches only who has consented: read of the register anew for each run."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa

from enclave.loading import read_secrets
from enclave.loading.bases import Base, least_beside
from enclave.loading.key_numbers import numbers_of_keys
from enclave.people.consents import Consent, consenting_persons
from enclave.problems import ConsentBase
from enclave.projects import Policy, day_there
from enclave.query.standing_lists import COLUMNS, consenting
from enclave.store import consents_at
from enclave.terms import ProjectId
from enclave.wiring.home import Home
from enclave.wiring.records import DATABASE, database_url
from enclave.wiring.store import HomeStore

((COLUMN, _),) = COLUMNS
MOST_KNOWN = 1000
Found = dict[tuple[str, ProjectId, str, str], int | None]


@dataclass(frozen=True, slots=True)
class ConsentLists:
    """The lists below a question's tables. `kept` are the consents that were not withdrawn, at this moment."""

    store: HomeStore
    kept: Callable[[], Iterable[Consent]]
    now: datetime
    known: Found = field(default_factory=dict)

    def __call__(self, policy: Policy, tables: Collection[str], /) -> Mapping[str, pa.Table]:
        """
        Raises:
            ConsentBase: of one of the tables the list takes, or leaves, too few for tables that could be subtracted.
        """
        units = {
            name: table.unit
            for name in sorted(tables)
            if (table := self.store.catalogue.tables[name]).unit is not None
        }
        lists = self._lists(policy, frozenset(units.values()))
        for name, unit in units.items():
            self._check(policy, name, lists[unit])
        return {consenting(unit): keys for unit, keys in lists.items()}

    def _lists(self, policy: Policy, units: Collection[str]) -> dict[str, pa.Table]:
        persons = consenting_persons(
            self.kept(),
            purpose=policy.project.purpose.kind,
            recipients=policy.consent_of,
            day=day_there(self.now, policy.house.time_zone),
        )
        return {unit: self._keys(policy, unit, persons.get(unit, frozenset())) for unit in units}

    def _keys(self, policy: Policy, unit: str, persons: Collection[int]) -> pa.Table:
        """The dense keys of people in the data version that the project is pinned to."""
        everybody = self.store.persons(policy, unit)
        wanted = np.fromiter(persons, dtype=np.int64, count=len(persons))
        keys = np.flatnonzero(np.isin(everybody, wanted)).astype(np.int32)
        return pa.table({COLUMN: pa.array(keys)})

    def _check(self, policy: Policy, name: str, keys: pa.Table) -> None:
        least = policy.house.min_base_difference
        apart = self._apart(policy, name, keys)
        if apart is not None and apart < least:
            raise ConsentBase(
                detail=f"{name}: in one of its years fewer than {least} have consented, or fewer than "
                f"{least} have not. Tables of the two could be subtracted, so there are none until that changes."
            )

    def _apart(self, policy: Policy, name: str, keys: pa.Table) -> int | None:
        listed = hashlib.sha256(keys[COLUMN].to_numpy().tobytes()).hexdigest()
        key = (policy.content_hash, policy.project.id, name, listed)
        if key not in self.known:
            grant = policy.table(name)
            assert grant is not None, "authorise refuses a table without a grant"
            version, table = self.store.version(policy), self.store.catalogue.tables[name]
            if len(self.known) >= MOST_KNOWN:
                self.known.clear()
            self.known[key] = least_beside(version, table, Base(grant.years, grant.rows), keys)
        return self.known[key]


def consents_of_home(home: Home) -> tuple[Consent, ...]:
    """Those on record in the home's own database. Limit: where gateways share another one, there are none here."""
    return consents_at(database_url(home)) if (home.state / DATABASE).is_file() else ()


def numbers_in(home: Home, unit: str, keys: Collection[str]) -> Mapping[str, int]:
    """The person numbers of keys, by the version in force."""
    return numbers_of_keys(home.data, read_secrets(home.keys), unit, keys)
