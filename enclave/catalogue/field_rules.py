"""What a field of the catalogue must keep to. What a rule cannot vouch for is an error: unknown means no."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from enclave.catalogue.codes import is_academic_year
from enclave.catalogue.files import FieldEntry
from enclave.catalogue.known import Known
from enclave.catalogue.model import CodeSet
from enclave.catalogue.retain_rules import check_retained
from enclave.catalogue.source import Source
from enclave.documents import Report, Where, did_you_mean
from enclave.terms import prohibited

TYPE: Final = re.compile(
    r"(BOOLEAN|SMALLINT|INTEGER|BIGINT|DOUBLE|DATE|VARCHAR)|(?:VAR)?CHAR\((\d+)\)|DECIMAL\(\d+,\d+\)"
)
NUMERIC: Final = ("SMALLINT", "INTEGER", "BIGINT", "DOUBLE", "DECIMAL")
INTEGRAL: Final = ("SMALLINT", "INTEGER", "BIGINT")
PLACEHOLDER: Final = re.compile(r"\[(.*?)\]")
PLACEHOLDERS: Final = ("term", "yy", "n")


def check_field(source: Source, name: str, known: Known, report: Report) -> None:
    """Report everything in which one field breaks a rule."""
    field = source.fields[name]
    _type(source, name, field, report)
    _sensitivity(source, name, field, report)
    _numbers(source, name, field, report)
    _code_set(source, name, field, known.sets, report)
    _reference(source, name, field, known, report)
    _collected(source, name, field, report)
    _placeholders(source, name, field, report)
    check_retained(source, name, known, report)
    for at, purpose in enumerate(field.purposes or []):
        check_purpose(purpose, source.at("fields", name, "purposes", at), known.purposes, report)


def check_purpose(purpose: str, place: Where, purposes: Collection[str] | None, report: Report) -> None:
    """Report a purpose that is none of the house's, and one that no house can have with the rule that it breaks."""
    forbidden = prohibited(purpose)
    if forbidden is not None:
        message = f"{purpose} is never permitted"
        report.error(place, "purpose-not-permitted", message, why=forbidden.rule, fix="remove it")
        return
    if purposes is not None and purpose not in purposes:
        message = f'"{purpose}" is not a purpose of this house.{did_you_mean(purpose, purposes)}'
        report.error(place, "unknown-purpose", message, fix=f"write one of: {', '.join(sorted(purposes))}")


def _type(source: Source, name: str, field: FieldEntry, report: Report) -> None:
    if not TYPE.fullmatch(field.type.upper()):
        fix = "one of BOOLEAN, SMALLINT, INTEGER, BIGINT, DOUBLE, DATE, VARCHAR, VARCHAR(n), CHAR(n), DECIMAL(p,s)"
        report.error(source.at("fields", name, "type"), "type", f'"{field.type}" is not a type here', fix=fix)


def _sensitivity(source: Source, name: str, field: FieldEntry, report: Report) -> None:
    """The tier, Annex B and the class must agree; a public table holds nothing about people."""
    place = source.at("fields", name, "tier")
    if (field.tier == 1) != (field.annex_b != "none"):
        fix = "tier 1 has annex_b: identifying or highly_sensitive; other tiers have none"
        report.error(place, "tier", f"{name} has tier {field.tier} and annex_b: {field.annex_b}", fix=fix)
    if field.annex_b == "identifying" and field.kind != "identifier":
        message = f"{name} is identifying and has class: {field.kind}"
        why = "identifying fields go to the identity vault and not to the research store"
        report.error(
            source.at("fields", name, "class"), "class", message, why=why, fix="write class: identifier"
        )
    least = 3 if source.entry.tier_3 else 4
    if source.public and (field.tier < least or field.kind == "identifier"):
        message = f"{name} is tier {field.tier}, class {field.kind}, in a table that says it is about nobody"
        report.error(place, "public-table", message, fix="name the unit of the table, or correct the field")
    presence = source.entry.presence
    if presence and field.tier > presence.tier:
        message = f"{name} is tier {field.tier}, but a row of {source.name} is itself tier {presence.tier}"
        report.error(place, "presence", message, fix=f"write tier: {presence.tier}")


def _numbers(source: Source, name: str, field: FieldEntry, report: Report) -> None:
    numeric = field.type.upper().startswith(NUMERIC)
    if field.kind == "measure" and not numeric:
        message = f"{name} is a measure, but {field.type} is not a type of numbers"
        report.error(source.at("fields", name, "class"), "class", message, fix="write class: dimension")
    if (field.bounds or field.cuts) and not numeric:
        message = f"{name} has bounds or cuts, but {field.type} is not a type of numbers"
        report.error(source.key("fields", name), "bounds", message, fix="remove them")
    if field.bounds and field.bounds[0] > field.bounds[1]:
        message = "the least value is greater than the greatest"
        report.error(source.at("fields", name, "bounds"), "bounds", message, fix="write [least, greatest]")
    if field.usual is not None and field.kind != "measure":
        message = f"{name} has a usual value, but is no measure"
        report.error(source.key("fields", name), "bounds", message, fix="remove it")
    if field.usual is not None and field.bounds and not field.bounds[0] <= field.usual <= field.bounds[1]:
        message = "the usual value lies outside the bounds"
        report.error(source.at("fields", name, "usual"), "bounds", message, fix="correct one of the two")
    if field.usual == 0:
        message = "a usual value of 0 needs no mention: sums are always judged by who has another"
        report.error(source.at("fields", name, "usual"), "bounds", message, fix="remove it")
    if field.cuts != sorted(set(field.cuts)):
        message = "cut points rise, each once"
        report.error(source.at("fields", name, "cuts"), "bounds", message, fix="sort them")
    if field.bounds and any(not field.bounds[0] <= cut <= field.bounds[1] for cut in field.cuts):
        message = "a cut point lies outside the bounds"
        report.error(
            source.at("fields", name, "cuts"), "bounds", message, fix="correct the cut point or the bounds"
        )


def _code_set(
    source: Source, name: str, field: FieldEntry, sets: Mapping[str, CodeSet], report: Report
) -> None:
    if field.code_set is None:
        return
    place = source.at("fields", name, "code_set")
    if field.code_set not in sets:
        message = f'there is no code set "{field.code_set}".{did_you_mean(field.code_set, sets)}'
        report.error(
            place, "unknown-code-set", message, fix="correct the name, or add its codes to the file of codes"
        )
        return
    misfits = [value for value in sets[field.code_set].values if not _fits(value, field.type.upper())]
    if misfits:
        message = f'codes of {field.code_set} do not fit {field.type}, "{misfits[0]}" for one'
        report.error(place, "code-does-not-fit", message, fix="correct the type or the code set")


def _fits(value: str, type_: str) -> bool:
    """Whether a code can be a value of the type; types that are wrong are reported elsewhere."""
    if type_.startswith(INTEGRAL):
        return re.fullmatch(r"-?\d+", value) is not None
    matched = TYPE.fullmatch(type_)
    if matched is None or type_ == "VARCHAR":
        return True
    return matched[2] is not None and len(value) <= int(matched[2])


def _reference(source: Source, name: str, field: FieldEntry, known: Known, report: Report) -> None:
    if field.references is None:
        if field.total:
            message = f"{name} is total, but references nothing"
            report.error(
                source.key("fields", name, "total"), "reference", message, fix="add references: table.field"
            )
        return
    place = source.at("fields", name, "references")
    table, _, target = field.references.partition(".")
    tables = known.tables
    if table in known.unread:
        return
    if table not in tables or target not in tables[table].fields:
        choices = [f"{other.name}.{column}" for other in tables.values() for column in other.fields]
        message = f'there is no field "{field.references}".{did_you_mean(field.references, choices)}'
        report.error(place, "unknown-field", message, fix="write table.field")
        return
    _target(source, name, field, tables[table], report)


def _target(source: Source, name: str, field: FieldEntry, table: Source, report: Report) -> None:
    place = source.at("fields", name, "references")
    if not table.public or table.entry.tier_3:
        message = f"{field.references} is not in a public table"
        report.error(place, "reference", message, fix="a reference leads to a table with unit: none")
    if field.total and field.nulls != "never":
        message = f"{name} is total, but may be null"
        why = "a join on a null finds nothing and would lose people"
        report.error(
            source.key("fields", name, "total"),
            "reference",
            message,
            why=why,
            fix="add nulls: never, or remove total",
        )


def _collected(source: Source, name: str, field: FieldEntry, report: Report) -> None:
    if field.collected is None:
        return
    first, last = field.collected.first, field.collected.last
    years = [year for year in (first, last) if year is not None]
    if not all(is_academic_year(year) for year in years):
        message = f"{' and '.join(years)}: academic years are written YYYY/YY"
        report.error(source.at("fields", name, "collected"), "dates", message, fix="write them as 2016/17")
    elif last is not None and last < first:
        message = f"collected until {last}, before it began in {first}"
        report.error(source.at("fields", name, "collected"), "dates", message, fix="check both years")


def _placeholders(source: Source, name: str, field: FieldEntry, report: Report) -> None:
    for at, alias in enumerate(field.aliases):
        unknown = [word for word in PLACEHOLDER.findall(alias) if word not in PLACEHOLDERS]
        if unknown:
            message = f"[{unknown[0]}] is not a placeholder"
            report.error(
                source.at("fields", name, "aliases", at), "alias", message, fix="use [term], [yy] or [n]"
            )
