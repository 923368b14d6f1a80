"""A copy as lines of plain words: what the page and the printed form both say."""

from collections.abc import Iterator

from enclave.documents.printed import Line, LineKind
from enclave.rights.copies import NOTHING_HELD, Copy, RecordOfUse, TableCopy, Value


def lines_of(copy: Copy) -> Iterator[Line]:
    """The whole copy, from top to bottom."""
    yield Line(LineKind.TITLE, "The information that is held about you")
    if copy.synthetic:
        yield Line(LineKind.TEXT, "SYNTHETIC DATA: no real person is described here.")
    day = f"{copy.made_on.day} {copy.made_on:%B %Y}"
    yield Line(LineKind.TEXT, f"Made on {day} by {copy.house}, for your request {copy.case}.")
    yield Line(
        LineKind.TEXT,
        "Here is every value that is held about you, and every project that used your record."
        " If something is wrong, you may ask for it to be corrected. You may also object to its use.",
    )
    if not copy.tables:
        yield Line(LineKind.TEXT, "Nothing is held about you.")
    for table in copy.tables:
        yield from _table(table)
    yield Line(LineKind.HEADING, "Who used your record")
    if copy.uses is None:
        yield Line(LineKind.TEXT, "This could not be worked out. Please ask for it again.")
    elif not copy.uses:
        yield Line(LineKind.TEXT, "No question of any project reached your record.")
    for use in copy.uses or ():
        yield from _use(use)


def _table(table: TableCopy) -> Iterator[Line]:
    yield Line(LineKind.HEADING, table.what or table.name)
    yield Line(LineKind.TEXT, f"Table {table.name}." + (f" Source: {table.source}." if table.source else ""))
    for row in table.rows:
        held = f"in the data delivered as {', '.join(row.versions)}"
        yield Line(LineKind.ROW, f"{row.year}: {held}" if row.year else held.capitalize())
        for value in row.values:
            yield Line(LineKind.VALUE, _said(value), value.what or value.field, _note(value))


def _said(value: Value) -> str:
    if value.withheld:
        return f"not given: {value.withheld}"
    if value.value is None:
        return NOTHING_HELD
    return f"{value.value} ({value.meaning})" if value.meaning else value.value


def _note(value: Value) -> str:
    supplied = {True: "supplied by somebody else than you or your parents", False: "", None: ""}
    return supplied[value.ascribed]


def _use(use: RecordOfUse) -> Iterator[Line]:
    yield Line(LineKind.ROW, f"{use.title}, {use.organisation} ({use.project})")
    yield Line(LineKind.TEXT, f"Why: {use.why}")
    when = use.first.isoformat() if use.first == use.last else f"{use.first} to {use.last}"
    yield Line(
        LineKind.TEXT,
        f"When: {when}. Questions that reached your record: {use.questions}, of which released: {use.released}.",
    )
    if use.outputs:
        tables = ", ".join(f"{one.title} ({one.id})" if one.title else one.id for one in use.outputs)
        yield Line(LineKind.TEXT, f"Tables that were released: {tables}.")
    if use.fields:
        yield Line(LineKind.TEXT, f"What: {', '.join(use.fields)}.")
    if use.years:
        yield Line(LineKind.TEXT, f"Years: {', '.join(use.years)}.")
