"""What is published of a year in one language: whose reports there are, found by words of a name or by a code."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote

from enclave.transparency.report_pages import Kind
from enclave.transparency.reports import Report

MOST_FOUND: Final = 50


class Of(StrEnum):
    """Of what a report is; the value is its folder, and part of its address."""

    CLUSTERS = "clusters"
    AREAS = "areas"


@dataclass(frozen=True, slots=True)
class Listed:
    """One that has reports."""

    of: Of
    code: str
    name: str
    area_name: str = ""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """An area collects nothing itself, so it has no privacy notices."""
        return tuple(Kind) if self.of is Of.CLUSTERS else (Kind.REPORT, Kind.CHILDREN)


@dataclass(frozen=True, slots=True)
class Index:
    """All of a year. `cluster_words` and `area_words`: what they are called, one and many."""

    year: int
    counted_on: date
    cluster_words: tuple[str, str]
    area_words: tuple[str, str]
    items: tuple[Listed, ...]

    def one(self, of: Of, code: str) -> Listed | None:
        return next((item for item in self.items if item.of is of and item.code == code), None)

    def search(self, words: str) -> tuple[Listed, ...]:
        """Those whose code is it, first; then those in whose names every word stands, in the order of the listing."""
        wanted = words.casefold().split()
        if not wanted:
            return ()
        exact = [item for item in self.items if item.code.casefold() == words.strip().casefold()]
        rest = [
            item for item in self.items if item not in exact and all(one in _said(item) for one in wanted)
        ]
        return (*exact, *rest)


def _said(item: Listed) -> str:
    return f"{item.code} {item.name} {item.area_name}".casefold()


def listed(report: Report) -> Listed:
    of = Of.AREAS if report.of_area else Of.CLUSTERS
    return Listed(of, report.place.code, report.place.name, report.place.area_name)


def index_of(report: Report, items: Sequence[Listed]) -> Index:
    """The index of a year, by any report of it."""
    cluster, area = report.words.cluster, report.words.area
    return Index(
        report.year,
        report.counted_on,
        (cluster.one, cluster.many),
        ("area", "areas") if area is None else (area.one, area.many),
        tuple(items),
    )


def index_text(index: Index) -> str:
    return json.dumps(asdict(index), default=date.isoformat, ensure_ascii=False)


def read_index(text: str) -> Index:
    """What `index_text` wrote."""
    found: Mapping[str, Any] = json.loads(text)
    return Index(
        found["year"],
        date.fromisoformat(found["counted_on"]),
        tuple(found["cluster_words"]),
        tuple(found["area_words"]),
        tuple(Listed(Of(one["of"]), one["code"], one["name"], one["area_name"]) for one in found["items"]),
    )


def index_json(index: Index, found: Sequence[Listed]) -> dict[str, Any]:
    """An answer to a search, for a program."""
    return {
        "year": index.year,
        "counted_on": index.counted_on.isoformat(),
        "found": len(found),
        "items": [_item_json(item, index.year) for item in found[:MOST_FOUND]],
    }


def _item_json(item: Listed, year: int) -> dict[str, Any]:
    return {
        "of": item.of.value,
        "code": item.code,
        "name": item.name,
        "area": item.area_name,
        "pages": {kind.value: address(item, kind, year) for kind in item.kinds},
    }


def address(item: Listed, kind: Kind, year: int) -> str:
    """Where a page is served."""
    return f"/reports/{item.of.value}/{quote(item.code, safe='')}/{kind.value}?year={year}"
