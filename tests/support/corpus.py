"""The corpora of ordinary research queries: one for the gate with its schema, and one project's session."""

import csv
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "corpus"
_NAME = re.compile(r"^-- name: (.*)$", re.MULTILINE)
_HEAD = re.compile(r"^-- id: (.*)\n-- level: (.*)\n-- topic: (.*)\n-- title: (.*)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SessionQuery:
    """One query of the session. `level` says what its cells are: of the country, of authorities, of schools."""

    id: str
    level: str  # national | la | school
    topic: str
    title: str
    sql: str


def session_queries() -> tuple[SessionQuery, ...]:
    """What one project asks, in the order of the file."""
    _, *parts = _HEAD.split((_FOLDER / "sessions.sql").read_text(encoding="utf-8"))
    blocks = [parts[start : start + 5] for start in range(0, len(parts), 5)]
    return tuple(
        SessionQuery(id, level, topic, title, sql.strip()) for id, level, topic, title, sql in blocks
    )


def research_queries() -> dict[str, str]:
    """Every query under its name."""
    _, *parts = _NAME.split((_FOLDER / "research.sql").read_text(encoding="utf-8"))
    return {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True)}


def schema() -> dict[str, list[tuple[str, str]]]:
    """The columns of every table, as (name, type)."""
    tables: dict[str, list[tuple[str, str]]] = defaultdict(list)
    with (_FOLDER / "schema.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            tables[line["table"]].append((line["column"], line["type"]))
    return dict(tables)


_ROW = re.compile(r"^-- row: (.*)\n-- name: (.*)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SurfaceQuery:
    """One query of the surface; `row` is the form that it is an example of."""

    row: str
    name: str
    sql: str


def surface_queries() -> tuple[SurfaceQuery, ...]:
    """Every query of the surface, in the order of the file."""
    _, *parts = _ROW.split((_FOLDER / "surface.sql").read_text(encoding="utf-8"))
    blocks = [parts[start : start + 3] for start in range(0, len(parts), 3)]
    return tuple(SurfaceQuery(row.strip(), name.strip(), sql.strip()) for row, name, sql in blocks)
