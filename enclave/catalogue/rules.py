"""What a table of the catalogue must keep to. Every rule reports; none stops the others."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from enclave.catalogue.aggregate_rules import check_aggregates
from enclave.catalogue.field_rules import check_field, check_purpose
from enclave.catalogue.files import CatalogueFile, DependencyEntry
from enclave.catalogue.known import Known
from enclave.catalogue.source import Source
from enclave.documents import Document, Report, Where, did_you_mean

NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def check_tables(sources: Sequence[Source], known: Known, report: Report) -> None:
    """Report everything in which a table breaks a rule."""
    for source in sources:
        _names(source, report)
        _unit(source, known, report)
        _columns_exist(source, report)
        _conditions(source, report)
        _dependencies(source, known, report)
        _aliases(source, report)
        check_aggregates(source, known, report)
        for name in source.fields:
            check_field(source, name, known, report)


def check_default_purposes(
    entry: CatalogueFile, document: Document, purposes: Collection[str] | None, report: Report
) -> None:
    """Report purposes of the defaults that the house does not have."""
    for tier, named in entry.defaults.purposes.items():
        for at, purpose in enumerate(named):
            check_purpose(purpose, document.place("defaults", "purposes", tier, at), purposes, report)


def check_listings(entry: CatalogueFile, document: Document, known: Known, report: Report) -> None:
    """Report listings of clusters that name what is not there, or is not public."""
    for kind, words in entry.clusters.items():
        if words.listed is None:
            continue
        where = ("clusters", kind, "listed")
        fields: tuple[str, ...] = (words.listed.key, words.listed.name)
        if words.listed.area is not None:
            area = words.listed.area
            fields = (*fields, area.field)
            _listing(area.table, (area.key, area.name), document.place(*where, "area"), known, report)
        _listing(words.listed.table, fields, document.place(*where), known, report)


def _listing(table: str, fields: Sequence[str], place: Where, known: Known, report: Report) -> None:
    if table in known.unread:
        return
    source = known.tables.get(table)
    if source is None or not source.public:
        message = f"{table} is no public table of the catalogue"
        report.error(place, "unknown-table", message, fix="name a table with unit: none")
        return
    for name in fields:
        if name not in source.fields:
            message = f'{table} has no field "{name}".{did_you_mean(name, source.fields)}'
            report.error(place, "unknown-field", message, fix="name one of its fields")


def _names(source: Source, report: Report) -> None:
    first: dict[str, str] = {}
    _name(source.name, source.key(), report)
    for name in source.fields:
        place = source.key("fields", name)
        _name(name, place, report)
        other = first.setdefault(name.casefold(), name)
        if other != name:
            message = f"{name} and {other} differ in upper and lower case only; SQL takes them for one"
            report.error(place, "same-name", message, fix="give one of them another name")


def _name(name: str, place: Where, report: Report) -> None:
    if not NAME.fullmatch(name):
        report.error(
            place,
            "reserved-name",
            f'"{name}" cannot be a name here',
            why="names starting with an underscore are the system's own; others need quotes in SQL",
            fix="use letters, digits and underscores, a letter first",
        )


def _unit(source: Source, known: Known, report: Report) -> None:
    entry = source.entry
    if source.public:
        _nothing_of_people(source, report)
        return
    if entry.unit not in known.catalogue.units:
        message = (
            f'the catalogue has no unit "{entry.unit}".{did_you_mean(entry.unit, known.catalogue.units)}'
        )
        report.error(
            source.at("unit"), "unknown-unit", message, fix="correct it, or add the unit to catalogue.yaml"
        )
    if entry.tier_3:
        message = "tier_3 is for tables of aggregates, which have unit: none"
        report.error(source.key("tier_3"), "tier-3", message, fix="remove the line, or write unit: none")
    if entry.cluster and entry.cluster.name not in known.catalogue.clusters:
        name = entry.cluster.name
        message = f'the catalogue has no cluster "{name}".{did_you_mean(name, known.catalogue.clusters)}'
        fix = "correct it, or add the cluster to catalogue.yaml"
        report.error(source.at("cluster", "name"), "unknown-cluster", message, fix=fix)
    _parts(source, report)
    _keys(source, report)


def _parts(source: Source, report: Report) -> None:
    """The parts of a cluster are values of a dimension with a code list: a base of the ledger is a set of them."""
    cluster = source.entry.cluster
    field = source.fields.get(cluster.parts or "") if cluster else None
    if cluster is None or field is None:
        return  # a column that is not there is reported with the others
    if cluster.parts == cluster.by:
        message = f"{cluster.by} names the {cluster.name} itself"
    elif field.kind != "dimension" or field.code_set is None:
        message = f"{cluster.parts} is no dimension with a code list"
    else:
        return
    fix = "name the column of the smaller group, or remove parts"
    report.error(source.at("cluster", "parts"), "parts", message, fix=fix)


def _nothing_of_people(source: Source, report: Report) -> None:
    """A public table says nothing about how it hangs together with people."""
    for setting in ("key", "key_otherwise", "cluster", "presence", "main_census"):
        if getattr(source.entry, setting) is not None:
            message = f"a table with unit: none has no {setting}"
            report.error(
                source.key(setting), "public-table", message, fix="remove the line, or name the unit"
            )
    if source.entry.rows_per_unit:
        message = "a table with unit: none has no rows_per_unit"
        report.error(
            source.key("rows_per_unit"), "public-table", message, fix="remove the lines, or name the unit"
        )


def _keys(source: Source, report: Report) -> None:
    key = source.entry.key
    for name, field in source.fields.items():
        if field.kind == "key" and name != key:
            message = f"{name} has class: key, but the key of {source.name} is {key or 'not given'}"
            fix = f"write key: {name}, or give the field another class"
            report.error(source.at("fields", name, "class"), "key", message, fix=fix)
    if key in source.fields and source.fields[key].kind != "key":
        message = f"the key {key} has class: {source.fields[key].kind}"
        report.error(source.at("fields", key, "class"), "key", message, fix="write class: key")


def _columns_exist(source: Source, report: Report) -> None:
    entry = source.entry
    named: list[tuple[str | None, tuple[str | int, ...]]] = [
        (entry.key, ("key",)),
        (entry.key_otherwise, ("key_otherwise",)),
        (entry.cluster.by if entry.cluster else None, ("cluster", "by")),
        (entry.cluster.parts if entry.cluster else None, ("cluster", "parts")),
        (entry.year.field if entry.year else None, ("year", "field")),
        (entry.term.field if entry.term else None, ("term", "field")),
    ]
    named += [(field, ("main_census", field)) for field in entry.main_census or {}]
    for index, grain in enumerate(entry.grain):
        named += [(column, ("grain", index, "columns", at)) for at, column in enumerate(grain.columns)]
        if grain.where:
            named.append((grain.where.field, ("grain", index, "where", "field")))
    for index, rows in enumerate(entry.rows_per_unit):
        named += [(column, ("rows_per_unit", index, "per", at)) for at, column in enumerate(rows.per)]
    for index, dependency in enumerate(entry.dependencies):
        named += _named_in(dependency, ("dependencies", index))
    for field, setting in source.fields.items():
        if setting.ascribed:
            named.append((setting.ascribed.by, ("fields", field, "ascribed", "by")))
        others = setting.instead.fields if setting.instead else []
        named += [(other, ("fields", field, "instead", "fields", at)) for at, other in enumerate(others)]
    for name, path in named:
        _column_exists(source, name, path, report)


def _named_in(
    dependency: DependencyEntry, path: tuple[str | int, ...]
) -> list[tuple[str, tuple[str | int, ...]]]:
    return [
        *((name, (*path, "fields", at)) for at, name in enumerate(dependency.fields)),
        *((name, (*path, "determine", at)) for at, name in enumerate(dependency.determine)),
        *((name, (*path, "when", name)) for name in dependency.when),
        *((name, (*path, "then", name)) for name in dependency.then),
    ]


def _column_exists(source: Source, name: str | None, path: tuple[str | int, ...], report: Report) -> None:
    if name is None or name in source.fields:
        return
    message = f'{source.name} has no field "{name}".{did_you_mean(name, source.fields)}'
    report.error(
        source.at(*path), "unknown-field", message, fix="write the name of one of the table's fields"
    )


def _conditions(source: Source, report: Report) -> None:
    for index, grain in enumerate(source.entry.grain):
        where = grain.where
        if where and (where.below is None) == (where.equals is None):
            message = "a condition has either below or equals"
            fix = "write { field: ..., below: n } or { field: ..., equals: value }"
            report.error(source.at("grain", index, "where"), "condition", message, fix=fix)


def _dependencies(source: Source, known: Known, report: Report) -> None:
    for index, one in enumerate(source.entry.dependencies):
        place = source.at("dependencies", index)
        determines = bool(one.fields and one.determine) and not (one.when or one.then)
        implies = bool(one.when and one.then) and not (one.fields or one.determine or one.by)
        if not (determines or implies):
            message = "a dependency says which fields determine others, or when one holds then another"
            fix = "write { fields: [a], determine: [b] } or { when: { a: not_null }, then: { b: [codes] } }"
            report.error(place, "dependency", message, fix=fix)
        elif one.by == "hierarchy" and not _proven(source, one, known):
            message = (
                "no hierarchy of the catalogue leads from the code set of the first to that of the second"
            )
            report.error(
                place,
                "hierarchy",
                message,
                fix="add the hierarchy to catalogue.yaml, or remove by: hierarchy",
            )


def _proven(source: Source, one: DependencyEntry, known: Known) -> bool:
    """Whether the code lists alone prove the dependency; unknown fields are reported elsewhere."""
    names = [*one.fields, *one.determine]
    if any(name not in source.fields for name in names):
        return True
    sets = [source.fields[name].code_set for name in names]
    return len(names) == 2 and (sets[0], sets[1]) in known.levels


def _aliases(source: Source, report: Report) -> None:
    """A name of the source leads to one field of a table, and never to another than the one that is called so."""
    first = {name.casefold(): name for name in source.fields}
    for name, field in source.fields.items():
        for at, alias in enumerate(field.aliases):
            other = first.setdefault(alias.casefold(), name)
            if other != name:
                message = f'"{alias}" is a name of {other} already'
                place = source.at("fields", name, "aliases", at)
                report.error(place, "alias", message, fix="remove one of the two")
