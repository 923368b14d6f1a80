"""What the steps of one load hand to one another."""

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from enclave.catalogue.model import Catalogue, Table
from enclave.loading.checks import Verification
from enclave.loading.findings import Tally
from enclave.loading.manifest import StoredFile
from enclave.loading.vault import Vault
from enclave.loading.versions import Building
from enclave.loading.workshop import Workshop

if TYPE_CHECKING:
    from enclave.loading.correcting import Corrected

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
    min_units: int | None  # cells of aggregates about fewer people are hidden
    today: date
    corrections: tuple["Corrected", ...] = ()
    corrected: dict[str, int] = field(default_factory=dict)  # table -> values that were other before


@dataclass(frozen=True, slots=True)
class Partition:
    """The rows of one year and term, or all rows of a table without years."""

    name: str  # of its files
    first_row: int
    rows: int
    year: str | None = None
    term: str | None = None
    values: tuple[object, ...] = ()  # of the table's partition columns


@dataclass(frozen=True, slots=True)
class Stage:
    """Consecutive partitions of a table, whose rows stand in the workshop's table `stage` in order."""

    table: Table
    partitions: tuple[Partition, ...]

    @property
    def first_row(self) -> int:
        return self.partitions[0].first_row

    @property
    def rows(self) -> int:
        return sum(partition.rows for partition in self.partitions)

    def row_numbers(self) -> str:
        """SQL for the number of a staged row within the table."""
        return f"(rowid + {self.first_row})::INTEGER AS {ROW}"

    def only(self, partition: Partition) -> str:
        """SQL for the staged rows of one partition."""
        start = partition.first_row - self.first_row
        return f"rowid >= {start} AND rowid < {start + partition.rows}"


@dataclass(slots=True)
class Progress:
    """What is known of one table so far."""

    main: list[StoredFile] = field(default_factory=list)
    apart: dict[str, list[StoredFile]] = field(default_factory=dict)
    with_nulls: set[str] = field(default_factory=set)
    most: dict[Verification, int] = field(default_factory=dict)


def partition_columns(table: Table) -> tuple[str, ...]:
    """The columns by which the table's files are parted. Public tables are small and stay whole."""
    if table.public or table.year is None:
        return ()
    return (table.year.field, table.term) if table.term else (table.year.field,)
