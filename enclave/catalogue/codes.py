"""Code lists: `codes.csv`, and the sets that the catalogue describes instead (years, whole numbers)."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from enclave.catalogue.files import CatalogueFile, CodeSetEntry
from enclave.catalogue.model import Code, CodeSet, Hierarchy
from enclave.documents import Document, Place, Report, Where, did_you_mean

COLUMNS: Final = ("code_set", "code", "label", "parent", "valid_from", "valid_to", "note")
VALIDITY: Final = re.compile(r"[12][0-9]{3}(?:/[0-9]{2})?")
ACADEMIC_YEAR: Final = re.compile(r"[12][0-9]{3}/[0-9]{2}")
MAX_CODES: Final = 100_000


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A line of the file of codes and where it stands."""

    place: Place
    code_set: str
    code: Code


def read_codes(path: Path, *, file: str, report: Report) -> list[CodeRow] | None:
    """The lines of the file of codes, problems reported with their line; None for a file that is something else."""
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        report.error(Place(file), "unreadable", "this file cannot be read", fix="save it as CSV in UTF-8")
        return None
    lines = text.splitlines()
    rows = csv.reader(io.StringIO(text, newline=""))
    if tuple(next(rows, ())) != COLUMNS:
        report.error(
            Place(file, 1, 1, 1, "".join(lines[:1])),
            "codes",
            "the columns are not those of a file of codes",
            fix=f"write the first line as {','.join(COLUMNS)}",
        )
        return None
    return list(_rows(rows, lines, file=file, report=report))


def _rows(rows: Iterator[list[str]], lines: Sequence[str], *, file: str, report: Report) -> Iterator[CodeRow]:
    # csv readers know the line that a row ends on; our codes have no line breaks inside
    for number, row in enumerate(rows, start=2):
        source = lines[number - 1] if number <= len(lines) else ""
        place = Place(file, number, 1, max(len(source), 1), source)
        if len(row) != len(COLUMNS) or not row[0] or not row[1]:
            report.error(
                place,
                "codes",
                f"a line of codes has {len(COLUMNS)} columns, the first two never empty",
                fix="complete the line",
            )
        elif any(year and VALIDITY.fullmatch(year) is None for year in row[4:6]):
            message = f"{row[0]} {row[1]}: valid_from and valid_to are years, such as 2014/15 or 2014"
            report.error(place, "dates", message, fix="write the year, or leave it empty")
        elif number <= MAX_CODES:
            code, label, *rest = row[1:]
            parent, valid_from, valid_to, note = (value or None for value in rest)
            yield CodeRow(place, row[0], Code(code, label, parent, valid_from, valid_to, note))


def code_sets(
    rows: Sequence[CodeRow], catalogue: CatalogueFile, document: Document, report: Report
) -> dict[str, CodeSet]:
    """All code sets: those of the file, and those that the catalogue describes."""
    _report_repeated(rows, report)
    by_name: dict[str, list[Code]] = {}
    for row in rows:
        by_name.setdefault(row.code_set, []).append(row.code)
    found = {name: _from_file(name, codes, catalogue.code_sets.get(name)) for name, codes in by_name.items()}
    for name, entry in catalogue.code_sets.items():
        if entry.years or entry.integers:
            found[name] = _described(name, entry, document, report)
        elif name not in by_name:
            report.error(
                document.key("code_sets", name),
                "unknown-code-set",
                f'the file of codes has no set "{name}".{did_you_mean(name, by_name)}',
                fix=f"correct the name, or add its codes to {catalogue.codes}",
            )
    return found


def _report_repeated(rows: Sequence[CodeRow], report: Report) -> None:
    seen = Counter((row.code_set, row.code.code) for row in rows)
    for row in rows:
        if seen[row.code_set, row.code.code] > 1:
            message = f'{row.code_set} has the code "{row.code.code}" more than once'
            report.error(row.place, "codes", message, fix="keep one of the lines")


def _from_file(name: str, codes: Sequence[Code], entry: CodeSetEntry | None) -> CodeSet:
    labels = entry is not None and entry.value == "label"
    return CodeSet(name, tuple(codes), tuple(code.label if labels else code.code for code in codes))


def _described(name: str, entry: CodeSetEntry, document: Document, report: Report) -> CodeSet:
    if entry.integers:
        low, high = entry.integers
        return _plain(name, [str(number) for number in range(low, high + 1)])
    assert entry.years is not None
    first, last = entry.years.first, entry.years.last
    if not (is_academic_year(first) and is_academic_year(last) and first <= last):
        report.error(
            document.place("code_sets", name, "years"),
            "dates",
            f"{first} to {last} are not academic years in order",
            fix="write them as YYYY/YY, the first year first",
        )
        return _plain(name, [])
    return _plain(name, [academic_year(start) for start in range(int(first[:4]), int(last[:4]) + 1)])


def _plain(name: str, values: Sequence[str]) -> CodeSet:
    return CodeSet(name, tuple(Code(value, value) for value in values), tuple(values))


def academic_year(start: int) -> str:
    """The academic year that starts in autumn `start`: 2016 is 2016/17."""
    return f"{start}/{(start + 1) % 100:02}"


def is_academic_year(text: str) -> bool:
    return ACADEMIC_YEAR.fullmatch(text) is not None and academic_year(int(text[:4])) == text


def hierarchies(
    catalogue: CatalogueFile, sets: Mapping[str, CodeSet], document: Document, report: Report
) -> tuple[Hierarchy, ...]:
    """The hierarchies whose every code has a parent; the others are reported."""
    found = []
    for index, entry in enumerate(catalogue.hierarchies):
        unknown = [
            (part, name)
            for part, name in (("fine", entry.fine), ("coarse", entry.coarse))
            if name not in sets
        ]
        for part, name in unknown:
            report.error(
                document.place("hierarchies", index, part),
                "unknown-code-set",
                f'there is no code set "{name}".{did_you_mean(name, sets)}',
                fix="correct the name",
            )
        if not unknown:
            found.append(
                _hierarchy(sets[entry.fine], sets[entry.coarse], document.place("hierarchies", index), report)
            )
    return tuple(found)


def _hierarchy(fine: CodeSet, coarse: CodeSet, place: Where, report: Report) -> Hierarchy:
    """Parents may be written as the coarser list's codes or as its values; both name the same line."""
    values = dict(zip((code.code for code in coarse.codes), coarse.values, strict=True)) | {
        v: v for v in coarse.values
    }
    parents: dict[str, str] = {}
    for value, code in zip(fine.values, fine.codes, strict=True):
        if code.parent in values:
            parents[value] = values[code.parent]
    orphans = [value for value in fine.values if value not in parents]
    if orphans:
        report.error(
            place,
            "hierarchy",
            f"{len(orphans)} codes of {fine.name} have no parent in {coarse.name}: {', '.join(orphans[:5])}",
            fix="give each code a parent in the file of codes, or remove the hierarchy",
        )
    return Hierarchy(fine.name, coarse.name, parents)
