"""The research store of a home, as one project's workers see it, and the workers that run on it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from enclave.actions.run_query import Engine
from enclave.catalogue import Catalogue
from enclave.catalogue.marks import ALONE, ONCE
from enclave.disclosure.perturbation.record_keys import RecordKeys
from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.engines.duckdb.spec import TableFiles, WorkerSpec
from enclave.engines.project import ProjectEngine
from enclave.loading import (
    DataVersion,
    Persons,
    StoredFile,
    TableManifest,
    open_version,
    persons_of,
    read_secrets,
)
from enclave.problems import Problem
from enclave.projects import Policy, TableGrant
from enclave.query.bound import Frames
from enclave.query.shadow import Shadow
from enclave.query.store_view import StoreRelation, store_view
from enclave.terms.versions import base_of

THREADS = 2
LEDGER = "the ledger"  # in place of a project, which has no name like that
SPILL_BYTES = 0  # people's rows are never written outside the store; a query that needs more memory is ended


class SandboxTooWeak(Problem):
    code = "sandbox-too-weak"
    title = "The sandbox of this machine is weaker than the house requires"
    status = 503


LeftOut = Callable[[str], Mapping[str, tuple[int, ...]]]
"""Of a data version by name: by unit, the keys of those whom it is less."""


def nobody(_version: str) -> Mapping[str, tuple[int, ...]]:
    """Where nobody objected."""
    return {}


@dataclass(slots=True)
class HomeStore:
    """The data versions of a home. Without an engine it can plan, and run nothing."""

    data: Path
    catalogue: Catalogue
    engines: DuckDBEngine | None = None
    keys: Path | None = None
    left_out: LeftOut = nobody
    shadows: dict[tuple[str, str], Shadow] = field(default_factory=dict)
    frames: Frames = field(default_factory=Frames)
    specs: dict[tuple[str, str], WorkerSpec] = field(default_factory=dict)
    versions: dict[str, DataVersion] = field(default_factory=dict)
    numbers: dict[str, dict[str, Persons]] = field(default_factory=dict)

    @contextmanager
    def engine(self, policy: Policy) -> Iterator[Engine]:
        assert self.engines is not None, "a store without an engine runs nothing"
        yield ProjectEngine(self.engines, self.worker_spec(policy))

    @contextmanager
    def ledger_engine(self, policy: Policy, table: str, columns: tuple[str, ...]) -> Iterator[Engine]:
        assert self.engines is not None, "a store without an engine runs nothing"
        yield ProjectEngine(self.engines, self.ledger_spec(policy, table, columns))

    def ledger_spec(self, policy: Policy, table: str, columns: tuple[str, ...]) -> WorkerSpec:
        """All that a worker of the ledger's own may reach: these columns of one table, in all its years."""
        version = self.version(policy)
        paths = tuple(version.root / file.path for file in version.table(table).manifest.main)
        seen = (TableFiles(table, paths, columns, self._without(policy, table)),)
        return _spec(policy, seen, serves=LEDGER, version=policy.project.data_version)

    def stored(self, policy: Policy, table: str) -> frozenset[str]:
        version = self.version(policy)
        if table not in version.manifest.tables:
            return frozenset()
        return frozenset(column.name for column in version.table(table).manifest.columns)

    def shadow(self, policy: Policy) -> Shadow:
        """An empty picture of what the project's workers see; one for each project and policy."""
        key = (policy.project.id, policy.content_hash)
        if key not in self.shadows:
            self.shadows[key] = Shadow(dict(self._described(policy)), self.frames)
        return self.shadows[key]

    def has_table(self, policy: Policy, table: str) -> bool:
        stored = self.version(policy).manifest.tables.get(table)
        grant = policy.table(table)
        if stored is None or grant is None:
            return False
        if self.catalogue.tables[table].tier_3 and not _enough_was_hidden(stored, policy):
            return False
        return any(_granted(file, grant) for file in stored.main)

    def persons(self, policy: Policy, unit: str) -> Persons:
        """Who the dense keys of the project's data version stand for, by number."""
        assert self.keys is not None, "a store without keys runs nothing"
        name = base_of(policy.project.data_version)
        if name not in self.numbers:
            self.numbers[name] = persons_of(self.data, name, read_secrets(self.keys))
        return self.numbers[name][unit]

    def record_keys(self, policy: Policy, unit: str) -> RecordKeys:
        """Made of the secret of the home's data, which stays the same over all versions."""
        del policy
        assert self.keys is not None, "a store without keys runs nothing"
        return RecordKeys.of(read_secrets(self.keys).record, unit)

    def worker_spec(self, policy: Policy) -> WorkerSpec:
        """All that a worker of the project may ever reach; written once for each project and policy."""
        made_of = f"{policy.content_hash} {policy.project.data_version}"
        key = (policy.project.id, made_of)
        if key not in self.specs:
            version = self.version(policy)
            tables = tuple(
                replace(_files(version, relation, policy), without=self._without(policy, relation.table))
                if relation.apart is None
                else _files(version, relation, policy)
                for relation in self._relations(policy)
            )
            self.specs[key] = _spec(policy, tables, serves=policy.project.id, version=made_of)
        return self.specs[key]

    def version(self, policy: Policy) -> DataVersion:
        """The version that the project is pinned to. It never changes, so it is opened once."""
        name = base_of(policy.project.data_version)
        if name not in self.versions:
            self.versions[name] = open_version(self.data, name)
        return self.versions[name]

    def _without(self, policy: Policy, table: str) -> tuple[str, tuple[int, ...]] | None:
        """The key of a table of people, and whose rows are left out of it.

        Fields in files of their own are read beside the key, by row: who is left out there is left out here.
        """
        about = self.catalogue.tables[table]
        keys = self.left_out(policy.project.data_version).get(about.unit or "", ())
        return (about.key, keys) if about.key is not None and keys else None

    def _relations(self, policy: Policy) -> Iterator[StoreRelation]:
        for relation in store_view(policy, self.catalogue):
            if self.has_table(policy, relation.table):
                missing = {ONCE, ALONE} - self.stored(
                    policy, relation.table
                )  # loaded before rows were marked
                yield replace(
                    relation, columns=tuple(name for name in relation.columns if name not in missing)
                )

    def _described(self, policy: Policy) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Relations for the binder: those of the workers, and each table once with its tier-1 fields in it too.

        That is how researchers write them. The SQL that we write reads them from their own relations, and the binder's
        answer is compared with that.
        """
        tables = self.version(policy).manifest.tables
        relations = tuple(self._relations(policy))
        apart = [(relation.table, relation.apart) for relation in relations if relation.apart is not None]
        for relation in relations:
            stored = tables[relation.table]
            types = {column.name: column.type for column in stored.columns} | dict(stored.apart_types)
            own = relation.apart is None
            written = [name for table, name in apart if own and table == relation.table]
            yield relation.name, [(name, types[name]) for name in (*relation.columns, *written)]


def _spec(policy: Policy, tables: tuple[TableFiles, ...], *, serves: str, version: str) -> WorkerSpec:
    """A worker for somebody, within the limits of the house. `version`: of what decides that it sees these tables."""
    sandbox = policy.house.sandbox
    return WorkerSpec(
        project=serves,
        policy_hash=version,
        tables=tables,
        memory_bytes=sandbox.memory_bytes,
        threads=THREADS,
        temp_bytes=SPILL_BYTES,
        minimum_level=sandbox.minimum_level,
    )


def _files(version: DataVersion, relation: StoreRelation, policy: Policy) -> TableFiles:
    """The exact files of a relation: of the years that the project has, and of a tier-1 field only if it is the one."""
    stored = version.table(relation.table).manifest
    files = stored.main if relation.apart is None else stored.apart[relation.apart]
    grant = policy.table(relation.table)
    assert grant is not None, "only granted tables are seen"
    paths = tuple(version.root / file.path for file in files if _granted(file, grant))
    return TableFiles(relation.name, paths, relation.columns)


def _enough_was_hidden(table: TableManifest, policy: Policy) -> bool:
    """Whether a table of aggregates was suppressed at load by the project's own rules, or stricter ones.

    Its rows stand for clusters one by one, so no project that needs several clusters behind a number may see it.
    """
    below = table.suppressed_below
    return below is not None and policy.rules.min_units <= below and policy.rules.min_clusters <= 1


def _granted(file: StoredFile, grant: TableGrant) -> bool:
    return grant.years is None or file.year is None or file.year in grant.years
