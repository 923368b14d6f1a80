"""Whether a project may have one field: for its purpose, in these uses and years, with this reason."""

from collections.abc import Sequence
from dataclasses import dataclass

from enclave.actions.policy_checks.catalogued import academic_year_of
from enclave.catalogue.model import Catalogue, Field, FieldClass, Table
from enclave.documents import Parsed, Report, Spot, Where, did_you_mean
from enclave.problems import listed
from enclave.projects import HouseFile, ProjectFile
from enclave.projects.files import FieldGrantEntry, TableGrantEntry

SPECIAL_CATEGORY = "D"  # of the later vocabulary: special category data of UK GDPR Article 9
NEEDS_REASON = 2  # tiers 1 and 2 need the reason why less sensitive data would not do


@dataclass(frozen=True, slots=True)
class Asking:
    """One table that a project asks for, `index` in its list."""

    project: Parsed[ProjectFile]
    house: Parsed[HouseFile]
    catalogue: Catalogue
    table: Table
    index: int

    def place(self, *path: str | int) -> Spot:
        return self.project.place("data", "tables", self.index, *path)

    def key(self, *path: str | int) -> Spot:
        return self.project.key("data", "tables", self.index, *path)

    def has_lost(self, *path: str | int) -> bool:
        return self.project.has_lost("data", "tables", self.index, *path)

    @property
    def unit_word(self) -> str:
        return self.catalogue.units[self.table.unit].one if self.table.unit else "unit"

    def approvals_missing(self) -> list[str]:
        """The bodies that must approve tier 1 and have not. A list that could not be read is not held against it."""
        if self.project.has_lost("approvals"):
            return []
        given = {approval.body for approval in self.project.entry.approvals}
        return [body for body in self.house.entry.approvals.tier_1 if body not in given]


def less_sensitive_missing(entry: TableGrantEntry) -> bool:
    """Whether a field is asked for without a word on less sensitive data."""
    return isinstance(entry.fields, list) and any(
        not field.less_sensitive_alternative for field in entry.fields
    )


def check_field_grant(
    asking: Asking, at: int, entry: FieldGrantEntry, years: Sequence[str | int] | None, report: Report
) -> None:
    """Report why the project cannot have the field, or what it still has to say about it."""
    place = asking.place("fields", at, "name")
    field = asking.table.fields.get(entry.name)
    if field is None:
        _unknown(asking, entry.name, place, report)
    elif field.kind is FieldClass.IDENTIFIER:
        _identifying(asking, field, place, report)
    elif asking.project.entry.purpose.kind not in field.purposes:
        _purpose(asking, field, place, report)
    else:
        _uses(asking, at, entry, field, report)
        _years(asking, field, years, place, report)
        if asking.table.presence is None:
            _justified(asking, entry, field, place, report)
        _special_category(asking, field, place, report)


def _unknown(asking: Asking, name: str, place: Where, report: Report) -> None:
    table = asking.table
    hint = did_you_mean(name, table.fields)
    lists = f"`enclave fields {table.name}` lists all"
    near = hint.split('"')[1] if hint else None
    fix = f"write {near}; {lists}" if near else lists
    report.error(place, "unknown-field", f'{table.name} has no field "{name}".{hint}', fix=fix)


def _identifying(asking: Asking, field: Field, place: Where, report: Report) -> None:
    report.error(
        place,
        "never-available",
        f"{field.name} identifies a person; no project can have it",
        why="identifying fields are in the identity vault and not in the research store",
        fix=f"remove the line{_instead(asking, field)}",
    )


def _instead(asking: Asking, field: Field) -> str:
    if field.instead is None:
        return ""
    tiers = (f"{name} (tier {asking.table.fields[name].tier})" for name in field.instead.fields)
    return f"; if {field.instead.need} is needed, {' or '.join(tiers)} may do"


def _purpose(asking: Asking, field: Field, place: Where, report: Report) -> None:
    wanted = asking.project.entry.purpose.kind
    if wanted not in {purpose.id for purpose in asking.house.entry.purposes}:
        return  # reported at the purpose itself
    allowed = sorted(field.purposes)
    why = "the catalogue lists the purposes of each field"
    if not allowed:
        message = f"{field.name} may be used for no purpose, so not for {wanted}"
        why += "; this list is empty"
    else:
        message = f"{field.name} may be used for {listed(allowed)}, not for {wanted}"
    report.error(place, "purpose-not-permitted", message, why=why, fix="remove the line")


def _uses(asking: Asking, at: int, entry: FieldGrantEntry, field: Field, report: Report) -> None:
    repeated = {use for use in entry.use if entry.use.count(use) > 1}
    for index, use in enumerate(entry.use):
        place = asking.place("fields", at, "use", index)
        if asking.table.key == field.name and use != "link":
            report.error(
                place,
                "use-not-possible",
                f"{field.name} identifies the unit; its only use is link",
                why=f"a result with a row per {asking.unit_word} never leaves",
                fix="write use: [link]",
            )
        elif use in repeated and use in entry.use[:index]:
            report.error(place, "duplicate", f"the use {use} is named twice", fix="name it once")


def _years(
    asking: Asking, field: Field, years: Sequence[str | int] | None, place: Where, report: Report
) -> None:
    """Years in which an item was not collected: all of them is an error, some of them worth a word."""
    year = asking.table.year
    if year is None or not years or field.collected_from is None:
        return
    asked = [str(value) for value in years if _is_year(asking, str(value))]
    first, last = field.collected_from, field.collected_to or "9999/00"
    outside = [value for value in asked if not first <= academic_year_of(value, year.form) <= last]
    until = f" to {field.collected_to}" if field.collected_to else ""
    if outside and len(outside) == len(asked):
        message = f"{field.name} was collected from {first}{until}, in none of the years asked for"
        report.error(
            place, "not-collected", message, fix="remove the line, or ask for years in which it was collected"
        )
    elif outside:
        message = f"{field.name} was collected from {first}{until}, so not in {listed(outside)}"
        fix = "keep it in mind: the field is empty in those years"
        report.warning(place, "not-collected", message, fix=fix)


def _is_year(asking: Asking, value: str) -> bool:
    """Whether the value is a year of the table; others are reported where they stand."""
    year = asking.table.year
    code_set = asking.table.fields[year.field].code_set if year else None
    return code_set is not None and value in asking.catalogue.code_sets[code_set].values


def _justified(asking: Asking, entry: FieldGrantEntry, field: Field, place: Where, report: Report) -> None:
    missing = asking.approvals_missing() if field.tier == 1 else []
    for body in missing:
        report.error(
            place,
            "approval-missing",
            f"{field.name} is tier 1 and needs an approval of {body}",
            why="house.yaml, approvals.tier_1",
            fix=f"add the approval with its reference and date, or remove the field{_milder(asking, field)}",
        )
    if field.tier <= NEEDS_REASON and not entry.less_sensitive_alternative:
        report.error(
            place,
            "missing",
            f'{field.name} is tier {field.tier} and has no "less_sensitive_alternative"',
            why="tiers 1 and 2 need the reason why less sensitive data would not do",
            fix='add less_sensitive_alternative: "..."',
        )


def _milder(asking: Asking, field: Field) -> str:
    if field.instead is None:
        return ""
    name = field.instead.fields[0]
    return f"; {name} is tier {asking.table.fields[name].tier}"


def _special_category(asking: Asking, field: Field, place: Where, report: Report) -> None:
    legal = asking.project.entry.legal
    if (
        field.sensitivity == SPECIAL_CATEGORY
        and legal.article_9 is None
        and not asking.project.has_lost("legal")
    ):
        report.error(
            place,
            "special-category",
            f"{field.name} is special category data, but legal.article_9 is not set",
            fix="add legal.article_9: research_statistics, and see that the DPIA covers it",
        )
