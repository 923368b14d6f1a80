"""What a worker may see, what it is asked, and the closed list of ways in which it can fail.

Both sides import this module: it knows nothing else of the product.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import pyarrow as pa

_WILD = frozenset("*?[]{}")  # DuckDB would look for files of such names
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

PARTIAL_AGGREGATE_PUSHDOWN = "partial_aggregate_pushdown"
"""The optimiser that pre-aggregates by person below person-level joins, and doubles their time there."""

OVERHEAD_BYTES = 1 << 29
"""What a worker may hold beyond the engine's own limit: libraries, inputs, the result twice."""


class FailureCode(StrEnum):
    """Everything that a caller is ever told of a run which gave no table."""

    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out-of-memory"
    CANCELLED = "cancelled"
    TOO_LARGE = "too-large"
    SANDBOX_TOO_WEAK = "sandbox-too-weak"
    FAILED = "failed"


class EngineFailed(Exception):
    """A run that gave no table. Holds a code: the engine's own words quote people's data."""

    def __init__(self, code: FailureCode) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(frozen=True, slots=True)
class TableFiles:
    """One relation: exact Parquet files, and the columns of the view over them.

    The columns must be stored in the files: nothing is read from the names of folders. `without` names a column of
    whole numbers, and the values whose rows the view does not have.
    """

    name: str
    files: tuple[Path, ...]
    columns: tuple[str, ...]
    without: tuple[str, tuple[int, ...]] | None = None

    def __post_init__(self) -> None:
        if self.without is not None and not _NAME.fullmatch(self.without[0]):
            raise ValueError("a column's name is a plain identifier")
        if not _NAME.fullmatch(self.name):
            raise ValueError("a relation's name is a plain identifier")
        if not self.files or not self.columns:
            raise ValueError(f"{self.name} needs at least one file and one column")
        if not all(file.is_absolute() and _WILD.isdisjoint(str(file)) for file in self.files):
            raise ValueError(f"{self.name} needs absolute paths without wildcards")


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """Whom a worker serves, and all that it may ever reach. One project, one policy version.

    `memory_bytes` is the engine's own limit; the process may hold a fixed overhead more before it is killed.
    `minimum_level` is the sandbox that the house requires: 0 limits, 1 and a filter on system calls, 2 and
    rules on files, 3 and no network.
    """

    project: str
    policy_hash: str
    tables: tuple[TableFiles, ...]
    memory_bytes: int
    threads: int
    temp_bytes: int
    minimum_level: int

    def __post_init__(self) -> None:
        names = [table.name.lower() for table in self.tables]
        if len(set(names)) != len(names):
            raise ValueError("two relations of a worker have one name")
        if min(self.memory_bytes, self.threads) < 1 or self.temp_bytes < 0:
            raise ValueError("a worker needs memory and a thread")
        if not 0 <= self.minimum_level <= 3:
            raise ValueError("the sandbox has levels 0 to 3")


@dataclass(frozen=True, slots=True)
class Job:
    """One SELECT, generated from a plan, with the safe tables that it reads and the caps on its result.

    `expected`, where given, is the exact schema of the result; anything else is a failure.
    """

    sql: str
    inputs: Mapping[str, pa.Table]
    max_rows: int
    max_bytes: int
    deadline_seconds: float
    expected: pa.Schema | None = None
    disabled_optimizers: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if not all(_NAME.fullmatch(name) for name in self.inputs):
            raise ValueError("an input's name is a plain identifier")
        if not all(_NAME.fullmatch(name) for name in self.disabled_optimizers):
            raise ValueError("an optimiser's name is a plain identifier")
        if min(self.max_rows, self.max_bytes) < 0 or self.deadline_seconds <= 0:
            raise ValueError("a job needs caps and a deadline")
