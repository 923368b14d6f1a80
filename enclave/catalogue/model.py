"""What the data means: tables, fields, code sets. The reader's types; `load` makes them from the policy files.

The one thing to know before changing this: a `Catalogue` is valid because it exists. Whatever can be wrong with a
catalogue file is found in `load`, and nothing after it checks again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from enclave.terms import FieldRef, Zeros


class FieldClass(StrEnum):
    """What a field is for."""

    KEY = "key"  # identifies the unit, or joins a public table
    DIMENSION = "dimension"  # codes: group, filter
    MEASURE = "measure"  # numbers: aggregate
    IDENTIFIER = "identifier"  # goes to the identity vault; no project can have it


class AnnexB(StrEnum):
    NONE = "none"
    IDENTIFYING = "identifying"
    HIGHLY_SENSITIVE = "highly_sensitive"


@dataclass(frozen=True, slots=True)
class Code:
    code: str
    label: str
    parent: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class CodeSet:
    """A closed list of codes, in published order; `values` are what the data hold: codes, or labels.

    What stands further down a list is what a table gives up where hidden codes alone divide it.
    """

    name: str
    codes: tuple[Code, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Every code of `fine` has one parent in `coarse`."""

    fine: str
    coarse: str
    parents: Mapping[str, str]  # value of fine -> value of coarse


@dataclass(frozen=True, slots=True)
class Instead:
    """Less sensitive fields of the same table which may do, and for what need."""

    need: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ascribed:
    """Who supplied a value: the field that says so, and its codes that mean somebody else than the person."""

    by: str
    codes: tuple[str, ...]


class CellKind(StrEnum):
    """What a cell of an aggregate table says about people."""

    COUNT = "count"  # how many they are
    SHARE = "share"  # how many per hundred of a count
    AVERAGE = "average"  # a mean, a rate or an index over a count of them
    PLAIN = "plain"  # nothing


@dataclass(frozen=True, slots=True)
class Cell:
    """`of`: the counts of which a count is a part; the one count on which a share or an average stands.

    `about`: the fields of tables of people (in whichever they stand) from which a query could make such a number.
    """

    kind: CellKind
    of: tuple[str, ...] = ()
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sum:
    """A total and its parts: rows, told apart by their value in `by`, or columns of one row where `by` is None.

    `complete`: the parts make up the total. Otherwise there is a rest, which can be worked out and is nowhere shown.
    """

    total: str
    parts: tuple[str, ...]
    by: str | None = None
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one table. `bounds`, `cuts` and `usual` are in the field's own unit."""

    table: str
    name: str
    type: str  # SQL type, upper case: INTEGER, VARCHAR(18), DECIMAL(5,2), ...
    kind: FieldClass
    tier: int  # 1 (most sensitive) to 4
    annex_b: AnnexB
    identifiability: int  # 1 to 5
    sensitivity: str  # A to E
    zeros: Zeros
    purposes: frozenset[str]
    code_set: str | None = None
    bounds: tuple[Decimal, Decimal] | None = None
    cuts: tuple[Decimal, ...] = ()
    usual: Decimal | None = None  # what nearly everybody has, where that is not 0
    references: FieldRef | None = None
    total: bool = False  # every value is found in what it references
    never_null: bool = False
    fixed: bool = False  # does not change over a person's life in the data
    family: str | None = None
    aliases: tuple[str, ...] = ()
    collected_from: str | None = None
    collected_to: str | None = None
    retain_years: int | None = None  # calendar years after the one in which a row's year ends; None: no term
    description: str = ""
    note: str = ""
    instead: Instead | None = None
    ascribed: Ascribed | None = None
    cell: Cell | None = None  # in a table of aggregates; None: hidden, since it is not known what it says

    def __hash__(self) -> int:
        """By its name alone: fields are put in sets by the hundred while a question is planned."""
        return hash((self.table, self.name))

    @property
    def ref(self) -> FieldRef:
        return FieldRef(self.table, self.name)


@dataclass(frozen=True, slots=True)
class RowCondition:
    """A filter on one field which a conditional grain needs: `field < below`, or `field = equals`; or null too."""

    field: str
    below: int | None = None
    equals: str | int | bool | None = None
    or_null: bool = False


@dataclass(frozen=True, slots=True)
class Grain:
    """Columns which are unique together, among the rows that meet `where`. Verified at load."""

    columns: tuple[str, ...]
    where: RowCondition | None = None


@dataclass(frozen=True, slots=True)
class RowsPerUnit:
    """One unit has at most `most` rows for each combination of `per`. Verified at load."""

    per: tuple[str, ...]
    most: int


@dataclass(frozen=True, slots=True)
class Dependency:
    """The fields of `determining` fix the fields of `determined`; `by_hierarchy` when code lists prove it."""

    determining: tuple[str, ...]
    determined: tuple[str, ...]
    by_hierarchy: bool = False


@dataclass(frozen=True, slots=True)
class Implication:
    """Rows in which `field` is not null hold one of `codes` in `then_field`."""

    field: str
    then_field: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """The group in which units stand together: its word in the catalogue and the column that names it.

    `parts` is the column by which the units of a cluster stand in smaller groups (the year groups of a school), where
    there is one.
    """

    name: str
    by: str
    parts: str | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """A row in the table is itself a disclosure: every use of the table is a use at this tier."""

    tier: int
    reveals: str


class YearForm(StrEnum):
    ACADEMIC = "YYYY/YY"
    ENDING = "ending year"


@dataclass(frozen=True, slots=True)
class YearField:
    field: str
    form: YearForm


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `unit` is None for public reference tables."""

    name: str
    description: str
    fields: Mapping[str, Field]
    grain: tuple[Grain, ...]
    unit: str | None = None
    key: str | None = None
    key_otherwise: str | None = None
    cluster: Cluster | None = None
    presence: Presence | None = None
    year: YearField | None = None
    rows_per_unit: tuple[RowsPerUnit, ...] = ()
    mostly_once: bool = False  # most units have one row in all its years: no promise, it chooses a quick way
    dependencies: tuple[Dependency, ...] = ()
    implications: tuple[Implication, ...] = ()
    main_census: Mapping[str, str] | None = None
    tier_3: bool = False  # cells of aggregates which may hold counts of 1: not public before suppression
    population: str | None = None  # tier 3: the field that counts whom a row is about; None: never loaded
    adds_up: tuple[Sum, ...] = ()
    term: str | None = None  # the field of the term, where there is one
    source: str = ""

    @property
    def public(self) -> bool:
        return self.unit is None and not self.tier_3

    def stored_apart(self, field: str) -> bool:
        """Whether the research store keeps the field in files of its own (tier 1, other than the key)."""
        return self.fields[field].tier == 1 and field != self.key

    def in_store(self, field: str) -> bool:
        """Whether the research store has the field at all; identifying fields are in the vault only."""
        return self.fields[field].kind is not FieldClass.IDENTIFIER


def rows_stand_on(table: Table) -> frozenset[str]:
    """The fields by which rows are told apart and put in order: without them, nothing of the table could be read."""
    names = {table.key, table.key_otherwise, table.term, table.population}
    names |= {column for grain in table.grain for column in grain.columns}
    names |= {grain.where.field for grain in table.grain if grain.where is not None}
    names |= {column for rows in table.rows_per_unit for column in rows.per}
    if table.year is not None:
        names.add(table.year.field)
    if table.cluster is not None:
        names |= {table.cluster.by, table.cluster.parts}
    return frozenset(name for name in names if name is not None)


@dataclass(frozen=True, slots=True)
class Words:
    one: str
    many: str


@dataclass(frozen=True, slots=True)
class Area:
    """Where clusters lie: the field of their listing that says so, and the public table that names the areas."""

    words: Words
    field: str
    table: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The public table that lists the clusters of a kind: the fields of their codes and their names."""

    table: str
    key: str
    name: str
    area: Area | None = None


@dataclass(frozen=True, slots=True)
class Plain:
    """What a table holds, in plain words: to people whose data it is, and to children."""

    adult: str
    child: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    name: str
    title: str
    units: Mapping[str, Words]
    clusters: Mapping[str, Words]
    code_sets: Mapping[str, CodeSet]
    hierarchies: tuple[Hierarchy, ...]
    tables: Mapping[str, Table]
    alias_index: Mapping[str, tuple[FieldRef, ...]]  # NPD names in lower case, patterns as written
    listings: Mapping[str, Listing] = field(default_factory=dict)  # by the kind of cluster
    plain: Mapping[str, Plain] = field(default_factory=dict)  # by table

    def field(self, ref: FieldRef) -> Field:
        return self.tables[ref.table].fields[ref.field]
