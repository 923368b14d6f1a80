"""What the catalogue promises about rows, as SQL conditions and queries that find the rows which break a promise.

A `RowCheck` looks at one row, a `Verification` at rows together. The staged rows hold the dense key under the key's
name, so a grain over the key is a grain over units. NULL equals NULL in all of it: a grouping would see it so.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from enclave.catalogue.model import (
    Catalogue,
    Dependency,
    Field,
    Grain,
    Hierarchy,
    RowCondition,
    RowsPerUnit,
    Table,
    YearForm,
)
from enclave.loading.stored_types import stored_type
from enclave.loading.workshop import columns, literal, quoted

YEAR_FORMS = {YearForm.ACADEMIC: r"\d{4}/\d{2}", YearForm.ENDING: r"\d{4}"}


@dataclass(frozen=True, slots=True)
class RowCheck:
    """`breaks` is true for a row that breaks the promise; it has a `?` for each of `values`."""

    code: str
    column: str
    breaks: str
    values: tuple[object, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """A promise about rows together.

    `gather` makes groups with a count `_n` from the staged rows of one partition. `settle`, over the groups of one
    or of many partitions, gives two numbers: how much breaks the promise, and the most seen.
    """

    code: str
    column: str
    about: str
    gather: str
    settle: str  # holds {groups}
    together: (
        frozenset[str] | None
    )  # rows that differ in one of these never break it together; None: no two rows do
    bound: RowsPerUnit | None = None

    def settles_in(self, partitioned_by: tuple[str, ...]) -> bool:
        """Whether each partition can be settled by itself."""
        return self.together is None or set(partitioned_by) <= self.together


def row_checks(table: Table) -> tuple[RowCheck, ...]:
    """The checks of each field but the unit key, which is checked before it is replaced."""
    own = [field for field in table.fields.values() if not (table.unit and field.name == table.key)]
    return tuple(check for field in own for check in _field_checks(table, field)) + tuple(
        _implications(table)
    )


def verifications(table: Table, catalogue: Catalogue) -> tuple[Verification, ...]:
    """Grain, rows per unit and dependencies of the table."""
    return (
        *(_grain(grain) for grain in table.grain),
        *(_rows_per_unit(bound, table.key or "") for bound in table.rows_per_unit),
        *(_dependency(dependency) for dependency in table.dependencies),
        *_hierarchies(table, catalogue),
    )


def condition(where: RowCondition | None) -> tuple[str, str]:
    """The condition in SQL, and in words for a finding."""
    if where is None:
        return "true", ""
    name = quoted(where.field)
    tests = [f"{name} < {int(where.below)}"] if where.below is not None else []
    tests += [f"{name} = {_constant(where.equals)}"] if where.equals is not None else []
    sql = " AND ".join(tests) or "true"
    sql = f"({sql} OR {name} IS NULL)" if where.or_null else f"({sql})"
    return sql, f" where {sql.replace(chr(34), '')}"


def _constant(value: str | int | bool) -> str:
    return literal(value) if isinstance(value, str) else str(value).lower()


def _field_checks(table: Table, field: Field) -> Iterator[RowCheck]:
    name, stored = quoted(field.name), stored_type(field.type)
    is_year = table.year is not None and table.year.field == field.name
    if field.never_null or is_year:
        yield RowCheck("null", field.name, f"{name} IS NULL")
    if stored.max_length is not None and field.code_set is None:  # a code list says more than a length
        about = f"{stored.max_length} characters"
        yield RowCheck("too-long", field.name, f"length({name}) > {stored.max_length}", about=about)
    if stored.floating:
        yield RowCheck("not-finite", field.name, f"NOT isfinite({name})")
    if field.bounds is not None:
        about = f"{field.bounds[0]} to {field.bounds[1]}"
        yield RowCheck("out-of-bounds", field.name, f"({name} < ? OR {name} > ?)", field.bounds, about)
    if is_year and table.year is not None:
        form = table.year.form
        breaks = f"NOT regexp_full_match({name}::VARCHAR, ?)"
        yield RowCheck("not-a-year", field.name, breaks, (YEAR_FORMS[form],), form.value)


def _implications(table: Table) -> Iterator[RowCheck]:
    for implication in table.implications:
        then = f"{quoted(implication.then_field)}::VARCHAR"
        places = ", ".join("?" for _ in implication.codes)
        breaks = f"{quoted(implication.field)} IS NOT NULL AND ({then} IS NULL OR {then} NOT IN ({places}))"
        about = (
            f"{implication.field} given implies {implication.then_field} in {', '.join(implication.codes)}"
        )
        yield RowCheck("breaks-implication", implication.field, breaks, implication.codes, about)


def _grain(grain: Grain) -> Verification:
    names = columns(grain.columns)
    where, words = condition(grain.where)
    return Verification(
        code="duplicate",
        column=", ".join(grain.columns),
        about=f"({', '.join(grain.columns)}){words}",
        gather=f"SELECT {names}, count(*) AS _n FROM stage WHERE {where} GROUP BY {names}",
        settle=f"SELECT coalesce(sum(_n) FILTER (_n > 1), 0), max(_n)"
        f" FROM (SELECT sum(_n) AS _n FROM {{groups}} GROUP BY {names})",
        together=frozenset(grain.columns),
    )


def _rows_per_unit(bound: RowsPerUnit, key: str) -> Verification:
    names = columns((key, *bound.per))
    per = f" for each {', '.join(bound.per)}" if bound.per else " in all"
    return Verification(
        code="too-many-rows-per-unit",
        column=", ".join((key, *bound.per)),
        about=f"{bound.most} rows of one unit{per}",
        gather=f"SELECT {names}, count(*) AS _n FROM stage GROUP BY {names}",
        settle=f"SELECT count(*) FILTER (_n > {int(bound.most)}), max(_n)"
        f" FROM (SELECT sum(_n) AS _n FROM {{groups}} GROUP BY {names})",
        together=frozenset(bound.per),
        bound=bound,
    )


def _dependency(dependency: Dependency) -> Verification:
    determining, both = (
        columns(dependency.determining),
        columns(dependency.determining + dependency.determined),
    )
    names = f"{', '.join(dependency.determining)} determine {', '.join(dependency.determined)}"
    return Verification(
        code="breaks-dependency",
        column=", ".join(dependency.determining),
        about=names,
        gather=f"SELECT {both}, count(*) AS _n FROM stage GROUP BY {both}",
        settle="SELECT coalesce(sum(_n) FILTER (_ways > 1), 0), max(_ways)"
        " FROM (SELECT sum(_n) AS _n, count(*) AS _ways"
        f" FROM (SELECT {both}, sum(_n) AS _n FROM {{groups}} GROUP BY {both}) GROUP BY {determining})",
        together=frozenset(dependency.determining),
    )


def _hierarchies(table: Table, catalogue: Catalogue) -> Iterator[Verification]:
    for dependency in table.dependencies:
        if not dependency.by_hierarchy:
            continue
        for hierarchy in catalogue.hierarchies:
            for fine in dependency.determining:
                for coarse in dependency.determined:
                    if (
                        table.fields[fine].code_set == hierarchy.fine
                        and table.fields[coarse].code_set == hierarchy.coarse
                    ):
                        yield _hierarchy(hierarchy, fine, coarse)


def _hierarchy(hierarchy: Hierarchy, fine: str, coarse: str) -> Verification:
    names = columns((fine, coarse))
    pairs = [f"({literal(child)}, {literal(parent)})" for child, parent in sorted(hierarchy.parents.items())]
    listed = f"(VALUES {', '.join(pairs) or '(NULL, NULL)'}) AS listed(child, parent)"
    same = f"listed.child = g.{quoted(fine)}::VARCHAR AND listed.parent = g.{quoted(coarse)}::VARCHAR"
    return Verification(
        code="breaks-hierarchy",
        column=coarse,
        about=f"code set {hierarchy.fine}",
        gather=f"SELECT {names}, count(*) AS _n FROM stage GROUP BY {names}",
        settle="SELECT coalesce(sum(_n) FILTER (listed.child IS NULL), 0), max(_n)"
        f" FROM {{groups}} AS g LEFT JOIN {listed} ON {same} WHERE g.{quoted(fine)} IS NOT NULL",
        together=None,
    )
