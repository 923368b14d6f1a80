"""Whether the engine is the one that was reviewed: its version, every function by name, and every overload.

`overloads.csv` holds what the reviewed DuckDB says of itself. An engine that differs in anything starts nothing: a new
overload of an allowed function (one that takes a list, or reads the clock) is as strange as a new function. The file is
written by `python -m tests.support.write_overloads`, after the review (`functions.csv`) has been gone through again.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from enclave.query.functions import REVIEWED, described

_FILE = "overloads.csv"
_MOST_NAMED = 20
"""Differences that a message names; another release of DuckDB has hundreds."""


class UnreviewedEngine(RuntimeError):
    """The installed DuckDB is not the one reviewed. Nothing may start."""


@dataclass(frozen=True, slots=True, order=True)
class Overload:
    """One function as an engine describes it. A macro has its text, and no types."""

    name: str
    kind: str
    parameters: str
    returns: str
    stability: str
    definition: str


@dataclass(frozen=True, slots=True)
class Installed:
    """What an engine is made of."""

    version: str
    overloads: frozenset[Overload]


@cache
def check_installed() -> None:
    """Compare the installed DuckDB with the review, once in a process.

    Raises:
        UnreviewedEngine: naming what differs.
    """
    differences = compare(installed(), recorded())
    if differences:
        more = f"; and {len(differences) - _MOST_NAMED} more" if len(differences) > _MOST_NAMED else ""
        raise UnreviewedEngine("; ".join(differences[:_MOST_NAMED]) + more)


def compare(
    found: Installed, listed: Installed, reviewed: Iterable[tuple[str, str]] = REVIEWED
) -> tuple[str, ...]:
    """What differs between an engine, the list of overloads, and the review: the version first, then by name."""
    names = set(reviewed)
    have = {(one.name, one.kind) for one in found.overloads}
    version = [f"DuckDB {found.version} is installed, {listed.version} was reviewed"]
    return (
        *(version if found.version != listed.version else ()),
        *(f"not reviewed: {name} ({kind})" for name, kind in sorted(have - names)),
        *(f"not installed: {name} ({kind})" for name, kind in sorted(names - have)),
        *_other_overloads(
            found.overloads - listed.overloads, "an overload that was not reviewed", have & names
        ),
        *_other_overloads(listed.overloads - found.overloads, "an overload that is gone", have & names),
    )


def _other_overloads(
    overloads: Iterable[Overload], words: str, names: set[tuple[str, str]]
) -> tuple[str, ...]:
    """Of functions that both have; the others are named as a whole."""
    return tuple(
        f"{words}: {one.name}{one.parameters} ({one.kind})"
        for one in sorted(overloads)
        if (one.name, one.kind) in names
    )


def installed() -> Installed:
    """What the installed DuckDB says of itself."""
    version, rows = described()
    return Installed(version, frozenset(_overload(row) for row in rows))


def _overload(row: Sequence[object]) -> Overload:
    name, kind, parameters, returns, stability, definition = map(str, row)
    return Overload(name, kind, parameters, returns, stability, definition)


@cache
def recorded() -> Installed:
    """The engine that was reviewed, from the file."""
    text = resources.files("enclave.query").joinpath(_FILE).read_text(encoding="utf-8")
    (_, version), *rows = csv.reader(text.splitlines())
    return Installed(version, frozenset(_overload(row) for row in rows))
