"""From checked files to the types that readers use. Nothing is decided here but defaults."""

from collections.abc import Iterable, Mapping, Sequence

from enclave.catalogue.aliases import index_aliases
from enclave.catalogue.files import (
    CatalogueFile,
    CellEntry,
    ClusterEntry,
    ClusterWordsEntry,
    ConditionEntry,
    DependencyEntry,
    FieldEntry,
    ListedEntry,
    TableEntry,
    WordsEntry,
)
from enclave.catalogue.model import (
    AnnexB,
    Area,
    Ascribed,
    Catalogue,
    Cell,
    CellKind,
    Cluster,
    CodeSet,
    Dependency,
    Field,
    FieldClass,
    Grain,
    Hierarchy,
    Implication,
    Instead,
    Listing,
    Plain,
    Presence,
    RowCondition,
    RowsPerUnit,
    Sum,
    Table,
    Words,
    YearField,
    YearForm,
)
from enclave.catalogue.source import Source
from enclave.terms import FieldRef, Zeros


def build(
    entry: CatalogueFile, sources: Iterable[Source], sets: Mapping[str, CodeSet], levels: Sequence[Hierarchy]
) -> Catalogue:
    """The catalogue from files without errors."""
    sources = tuple(sources)
    tables = {source.name: _table(source.name, source.entry, entry) for source in sources}
    return Catalogue(
        name=entry.name,
        title=entry.title,
        units=_words(entry.units),
        clusters=_words(entry.clusters),
        code_sets=sets,
        hierarchies=tuple(levels),
        tables=dict(sorted(tables.items())),
        alias_index=index_aliases(tables.values()),
        listings={
            name: _listing(one.listed) for name, one in entry.clusters.items() if one.listed is not None
        },
        plain={
            source.name: Plain(source.entry.plain.adult, source.entry.plain.child)
            for source in sources
            if source.entry.plain is not None
        },
    )


def _listing(entry: ListedEntry) -> Listing:
    area = entry.area
    where = (
        None
        if area is None
        else Area(Words(area.one, area.many), area.field, area.table, area.key, area.name)
    )
    return Listing(entry.table, entry.key, entry.name, where)


def _words(entries: Mapping[str, WordsEntry] | Mapping[str, ClusterWordsEntry]) -> dict[str, Words]:
    return {name: Words(entry.one, entry.many) for name, entry in entries.items()}


def _table(name: str, entry: TableEntry, catalogue: CatalogueFile) -> Table:
    return Table(
        name=name,
        description=entry.description,
        fields={field: _field(name, field, setting, catalogue) for field, setting in entry.fields.items()},
        grain=tuple(Grain(tuple(grain.columns), _condition(grain.where)) for grain in entry.grain),
        unit=None if entry.unit == "none" else entry.unit,
        key=entry.key,
        key_otherwise=entry.key_otherwise,
        cluster=_cluster(entry.cluster) if entry.cluster else None,
        presence=Presence(entry.presence.tier, entry.presence.reveals) if entry.presence else None,
        year=YearField(entry.year.field, YearForm(entry.year.form)) if entry.year else None,
        rows_per_unit=tuple(RowsPerUnit(tuple(rows.per), rows.most) for rows in entry.rows_per_unit),
        mostly_once=entry.mostly_once,
        dependencies=tuple(_dependency(one) for one in entry.dependencies if one.fields),
        implications=tuple(implied for one in entry.dependencies for implied in _implications(one)),
        main_census=entry.main_census,
        tier_3=entry.tier_3,
        population=entry.population,
        adds_up=tuple(Sum(one.total, tuple(one.parts), one.by, one.complete) for one in entry.adds_up),
        term=entry.term.field if entry.term else None,
        source=entry.source.collection,
    )


def _cluster(entry: ClusterEntry) -> Cluster:
    return Cluster(entry.name, entry.by, entry.parts)


def _condition(entry: ConditionEntry | None) -> RowCondition | None:
    return RowCondition(entry.field, entry.below, entry.equals, entry.or_null) if entry else None


def _dependency(entry: DependencyEntry) -> Dependency:
    return Dependency(tuple(entry.fields), tuple(entry.determine), entry.by == "hierarchy")


def _implications(entry: DependencyEntry) -> list[Implication]:
    return [
        Implication(field, then, tuple(codes)) for field in entry.when for then, codes in entry.then.items()
    ]


def _field(table: str, name: str, entry: FieldEntry, catalogue: CatalogueFile) -> Field:
    defaults = catalogue.defaults
    purposes = defaults.purposes[entry.tier] if entry.purposes is None else entry.purposes
    return Field(
        table=table,
        name=name,
        type=entry.type.upper(),
        kind=FieldClass(entry.kind),
        tier=entry.tier,
        annex_b=AnnexB(entry.annex_b),
        identifiability=entry.identifiability,
        sensitivity=entry.sensitivity,
        zeros=Zeros(entry.zeros or defaults.zeros[entry.tier]),
        purposes=frozenset(purposes),
        code_set=entry.code_set,
        bounds=(entry.bounds[0], entry.bounds[1]) if entry.bounds else None,
        cuts=tuple(entry.cuts),
        usual=entry.usual,
        references=reference(entry.references) if entry.references else None,
        total=entry.total,
        never_null=entry.nulls == "never",
        fixed=entry.fixed,
        family=entry.family,
        aliases=tuple(entry.aliases),
        collected_from=entry.collected.first if entry.collected else None,
        collected_to=entry.collected.last if entry.collected else None,
        retain_years=entry.retain_years,
        description=entry.description,
        note=entry.note,
        ascribed=Ascribed(entry.ascribed.by, tuple(entry.ascribed.codes)) if entry.ascribed else None,
        cell=_cell(entry.cell) if entry.cell else None,
        instead=Instead(entry.instead.need, tuple(entry.instead.fields)) if entry.instead else None,
    )


def _cell(entry: CellEntry) -> Cell:
    return Cell(CellKind(entry.kind), tuple(entry.of), tuple(entry.about or ()))


def reference(text: str) -> FieldRef:
    """`table.field` as a reference; checked before it is read."""
    table, field = text.split(".")
    return FieldRef(table, field)
