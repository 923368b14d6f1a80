"""Where and when units stand: the census, cluster and part columns of a leaf, and the structure of a whole table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from enclave.catalogue.model import RowCondition, Table
from enclave.disclosure.ledger.members import UNIT
from enclave.query.dialect import DUCKDB
from enclave.query.people_rows import Kept, Linked, Rows_, Stacked, Summary, Windowed
from enclave.query.relations import Scalar, Scan, all_of
from enclave.query.rendering import From, aliased, identifier, table_named
from enclave.terms.kept import Kept as Once

CLUSTER, PART, MAIN = "s", "pt", "mn"
CENSUSES = "step_censuses"
"""The input of a structure: which years and terms are wanted."""


@dataclass(frozen=True, slots=True)
class StructureSql:
    """The statement of a structure, the names of its columns, and the columns of the store that it reads."""

    sql: str
    names: tuple[str, ...]
    reads: frozenset[tuple[str, str]]


STRUCTURES: Once[StructureSql] = Once(64)
"""They follow from the table alone."""


def structure_sql(table: Table) -> StructureSql:
    """Who stands where in a whole table, at the censuses that the input `CENSUSES` lists (columns w0, w1)."""
    return STRUCTURES.of(table, make=lambda: _structure_sql(table))


def _structure_sql(table: Table) -> StructureSql:
    assert table.key is not None, "a table of people has a key"
    assert table.cluster is not None, "a structure is of clusters"
    columns = {UNIT: table.key, CLUSTER: table.cluster.by}
    if table.cluster.parts is not None:
        columns[PART] = table.cluster.parts
    columns |= {f"w{place}": name for place, name in enumerate(census_names(table))}
    made = From(table_named(table.name, "main")).select(
        [
            aliased(exp.Column(this=identifier(name), table=identifier("main")), id)
            for id, name in columns.items()
        ]
    )
    reads = {(table.name, name) for name in columns.values()}
    where = main_rows(table)
    if where is not None:
        made.select(aliased(main_condition(where), MAIN), copy=False)
        reads.add((table.name, where.field))
    made.set("joins", list(at_censuses(table)))
    made.set("distinct", exp.Distinct())
    return StructureSql(made.sql(DUCKDB), tuple(made.named_selects), frozenset(reads))


def at_censuses(table: Table) -> Iterator[exp.Join]:
    """The join that keeps the rows of `main` at the censuses which are asked for; none where there is no census."""
    same = [
        exp.NullSafeEQ(
            this=exp.Column(this=identifier(name), table=identifier("main")),
            expression=exp.Column(this=identifier(f"w{place}"), table=identifier(CENSUSES)),
        )
        for place, name in enumerate(census_names(table))
    ]
    if same:
        yield exp.Join(this=table_named(CENSUSES), on=conjunction(same))


def is_register(table: Table) -> bool:
    """Whether the table has each unit once at each census, among main rows at least, and to be in it is no secret."""
    once = {table.key, *census_names(table)}
    return table.presence is None and any(once >= set(grain.columns) for grain in table.grain)


def main_rows(table: Table) -> RowCondition | None:
    """The condition by which a unit has one row at each census, where the catalogue has one."""
    return next((grain.where for grain in table.grain if grain.where is not None), None)


def main_condition(where: RowCondition) -> Scalar:
    """The condition over `main`, which is never null."""
    return meets(where, exp.Column(this=identifier(where.field), table=identifier("main")))


def meets(where: RowCondition, there: exp.Column) -> Scalar:
    """The condition over a column; never null."""
    met: Scalar
    if where.below is not None:
        met = exp.LT(this=there.copy(), expression=exp.Literal.number(where.below))
    elif isinstance(where.equals, bool):
        met = exp.EQ(this=there.copy(), expression=exp.true() if where.equals else exp.false())
    elif isinstance(where.equals, int):
        met = exp.EQ(this=there.copy(), expression=exp.Literal.number(where.equals))
    else:
        met = exp.EQ(this=there.copy(), expression=exp.Literal.string(str(where.equals)))
    if where.or_null:
        met = exp.Or(this=met, expression=exp.Is(this=there.copy(), expression=exp.Null()))
    return exp.Coalesce(this=exp.Paren(this=met), expressions=[exp.false()])


def people_scans(rows: Rows_) -> Iterator[Scan]:
    """The tables of people whose columns can be read here: not those below a person's own summary."""
    match rows:
        case Scan() if rows.table.unit is not None:
            yield rows
        case Linked():
            yield from people_scans(rows.left)
            yield from people_scans(rows.right)
        case Kept() | Windowed():
            yield from people_scans(rows.source)
        case _:
            return


def every_scan(rows: Rows_) -> Iterator[Scan]:
    """All tables of people in the relation, those below a person's own summary among them."""
    match rows:
        case Scan() if rows.table.unit is not None:
            yield rows
        case Linked() | Stacked():
            yield from every_scan(rows.left)
            yield from every_scan(rows.right)
        case Kept() | Summary() | Windowed():
            yield from every_scan(rows.source)
        case _:
            return


def unit_in(rows: Rows_) -> str:
    """Whose data it is: the unit of any table of people in the relation."""
    match rows:
        case Scan() if rows.table.unit is not None:
            return rows.table.unit
        case Linked() | Stacked():
            return unit_in(rows.left) or unit_in(rows.right)
        case Kept() | Summary() | Windowed():
            return unit_in(rows.source)
        case _:
            return ""


def census_ids(scan: Scan) -> list[str]:
    return [scan.columns[name] for name in census_names(scan.table)]


def census_names(table: Table) -> list[str]:
    names = [table.year.field if table.year is not None else None, table.term]
    return [name for name in names if name is not None]


def part_field(scan: Scan) -> str | None:
    return scan.table.cluster.parts if scan.table.cluster is not None else None


def conjunction(parts: Sequence[Scalar]) -> Scalar:
    made = all_of(parts)
    assert made is not None, "there is a condition"
    return made
