"""Reports that are published: whole files in the home, which the service hands out as they are.

A year in one language appears all at once. Nobody's call makes a page or a number, so what is read between two fixed
dates is the same, and a call says nothing that is not in the files.

Limit: while one edition takes the place of another there is a moment with neither, in which a page is not found.
"""

import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

from enclave.transparency.languages import ENGLISH, Language
from enclave.transparency.published import Index, Listed, index_of, index_text, listed, read_index
from enclave.transparency.report_pages import Kind, page_of
from enclave.transparency.report_print import page_pdf
from enclave.transparency.reports import Report, Reporter
from enclave.wiring.home import Home

FOLDER: Final = "reports"
INDEX: Final = "index.json"
FEW: Final = 8
"""Indexes in memory: one of a country takes about 10 MB."""


def write_reports(reporter: Reporter, folder: Path, language: Language, *, pdf: bool = False) -> int:
    """Every page of every cluster and area, below `folder`, and an index; how many pages.

    Args:
        pdf: each page is there as PDF, too.
    """
    items: list[Listed] = []
    last: Report | None = None
    for reports in (reporter.clusters(), reporter.areas()):
        for report in reports:
            last = report
            items.append(listed(report))
            write_report(report, folder, language, pdf=pdf)
    if last is not None:
        (folder / INDEX).write_text(index_text(index_of(last, items)), encoding="utf-8")
    return sum(len(item.kinds) for item in items)


def write_report(report: Report, folder: Path, language: Language, *, pdf: bool = False) -> int:
    """The pages of one cluster or area."""
    item = listed(report)
    place = folder / item.of.value / file_name(item.code)
    place.mkdir(parents=True, exist_ok=True)
    for kind in item.kinds:
        page = page_of(report, kind, language)
        (place / f"{kind.value}.html").write_text(page, encoding="utf-8")
        if pdf:
            (place / f"{kind.value}.pdf").write_bytes(page_pdf(page))
    return len(item.kinds)


def file_name(code: str) -> str:
    """A folder of its own for each code, whatever is in it."""
    return quote(code, safe="").replace(".", "%2E")


def publish(home: Home, reporter: Reporter, language: Language) -> int:
    """Have the service hand out a year in a language, in place of what it had of it."""
    root = home.state / FOLDER
    place = root / str(reporter.year) / language.code
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=root) as unfinished:
        fresh, old = Path(unfinished) / "fresh", Path(unfinished) / "old"
        fresh.mkdir()
        count = write_reports(reporter, fresh, language)
        if place.exists():
            place.replace(old)
        fresh.replace(place)
    return count


def published_years(home: Home) -> tuple[int, ...]:
    """The newest first."""
    root = home.state / FOLDER
    found = root.iterdir() if root.is_dir() else iter(())
    return tuple(sorted((int(one.name) for one in found if one.name.isdecimal()), reverse=True))


def published_languages(home: Home, year: int) -> tuple[str, ...]:
    """English first, then by their codes."""
    root = home.state / FOLDER / str(year)
    found = {one.name for one in root.iterdir() if (one / INDEX).is_file()} if root.is_dir() else set()
    return tuple(sorted(found, key=lambda code: (code != ENGLISH, code)))


def published_index(home: Home, year: int, language: str) -> Index | None:
    """Whose reports of a year there are. `language` is one of `published_languages`."""
    path = home.state / FOLDER / str(year) / language / INDEX
    return _index(path, path.stat().st_mtime_ns) if path.is_file() else None


@lru_cache(maxsize=FEW)
def _index(path: Path, _changed: int) -> Index:
    return read_index(path.read_text(encoding="utf-8"))


def published_page(home: Home, year: int, language: str, item: Listed, kind: Kind) -> str | None:
    """A page as it was written. `item` is of the index, so that no address reaches another file."""
    root = home.state / FOLDER / str(year) / language
    path = root / item.of.value / file_name(item.code) / f"{kind.value}.html"
    return path.read_text(encoding="utf-8") if path.is_file() else None
