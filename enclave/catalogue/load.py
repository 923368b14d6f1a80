"""Reads the catalogue's files. A `Catalogue` comes back only when nothing is wrong with any of them."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from enclave.catalogue.build import build
from enclave.catalogue.codes import code_sets, hierarchies, read_codes
from enclave.catalogue.files import CatalogueFile, TableFile
from enclave.catalogue.known import Known, by_name, pairs
from enclave.catalogue.model import Catalogue
from enclave.catalogue.rules import check_default_purposes, check_tables
from enclave.catalogue.source import Source
from enclave.documents import Finding, Findings, Report, parse, read_document

CATALOGUE: Final = "catalogue.yaml"
TABLES: Final = "tables"


def load_catalogue(folder: Path) -> Catalogue:
    """The catalogue in `folder`.

    Raises:
        Findings: everything that is wrong with its files.
    """
    report = Report()
    catalogue = read_catalogue(folder, report)
    report.raise_errors()
    if catalogue is None:  # never without an error; a slip there must not let a half-read catalogue through
        raise Findings(report.found)
    return catalogue


def catalogue_findings(folder: Path) -> tuple[Finding, ...]:
    """Everything that is wrong with the catalogue in `folder`."""
    report = Report()
    read_catalogue(folder, report)
    return report.findings()


def read_catalogue(
    folder: Path,
    report: Report,
    *,
    shown_as: str = "catalogue",
    purposes: Collection[str] | None = None,
    cache: Path | None = None,
) -> Catalogue | None:
    """The catalogue, or None with the reasons in `report`.

    Args:
        shown_as: files are named below it.
        purposes: those that a field may name; None when it is not known which there are.
        cache: a folder in which files that were read before need not be parsed again.
    """
    before = report.errors
    document = read_document(folder / CATALOGUE, file=f"{shown_as}/{CATALOGUE}", report=report, cache=cache)
    entry = parse(document, CatalogueFile, report) if document is not None else None
    sources, unread = _tables_in_files(folder / TABLES, f"{shown_as}/{TABLES}", report, cache)
    if document is None or entry is None:
        return None
    sources += [Source(name, table, document, ("tables", name)) for name, table in entry.tables.items()]
    _report_repeated(sources, report)
    codes = read_codes(folder / entry.codes, file=f"{shown_as}/{entry.codes}", report=report)
    if codes is None:
        return None  # nearly every rule of a table leans on a code list: none could be trusted
    sets = code_sets(codes, entry, document, report)
    levels = hierarchies(entry, sets, document, report)
    check_default_purposes(entry, document, purposes, report)
    check_tables(sources, Known(entry, by_name(sources), unread, sets, pairs(levels), purposes), report)
    return build(entry, sources, sets, levels) if report.errors == before else None


def _tables_in_files(
    folder: Path, shown_as: str, report: Report, cache: Path | None
) -> tuple[list[Source], frozenset[str]]:
    """The tables that could be read, and the names of the files that could not."""
    sources: list[Source] = []
    unread: set[str] = set()
    for path in sorted(folder.glob("*.yaml")):
        document = read_document(path, file=f"{shown_as}/{path.name}", report=report, cache=cache)
        entry = parse(document, TableFile, report) if document is not None else None
        if document is None or entry is None:
            unread.add(path.stem)
            continue
        if entry.name != path.stem:
            message = f"the file is called {path.name}, but the table {entry.name}"
            fix = f"rename the file to {entry.name}.yaml, or correct the name"
            report.error(document.place("name"), "file-name", message, fix=fix)
        sources.append(Source(entry.name, entry, document, ()))
    return sources, frozenset(unread)


def _report_repeated(sources: Iterable[Source], report: Report) -> None:
    first: dict[str, Source] = {}
    for source in sources:
        known = first.setdefault(source.name.casefold(), source)
        if known is not source:
            message = f"{source.name} is in {known.document.file} too; upper and lower case count as one"
            report.error(
                source.key(), "same-name", message, fix="keep one of the two, or give one another name"
            )
