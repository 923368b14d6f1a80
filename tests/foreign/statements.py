"""The statements: every pattern at least once, then random fillings of random patterns in random company."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TEXTS = Path(__file__).parent / "texts"
_NO_FILES = ("", "\x00")
_AROUND = (
    "{s}",
    "{s}",
    "{s};",
    "({s})",
    "{s} {s}",
    "SELECT * FROM ({s}) t",
    "WITH c AS ({s}) SELECT count(*) FROM c",
    "SELECT count(*) FROM patient; {s}",
    "{s}; SELECT count(*) FROM patient",
    "EXPLAIN {s}",
    "CREATE VIEW v AS {s}",
    "BEGIN; {s}; COMMIT",
    "SELECT sex, count(*) FROM patient GROUP BY 1 UNION ALL {s}",
    "SELECT count(*) FROM patient WHERE EXISTS ({s})",
    "SELECT count(*) FROM patient WHERE ward = '' OR 1=1; {s} --'",
    "'; {s} --",
    "-- note\n{s}",
    "{s} -- end",
    "/* a /* b */ c */ {s}",
    "{s} /*",
    ";;{s};;",
    "{s}\n\\g",
    "\ufeff{s}",
    "{s}\x00",
    "\u00a0{s}\u2003",
)


def _lines(folder: str) -> dict[str, tuple[str, ...]]:
    files = sorted((_TEXTS / folder).glob("*.txt"))
    return {file.stem: tuple(file.read_text("utf-8").splitlines()) for file in files}


FAMILIES, _FILLERS = _lines("kinds"), _lines("places")
_FILLERS["file"] += _NO_FILES
_PLACE = re.compile(r"\{(" + "|".join(_FILLERS) + r")\}")
_MOST_FILLED = 8  # a filler may have places of its own
_WHOLE_LISTS = ("table", "setting", "pragma", "table_function", "scalar", "file", "column")
_CARRIERS = {
    "table": "SELECT * FROM {table}",
    "setting": "SET {setting} = {value}",
    "pragma": "PRAGMA {pragma}",
    "table_function": "SELECT * FROM {table_function}",
    "scalar": "SELECT {scalar} AS x, count(*) AS n FROM patient GROUP BY 1",
    "file": "SELECT * FROM '{file}'",
    "column": "SELECT {column}, count(*) FROM patient GROUP BY ALL",
}


@dataclass(frozen=True, slots=True)
class Foreign:
    """A statement and the kind it is of."""

    kind: str
    sql: str


def statements(most: int, *, planted: str, out: str) -> Iterator[Foreign]:
    """So many statements, the same for ever. `planted` and `out`: folders that their files are said to be in."""
    for number, (kind, pattern) in enumerate(_patterns()):
        if number == most:
            return
        chance = random.Random(f"foreign {number}")
        sql = _filled(pattern, chance).replace("{dir}", planted).replace("{out}", out)
        yield Foreign(kind, sql.replace("{{", "{").replace("}}", "}"))


def _patterns() -> Iterator[tuple[str, str]]:
    """Patterns for ever; all of the lists first."""
    for kind, family in FAMILIES.items():
        yield from ((kind, pattern) for pattern in family)
    for name in _WHOLE_LISTS:
        carrier = _CARRIERS[name]
        yield from ((name, carrier.replace(f"{{{name}}}", filler, 1)) for filler in _FILLERS[name])
    chance = random.Random("foreign patterns")
    kinds = tuple(FAMILIES)
    while True:
        kind = chance.choice(kinds)
        inside = chance.choice(FAMILIES[kind])
        around = chance.choice(_AROUND)
        yield kind, _spelled(around.replace("{s}", inside), chance)


def _filled(pattern: str, chance: random.Random) -> str:
    for _ in range(_MOST_FILLED):
        filled = _PLACE.sub(lambda place: chance.choice(_FILLERS[place[1]]), pattern)
        if filled == pattern:
            break
        pattern = filled
    return pattern


def _spelled(text: str, chance: random.Random) -> str:
    """In other case, or with other spaces: places keep their names."""
    parts = re.split(r"(\{\w+\})", text)
    match chance.randrange(6):
        case 0:
            return "".join(part if part.startswith("{") else part.lower() for part in parts)
        case 1:
            return "".join(part if part.startswith("{") else part.upper() for part in parts)
        case 2:
            return text.replace(" ", "\n\t")
        case 3:
            return text.replace(" ", "/**/ ")
        case _:
            return text
