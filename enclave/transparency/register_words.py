"""What the register says of a use, in plain words: the same wherever it is shown."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from enclave.terms import Use
from enclave.transparency.register import Register, RegisteredField, RegisteredProject, RegisteredTable

LEGAL: Final = {
    "public_task": "Public task, UK GDPR Article 6(1)(e)",
    "research_statistics": "Research and statistics, UK GDPR Article 9(2)(j)",
}
IDENTIFIABILITY: Final = {
    1: "names a person",
    2: "a number that names a person",
    3: "a number without meaning",
    4: "could single somebody out",
}
SENSITIVITY: Final = {
    "A": "never leaves the department",
    "B": "highly sensitive",
    "C": "sensitive",
    "D": "special category",
}
ANNEX_B: Final = {"none": "", "identifying": ", identifying", "highly_sensitive": ", highly sensitive"}
USES: Final = {
    Use.LINK: "link records",
    Use.GROUP: "group",
    Use.FILTER: "choose records",
    Use.AGGREGATE: "count, add, average",
}


def found(register: Register, *, search: str = "", stage: str = "") -> tuple[RegisteredProject, ...]:
    """The uses that mention a word, whatever its case, and are at a stage; all, where nothing is asked for."""
    return tuple(
        entry for entry in register.projects if mentions(entry, search) and stage in ("", entry.stage)
    )


def mentions(entry: RegisteredProject, search: str) -> bool:
    word = search.casefold().strip()
    return any(word in text.casefold() for text in _texts(entry))


def _texts(entry: RegisteredProject) -> Iterator[str]:
    """All that a search looks through: what somebody is after is a topic, a body, an item, or a place."""
    project = entry.project
    yield from (project.id, project.title, project.purpose.public_summary, project.purpose.public_benefit)
    yield from (entry.organisation.name, entry.purpose)
    for table in entry.tables:
        yield from (table.name.replace("_", " "), table.description)
        yield from (value for values in (table.rows or {}).values() for value in values)
        for field in table.fields:
            yield from (field.name, field.description)


def data(entry: RegisteredProject) -> str:
    """Which tables, how many items, which years."""
    about = [table for table in entry.tables if not table.public]
    names = ", ".join(table.name.replace("_", " ") for table in about)
    years = sorted({year for table in about for year in table.years or ()})
    span = f", {years[0]} to {years[-1]}" if len(years) > 1 else "".join(f", {year}" for year in years)
    return f"{names}: {counted(entry.items, 'item')} of information{span}"


def state(entry: RegisteredProject) -> str:
    """Where the use is, and what its dates make of it."""
    dates = entry.project.dates
    match entry.stage:
        case "application":
            return "Application, waiting for a decision"
        case "rejected":
            return "Application, rejected"
        case "active":
            return f"Active; ends {day(dates.ends)}; {_destroyed(entry)}"
        case "not begun":
            return f"Approved; begins {day(dates.starts)}"
        case stage:
            return f"{stage.capitalize()}; {_destroyed(entry)}"


def _destroyed(entry: RegisteredProject) -> str:
    return f"everything not released is destroyed by {day(entry.project.dates.destroy_by)}"


def legal(entry: RegisteredProject) -> str:
    basis = entry.project.legal
    bases = (basis.article_6, basis.article_9) if basis.article_9 else (basis.article_6,)
    return "; ".join(LEGAL.get(one, plain(one)) for one in bases)


def table_about(table: RegisteredTable) -> str:
    about = table.description.rstrip(".") + "."
    if table.public:
        return f"{about} A public table about no person; all of it."
    years = f" Years: {', '.join(table.years)}." if table.years else ""
    limits = "; ".join(f"{name} {', '.join(values)}" for name, values in (table.rows or {}).items())
    rows = f" Only records of {limits}." if limits else ""
    return f"{about}{years}{rows}"


def uses(field: RegisteredField) -> str:
    return ", ".join(USES[use] for use in field.uses)


def sensitivity(field: RegisteredField) -> str:
    """The tier, and the code of both later scales with the words of what is not `other` on them."""
    words = (IDENTIFIABILITY.get(field.identifiability), SENSITIVITY.get(field.sensitivity))
    named = ", ".join(word for word in words if word)
    scales = f"{field.identifiability}{field.sensitivity}{f' ({named})' if named else ''}"
    return f"tier {field.tier}{ANNEX_B.get(field.annex_b, '')}; {scales}"


def checked(checkers: int) -> str:
    return f"by {counted(checkers, 'checker')}" if checkers else "by rule, automatically"


def plain(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


def counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def day(when: date) -> str:
    return f"{when.day} {when:%B %Y}"


def people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def reached(reach: Mapping[str, Any]) -> str:
    """How many people's records were looked through, in each year of the data."""
    if reach["counted_on"] is None:
        return "not counted yet: that is done on fixed dates"
    on = day(date.fromisoformat(reach["counted_on"]))
    years = [f"{_more_than(one['units'])} in {one['year']}" for one in reach["years"]]
    return f"{'; '.join(years) or 'none'}, counted on {on}"


def _more_than(units: int | str) -> str:
    return f"{units:,} or more" if isinstance(units, int) else "too few to tell"
