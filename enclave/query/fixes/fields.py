"""Proposals for fields that are not there, not granted, or not for this use: the nearest that is, or without it."""

from collections.abc import Iterator
from difflib import get_close_matches

from sqlglot import exp

from enclave.catalogue.model import Field, FieldClass, RowCondition, Table
from enclave.query.fixes.case import Case
from enclave.query.fixes.people import _dropped
from enclave.query.fixes.reading import written
from enclave.query.fixes.trees import (
    also,
    drop_group,
    field_of,
    parts_of,
    people_of,
    select_of,
    sources,
    table_of,
    without,
)
from enclave.query.relations import Scalar
from enclave.terms import Edit, Fix

MOST_NEAR = 4


def nearest_field(case: Case) -> Iterator[Fix | None]:
    """The nearest field of the same table that the project has."""
    for field in _fields(case):
        for near in _near(field, case):
            draft = case.reading.draft()
            for column in list(draft.tree.find_all(exp.Column)):
                if column.name.lower() == field.name and field_of(column, case.around.catalogue) in (
                    field,
                    None,
                ):
                    column.set("this", exp.to_identifier(near))
            yield draft.fix(f"Use {near}, the nearest field that the project has")


def _fields(case: Case) -> list[Field]:
    """The fields at the places of a problem."""
    found: dict[str, Field] = {}
    for span in case.problem.spans:
        for node in case.reading.at(span):
            for column in [node] if isinstance(node, exp.Column) else []:
                field = field_of(column, case.around.catalogue)
                if field is not None:
                    found[str(field.ref)] = field
    return list(found.values())


def _near(field: Field, case: Case) -> list[str]:
    """Other granted fields, the likeliest first: coarser by its code list, named in the catalogue, alike by name."""
    catalogue = case.around.catalogue
    table = catalogue.tables[field.table]
    granted = [name for name in table.fields if _has(case, table, name) and name != field.name]
    coarser = {one.coarse for one in catalogue.hierarchies if one.fine == field.code_set}
    found = [
        name for name in granted if table.fields[name].code_set in coarser and table.fields[name].code_set
    ]
    found += [name for name in (field.instead.fields if field.instead is not None else ()) if name in granted]
    found += [
        name
        for dependency in table.dependencies
        if field.name in dependency.determining
        for name in dependency.determined
        if name in granted
    ]
    if field.kind is FieldClass.IDENTIFIER:  # nothing is near a name but what the catalogue says
        return list(dict.fromkeys(found))[:MOST_NEAR]
    same = (name for name in granted if field.code_set and table.fields[name].code_set == field.code_set)
    found += [*same, *get_close_matches(field.name, granted, n=2, cutoff=0.75)]
    if field.references is not None:  # a place: any coarser one
        found += [name for name in ("la_code", "region") if name in granted]
    return list(dict.fromkeys(found))[:MOST_NEAR]


def _has(case: Case, table: Table, name: str) -> bool:
    if table.fields[name].kind is FieldClass.IDENTIFIER or name == table.key:
        return False
    return case.around.policy.grant(table.name, name) is not None


def left_out(case: Case) -> Iterator[Fix | None]:
    """Without the fields: out of SELECT and GROUP BY, and without the conditions that use them."""
    wanted = [
        node for span in case.problem.spans for node in case.reading.at(span) if isinstance(node, exp.Column)
    ]
    if not wanted:
        return
    names = {node.name.lower() for node in wanted}
    draft = case.reading.draft()
    twins = [draft.twin(node) for node in wanted]
    for twin in twins:
        _take_out(twin, names)
    listed = ", ".join(sorted(names))
    yield draft.fix(f"Leave out {listed}")


def _take_out(column: Scalar, names: set[str]) -> None:
    select = select_of(column)
    if select is None:
        return
    for clause in ("where", "having", "qualify"):
        if select.args.get(clause) is not None:
            for part in parts_of(select.args[clause].this):
                if any(one is column for one in part.walk()):
                    without(select, clause, part)
                    return
    if column.find_ancestor(exp.Group) is not None:
        group = select.args["group"]
        for part in list(group.expressions):
            if any(one is column for one in part.walk()):
                drop_group(select, part)
    elif not _dropped(select, column):
        return
    for item in list(select.expressions):
        used = {part.name.lower() for part in item.find_all(exp.Column)}
        if used & names and len(select.expressions) > 1:
            _dropped(select, next(iter(item.find_all(exp.Column)), item))


def grouped_and_chosen(case: Case) -> Iterator[Fix | None]:
    """A field that may be grouped by and not filtered: group by it, and choose among the groups."""
    for node in (node for span in case.problem.spans for node in case.reading.at(span)):
        select = select_of(node)
        where = select.args.get("where") if select is not None else None
        if select is None or where is None or not isinstance(node, exp.Column):
            continue
        for part in parts_of(where.this):
            if any(one is node for one in part.walk()) and len(list(part.find_all(exp.Column))) == 1:
                draft = case.reading.draft()
                twin, condition, column = draft.twin(select), draft.twin(part), draft.twin(node).copy()
                assert isinstance(twin, exp.Select), "a copy is of the same class"
                without(twin, "where", condition)
                group = twin.args.get("group")
                earlier = group.expressions if group is not None else []
                twin.set("group", exp.Group(expressions=[*earlier, column]))
                also(twin, "having", condition)
                yield draft.fix(f"Group by {node.name}, and choose among the groups")


def owner_named(case: Case) -> Iterator[Fix | None]:
    """A name with the wrong table before it: each table in FROM that has the field."""
    nodes = [
        node for span in case.problem.spans for node in case.reading.at(span) if isinstance(node, exp.Column)
    ]
    for node in nodes[:1]:
        select = select_of(node)
        for name, source in sources(select) if select is not None else ():
            table = table_of(source, case.around.catalogue)
            if table is None or node.name.lower() in table.fields:
                draft = case.reading.draft()
                for one in nodes:
                    draft.twin(one).set("table", exp.to_identifier(name))
                yield draft.fix(f"Write {name}.{node.name}")


def from_another_table(case: Case) -> Iterator[Fix | None]:
    """A field of another table: of the same people, joined by the key, a row each; or of a public one, by a code."""
    nodes = [
        node for span in case.problem.spans for node in case.reading.at(span) if isinstance(node, exp.Column)
    ]
    for node in nodes[:1]:
        select = select_of(node)
        people = people_of(select, case.around.catalogue) if select is not None else None
        if select is None or people is None or node.table:
            continue
        for table in case.around.catalogue.tables.values():
            same = table.unit == people[1].unit and table.key == people[1].key
            if node.name.lower() not in table.fields:
                continue
            if same and _has(case, table, node.name.lower()):
                yield _joined(case, select, people, table, _of_the_person(people[1], table))
            elif table.unit is None and case.around.policy.table(table.name) is not None:
                for code in _looked_up_by(people[1], table, case):
                    yield _joined(case, select, people, table, [code])


def _of_the_person(first: Table, table: Table) -> list[str]:
    """The key, and the year where both have one."""
    both = [first.key or ""]
    if first.year is not None and table.year is not None and first.year == table.year:
        both.append(table.year.field)
    return both


def _looked_up_by(people: Table, table: Table, case: Case) -> list[str]:
    """The codes of people by which a public table is looked up, called the same in both, that the project has."""
    return [
        field.name
        for field in people.fields.values()
        if field.references is not None
        and field.references.table == table.name
        and field.references.field == field.name
        and _has(case, people, field.name)
    ][:1]


def _joined(
    case: Case, select: exp.Select, people: tuple[str, Table], table: Table, both: list[str]
) -> Fix | None:
    name, first = people
    draft = case.reading.draft()
    twin = draft.twin(select)
    assert isinstance(twin, exp.Select), "a copy is of the same class"
    for column in list(twin.find_all(exp.Column)):
        shared = column.name.lower() in first.fields and column.name.lower() in table.fields
        if not column.table and shared and column.name.lower() not in both:
            column.set("table", exp.to_identifier(name))
    twin.join(table.name, using=tuple(both), copy=False)
    for clause in _one_row_each(table, first) if table.unit is not None else ():
        also(twin, "where", clause)
    return draft.fix(f"Join {table.name}, which has it")


def _one_row_each(table: Table, other: Table) -> Iterator[Scalar]:
    """Filters by which a person has one row in a table, as far as the catalogue knows them."""
    for grain in table.grain:
        if grain.where is not None:
            yield condition_of(grain.where, exp.column(grain.where.field))
            break
    if table.main_census is not None and table.term is not None and table.term not in other.fields:
        for field, value in table.main_census.items():
            yield exp.EQ(this=exp.column(field), expression=exp.Literal.string(value))


def condition_of(where: RowCondition, column: exp.Column) -> Scalar:
    """A row condition of the catalogue as SQL."""
    made: Scalar
    if where.below is not None:
        made = exp.LT(this=column, expression=exp.Literal.number(where.below))
    elif isinstance(where.equals, bool):
        made = column if where.equals else exp.Not(this=column)
    elif isinstance(where.equals, int):
        made = exp.EQ(this=column, expression=exp.Literal.number(where.equals))
    else:
        made = exp.EQ(this=column, expression=exp.Literal.string(str(where.equals)))
    if not where.or_null:
        return made
    empty = exp.Is(this=column.copy(), expression=exp.Null())
    return exp.Paren(this=exp.Or(this=made, expression=empty))


def star_without(case: Case) -> Iterator[Fix | None]:
    """A star that leaves out what is not there: without saying so."""
    draft = case.reading.draft()
    for star in draft.tree.find_all(exp.Star):
        star.set("except_", None)
    yield draft.fix("Leave EXCLUDE out")


def text_meant(case: Case) -> Iterator[Fix | None]:
    """Double quotes stand around names; elsewhere they stand around texts too."""
    for node in case.nodes:
        if isinstance(node, exp.Column) and not node.table and node.this.args.get("quoted"):
            draft = case.reading.draft()
            text = exp.Literal.string(node.name)
            draft.replace(draft.twin(node), text)
            yield draft.fix(f"Write the text in single quotes, {written(text, pretty=False)}")


def nearest_year(case: Case) -> Iterator[Fix | None]:
    """The same year in the words of the table, else the nearest year that the project has."""
    for span in case.problem.spans[:1]:
        written = span.text.strip("'")
        for year in _same_year(case, written):
            quoted = f"'{year}'" if span.text.startswith("'") or not year.isdigit() else year
            yield Fix(f"Write {quoted}", (Edit(span.start, span.end, quoted),))
        for years in _years(case, written):
            quoted = f"'{years}'" if span.text.startswith("'") else years
            yield Fix(f"Ask for {years}", (Edit(span.start, span.end, quoted),))


def _same_year(case: Case, written: str) -> list[str]:
    """Years of tables of the project that end when the written one does, in other words: 2024 for 2023/24."""
    ends = _end_of(written)
    years = {year for table in case.around.policy.grants.values() for year in table.years or ()}
    return sorted(year for year in years - {written} if ends is not None and _end_of(year) == ends)


def _end_of(written: str) -> int | None:
    """The calendar year in which a year ends, as people write it: 2024, 2023/24, 2023-24, 2023/2024, 202324."""
    digits = "".join(part for part in written if part.isdecimal())
    if len(digits) == len("2024"):
        return int(digits)
    start, end = digits[:4], digits[4:]
    if not start or end not in (str(int(start) + 1), str(int(start) + 1)[2:]):
        return None
    return int(start) + 1


def _years(case: Case, written: str) -> list[str]:
    """Years of tables of the project, the nearest first."""
    years = {
        year
        for table in case.around.policy.grants.values()
        for year in table.years or ()
        if len(year) == len(written)
    }
    start = int(written[:4]) if written[:4].isdigit() else 0
    new = (year for year in years if year not in case.text)  # a year that is asked for already is no other
    return sorted(new, key=lambda year: (abs(int(year[:4]) - start), year))[:3]
