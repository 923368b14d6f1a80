"""Finding out whose records a definition reaches, on the home's own data versions and engines."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from enclave.actions.check_policy import Policies
from enclave.actions.count_reach import CountDesk
from enclave.actions.record_uses import ReachDesk, settle_those_of
from enclave.actions.run_query import MOST_MEMBER_BYTES, MOST_MEMBERS, Limits
from enclave.catalogue import Catalogue
from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.engines.duckdb.spec import TableFiles, WorkerSpec
from enclave.engines.project import ProjectEngine
from enclave.engines.reached import heads_of, looked_at, reached_by
from enclave.loading import DataVersion, open_version
from enclave.projects.model import House
from enclave.store import Store
from enclave.store.reach_shelves import Shelves
from enclave.terms import FieldRef
from enclave.terms.versions import base_of
from enclave.transparency.reach import Bits, Definition, Looked
from enclave.wiring.home import Home
from enclave.wiring.store import SPILL_BYTES, THREADS

REACH = "the reach"  # in place of a project, which has no name like that
SHELVES = "reach"
LIMITS = Limits(MOST_MEMBERS, MOST_MEMBER_BYTES, deadline_seconds=600)


@dataclass(frozen=True, slots=True)
class EngineReach:
    """Evaluates definitions on the workers of a home, each of which sees what the definitions read and no more.

    Limit: over a version less those who objected they are counted here; whoever asks about one of them is told the
    truth (`uses_through`), and counts of many are rounded.
    """

    home: Home
    engine: DuckDBEngine
    house: House
    catalogue: Catalogue

    def __call__(self, definition: Definition) -> Mapping[str, Bits]:
        spec = self._spec([relation for relation, _ in definition.reads], definition.data_version)
        return reached_by(definition, ProjectEngine(self.engine, spec), limits=LIMITS)

    def looked(self, looked: Looked, version: str) -> Sequence[tuple[str, str]]:
        table = self.catalogue.tables[looked.of]
        assert table.year is not None, "it is of years"
        engine = ProjectEngine(self.engine, self._spec(looked.relations, version))
        return looked_at(looked, table.year.form, engine, limits=LIMITS)

    def heads(self, table: str, version: str) -> Mapping[tuple[str, str], int]:
        engine = ProjectEngine(self.engine, self._spec([table], version))
        return heads_of(self.catalogue.tables[table], engine, limits=LIMITS)

    def _spec(self, names: Iterable[str], data_version: str) -> WorkerSpec:
        version, relations = open_version(self.home.data, base_of(data_version)), sorted(set(names))
        sandbox = self.house.sandbox
        return WorkerSpec(
            project=REACH,
            policy_hash=f"{data_version} {' '.join(relations)}",
            tables=tuple(_files(relation, version) for relation in relations),
            memory_bytes=sandbox.memory_bytes,
            threads=THREADS,
            temp_bytes=SPILL_BYTES,
            minimum_level=sandbox.minimum_level,
        )


def reach_of(home: Home, store: Store, engine: DuckDBEngine, policies: Policies) -> ReachDesk:
    """What questions about the reach of a home's queries are answered with."""
    evaluate = EngineReach(home, engine, policies.house, policies.catalogue)
    return ReachDesk(store.reach, shelves_of(home), evaluate)


def settle_reach(home: Home, store: Store, policies: Policies, fields: Collection[FieldRef]) -> int:
    """Find out whom definitions reach that are made of these fields, before values of them go. How many there were.

    Afterwards nobody could: the rows would tell of others.
    """
    if not (store.reach.versions() and fields):
        return 0
    with DuckDBEngine(folder=home.state / "workers") as engine:
        desk = reach_of(home, store, engine, policies)
        return sum(settle_those_of(desk, version, fields) for version in store.reach.versions())


def count_desk_of(home: Home, store: Store, engine: DuckDBEngine, policies: Policies) -> CountDesk:
    """What the public numbers are made with."""
    return CountDesk(store.reach, EngineReach(home, engine, policies.house, policies.catalogue))


def shelves_of(home: Home) -> Shelves:
    return Shelves(home.state / SHELVES)


def _files(relation: str, version: DataVersion) -> TableFiles:
    """A table's own columns, or one tier-1 field of it, in all years."""
    manifest = version.manifest.tables.get(relation)
    if manifest is not None:
        paths = tuple(version.root / file.path for file in manifest.main)
        return TableFiles(relation, paths, tuple(column.name for column in manifest.columns))
    table, _, field = relation.partition("__")
    manifest = version.manifest.tables[table]
    paths = tuple(version.root / file.path for file in manifest.apart[field])
    return TableFiles(relation, paths, (field, "_row"))
