"""What a vote is bound to. Any change of table, SQL, policy, data version or risk report makes another seal."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from enclave.audit.canonical import canonical
from enclave.outputs.records import OutputRecord


@dataclass(frozen=True, slots=True)
class Hashes:
    """SHA-256 in hexadecimal of what a checker decides on; `data_version` is a name, and versions do not change.

    Inside only: a small table, or a report on it, can be guessed from its hash.
    """

    table: str
    sql: str
    policy: str
    data_version: str
    report: str

    def as_json(self) -> Mapping[str, str]:
        return asdict(self)

    @property
    def seal(self) -> str:
        """One word for all of it."""
        return sha256(canonical(asdict(self)))


def hashes_of(output: OutputRecord, *, policy: str) -> Hashes:
    """What there is to decide on, under the policy that is in force with this content hash."""
    return Hashes(output.table_hash, output.sql_hash, policy, output.data_version, output.report_hash)


def differing(seen: Mapping[str, str], now: Hashes) -> tuple[str, ...]:
    """The names of what is not as it was seen. What was not seen differs; so does what nobody knows."""
    wanted = now.as_json()
    return tuple(sorted(name for name in {*seen, *wanted} if seen.get(name) != wanted.get(name)))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
