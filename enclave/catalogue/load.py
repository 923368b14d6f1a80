"""Reads the catalogue's files. A `Catalogue` comes back only when nothing is wrong with any of them."""

from collections.abc import Collection, Iterable
from pathlib import Path, PurePosixPath
from typing import Final

from enclave.catalogue.build import build
from enclave.catalogue.codes import code_sets, hierarchies, read_codes
from enclave.catalogue.files import CatalogueFile, TableFile
from enclave.catalogue.known import Known, by_name, pairs
from enclave.catalogue.model import Catalogue
from enclave.catalogue.rules import check_default_purposes, check_listings, check_tables
from enclave.catalogue.source import Source
from enclave.documents import Document, Finding, Findings, Place, Report, parse, read_document

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
    documents, unread = _documents(folder, shown_as, report, cache)
    shared = _shared(documents, shown_as, report)
    entry = parse(shared, CatalogueFile, report) if shared is not None else None
    sources, faulty = _tables([one for one in documents if one is not shared], report)
    if shared is None or entry is None:
        return None
    sources += [Source(name, table, shared, ("tables", name)) for name, table in entry.tables.items()]
    _report_repeated(sources, report)
    codes = read_codes(folder / entry.codes, file=f"{shown_as}/{entry.codes}", report=report)
    if codes is None:
        return None  # nearly every rule of a table leans on a code list: none could be trusted
    sets = code_sets(codes, entry, shared, report)
    levels = hierarchies(entry, sets, shared, report)
    check_default_purposes(entry, shared, purposes, report)
    known = Known(entry, by_name(sources), unread | faulty, sets, pairs(levels), purposes)
    check_listings(entry, shared, known, report)
    check_tables(sources, known, report)
    return build(entry, sources, sets, levels) if report.errors == before else None


def _documents(
    folder: Path, shown_as: str, report: Report, cache: Path | None
) -> tuple[list[Document], frozenset[str]]:
    """The YAML files of the folder and of `tables/` in it, and the names of those that could not be read."""
    documents: list[Document] = []
    unread: set[str] = set()
    for path in sorted([*folder.glob("*"), *folder.glob(f"{TABLES}/*")]):
        file = f"{shown_as}/{path.relative_to(folder).as_posix()}"
        if path.suffix == ".yaml":
            document = read_document(path, file=file, report=report, cache=cache)
            if document is None:
                unread.add(path.stem)
            else:
                documents.append(document)
        elif path.is_file() and path.suffix != ".csv" and not path.name.startswith("."):
            report.error(
                Place(file), "unexpected-file", "this is no policy file", fix="move it; names end in .yaml"
            )
    return documents, frozenset(unread)


def _shared(documents: Iterable[Document], shown_as: str, report: Report) -> Document | None:
    """The one file of kind Catalogue."""
    found = [one for one in documents if one.kind == "Catalogue" or one.file == f"{shown_as}/{CATALOGUE}"]
    if not found:
        fix = f"add {CATALOGUE}; one file has what all tables share"
        report.error(Place(shown_as), "no-catalogue", "there is no file of kind Catalogue", fix=fix)
        return None
    for other in found[1:]:
        message = f"{found[0].file} is of kind Catalogue too"
        report.error(other.place("kind"), "same-name", message, fix="put what they say in one file")
    return found[0]


def _tables(documents: Iterable[Document], report: Report) -> tuple[list[Source], frozenset[str]]:
    """The tables in files of their own, and the names of the files that are faulty."""
    sources: list[Source] = []
    faulty: set[str] = set()
    for document in documents:
        name = PurePosixPath(document.file).stem
        entry = parse(document, TableFile, report)
        if entry is None:
            faulty.add(name)
            continue
        if entry.name != name:
            message = f"the file is called {name}.yaml, but the table {entry.name}"
            fix = f"rename the file to {entry.name}.yaml, or correct the name"
            report.error(document.place("name"), "file-name", message, fix=fix)
        sources.append(Source(entry.name, entry, document, ()))
    return sources, frozenset(faulty)


def _report_repeated(sources: Iterable[Source], report: Report) -> None:
    first: dict[str, Source] = {}
    for source in sources:
        known = first.setdefault(source.name.casefold(), source)
        if known is not source:
            message = f"{source.name} is in {known.document.file} too; upper and lower case count as one"
            report.error(
                source.key(), "same-name", message, fix="keep one of the two, or give one another name"
            )
