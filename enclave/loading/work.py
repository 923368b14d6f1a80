"""What the steps of one load hand to one another."""

from dataclasses import dataclass, field

from enclave.catalogue.model import Catalogue, Table
from enclave.loading.checks import Verification
from enclave.loading.findings import Tally
from enclave.loading.manifest import StoredFile
from enclave.loading.vault import Vault
from enclave.loading.versions import Building
from enclave.loading.workshop import Workshop

RECORD_KEY, ROW, PERSON = "_rk", "_row", "_person"


@dataclass(frozen=True, slots=True)
class Load:
    """What every step works with."""

    catalogue: Catalogue
    workshop: Workshop
    building: Building
    vault: Vault
    tally: Tally
    tables: frozenset[str]  # those of the source that can be read


@dataclass(frozen=True, slots=True)
class Partition:
    """The rows of one year and term, or all rows of a table without years."""

    name: str  # of its files
    year: str | None = None
    term: str | None = None
    values: tuple[tuple[str, object], ...] = ()  # column and value


@dataclass(slots=True)
class Progress:
    """What is known of one table so far."""

    rows: int = 0  # of the partitions before the one that is staged
    staged: int = 0
    main: list[StoredFile] = field(default_factory=list)
    apart: dict[str, list[StoredFile]] = field(default_factory=dict)
    with_nulls: set[str] = field(default_factory=set)
    most: dict[Verification, int] = field(default_factory=dict)


def partition_columns(table: Table) -> tuple[str, ...]:
    """The columns by which the table's files are parted. Public tables are small and stay whole."""
    if table.public or table.year is None:
        return ()
    return (table.year.field, table.term) if table.term else (table.year.field,)
