"""The catalogue's files as people write them. `load` turns them into the types of `model`."""

from typing import Annotated, Literal

from pydantic import Field as Setting
from pydantic import StringConstraints

from enclave.documents import Entry, Number

API_VERSION = "enclave/v1"

Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Tier = Literal[1, 2, 3, 4]


class WordsEntry(Entry):
    one: str
    many: str


class AreaEntry(WordsEntry):
    """Where clusters lie: the field of their listing that says so, and the public table that names the areas."""

    field: Name
    table: Name
    key: Name
    name: Name


class ListedEntry(Entry):
    """The public table that lists the clusters of a kind, with their names."""

    table: Name
    key: Name
    name: Name
    area: AreaEntry | None = None


class ClusterWordsEntry(WordsEntry):
    listed: ListedEntry | None = None


class PlainEntry(Entry):
    """What a table holds, in plain words: to people whose data it is, and to children."""

    adult: str
    child: str


class YearsEntry(Entry):
    """Academic years, first and last."""

    first: str = Setting(alias="from")
    last: str = Setting(alias="to")


class CodeSetEntry(Entry):
    """A code set that is not in the file of codes, or what the data hold of one that is."""

    years: YearsEntry | None = None
    integers: Annotated[list[int], Setting(min_length=2, max_length=2)] | None = None
    value: Literal["code", "label"] = "code"


class HierarchyEntry(Entry):
    fine: Name
    coarse: Name


class DefaultsEntry(Entry):
    """By tier, what a field has unless it says otherwise."""

    zeros: dict[Tier, Literal["hidden", "shown"]]
    purposes: dict[Tier, list[str]]


class CollectedEntry(Entry):
    """First and last academic year in which the item was collected."""

    first: str = Setting(alias="from")
    last: str | None = Setting(default=None, alias="to")


class InsteadEntry(Entry):
    """Less sensitive fields of the table which may do, and for what need."""

    need: str
    fields: Annotated[list[Name], Setting(min_length=1)]


class AscribedEntry(Entry):
    """`by` names the field of the table that says who supplied the value; `codes`, what there means somebody else."""

    by: Name
    codes: Annotated[list[str], Setting(min_length=1)]


class CellEntry(Entry):
    """What a cell of an aggregate table says about people."""

    kind: Literal["count", "share", "average", "plain"] = Setting(alias="is")
    of: list[Name] = Setting(default=[])
    about: list[Name] | None = None


class FieldEntry(Entry):
    type: str
    kind: Literal["key", "dimension", "measure", "identifier"] = Setting(alias="class")
    tier: Tier = Setting(
        json_schema_extra={"why": "a field without a tier would be open to anyone", "fix": "add tier: 1 to 4"}
    )
    annex_b: Literal["none", "identifying", "highly_sensitive"]
    identifiability: Literal[1, 2, 3, 4, 5]
    sensitivity: Literal["A", "B", "C", "D", "E"]
    code_set: Name | None = None
    zeros: Literal["hidden", "shown"] | None = None
    purposes: list[str] | None = None
    bounds: Annotated[list[Number], Setting(min_length=2, max_length=2)] | None = None
    cuts: list[Number] = Setting(default=[])
    usual: Number | None = None
    references: str | None = None
    total: bool = False
    nulls: Literal["never", "allowed"] = "allowed"
    fixed: bool = False
    family: Name | None = None
    instead: InsteadEntry | None = None
    ascribed: AscribedEntry | None = None
    cell: CellEntry | None = None
    collected: CollectedEntry | None = None
    retain_years: Annotated[int, Setting(ge=1, le=150)] | None = None
    aliases: list[str] = Setting(default=[])
    description: str = ""
    note: str = ""


class ClusterEntry(Entry):
    """`by` names the cluster of a row; `parts`, where there is such a column, the smaller group inside it."""

    name: Name
    by: Name
    parts: Name | None = None


class PresenceEntry(Entry):
    tier: Tier
    reveals: str


class YearEntry(Entry):
    field: Name
    form: Literal["YYYY/YY", "ending year"]


class TermEntry(Entry):
    field: Name


class ConditionEntry(Entry):
    field: Name
    below: int | None = None
    equals: str | int | bool | None = None
    or_null: bool = False


class GrainEntry(Entry):
    columns: Annotated[list[Name], Setting(min_length=1)]
    where: ConditionEntry | None = None


class RowsPerUnitEntry(Entry):
    per: list[Name]
    most: Annotated[int, Setting(ge=1)] = Setting(alias="max")


class DependencyEntry(Entry):
    """`fields` determine others, or rows where one field is not null hold certain codes of another."""

    fields: list[Name] = Setting(default=[])
    determine: list[Name] = Setting(default=[])
    by: Literal["hierarchy"] | None = None
    when: dict[Name, Literal["not_null"]] = Setting(default={})
    then: dict[Name, list[str]] = Setting(default={})


class SumEntry(Entry):
    """A total and its parts: values of the field `by`, or fields of one row."""

    by: Name | None = None
    total: str
    parts: Annotated[list[str], Setting(min_length=1)]
    complete: bool = True


class SourceEntry(Entry):
    collection: str


class TableEntry(Entry):
    unit: Name = Setting(
        json_schema_extra={"fix": "add unit: the unit whose data a row is, or none for public reference data"}
    )
    tier_3: bool = False
    population: Name | None = None
    adds_up: list[SumEntry] = Setting(default=[])
    key: Name | None = None
    key_otherwise: Name | None = None
    cluster: ClusterEntry | None = None
    presence: PresenceEntry | None = None
    year: YearEntry | None = None
    term: TermEntry | None = None
    main_census: dict[Name, str] | None = None
    description: str
    plain: PlainEntry | None = None
    note: str = ""
    source: SourceEntry
    grain: Annotated[list[GrainEntry], Setting(min_length=1)]
    rows_per_unit: list[RowsPerUnitEntry] = Setting(default=[])
    mostly_once: bool = False
    dependencies: list[DependencyEntry] = Setting(default=[])
    fields: Annotated[dict[Name, FieldEntry], Setting(min_length=1)]


class CatalogueFile(Entry):
    """`catalogue.yaml`: what all tables share; tables may stand here or in files of their own."""

    api_version: Literal["enclave/v1"] = Setting(alias="apiVersion")
    kind: Literal["Catalogue"]
    name: Name
    title: str
    units: dict[Name, WordsEntry]
    clusters: dict[Name, ClusterWordsEntry] = Setting(default={})
    codes: Annotated[str, StringConstraints(pattern=r"^[\w-]+\.csv$")]
    code_sets: dict[Name, CodeSetEntry] = Setting(default={})
    hierarchies: list[HierarchyEntry] = Setting(default=[])
    defaults: DefaultsEntry
    tables: dict[Name, TableEntry] = Setting(default={})


class TableFile(TableEntry):
    """`tables/NAME.yaml`: one table."""

    api_version: Literal["enclave/v1"] = Setting(alias="apiVersion")
    kind: Literal["Table"]
    name: Name
