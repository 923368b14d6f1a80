"""The corpus of ordinary research queries, and the schema they are written over."""

import csv
import re
from collections import defaultdict
from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "corpus"
_NAME = re.compile(r"^-- name: (.*)$", re.MULTILINE)


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
