"""A released table as a pandas frame: a hidden cell is `<NA>`, and a mask of the same shape says which are.

Hidden and empty rows look alike: where the answer has a frame, both are drawn, with every measure hidden. What the
catalogue rules out is not applicable there (`z`), which is a missing value too.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeAlias

from enclave.client.told import Json

if TYPE_CHECKING:
    import pandas as pd

Row: TypeAlias = tuple[Any, ...]
HIDDEN = "c"
SHOWN = "ok"
NOT_APPLICABLE = "z"
MOST_PLACES = 6  # after the point, on a screen
MOST_ROWS = 10_000  # of a frame that is drawn; a larger one stays as it came
DTYPES = (
    (("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"), "Int64"),
    (("HUGEINT", "UBIGINT"), "Int64"),
    (("DOUBLE", "FLOAT", "REAL", "DECIMAL"), "Float64"),
    (("BOOLEAN",), "boolean"),
    (("VARCHAR",), "string"),
    (("DATE", "TIMESTAMP"), "datetime64[us]"),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A table in full, as it is printed: rows by position, and beside each value `ok` or a symbol.

    `older_versions` of the data are those that some of its numbers are of; `perturbed` says how numbers were changed.
    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[Row, ...]
    cells: tuple[tuple[str, ...], ...]
    older_versions: tuple[str, ...] = ()
    labels: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict
    )  # of the codes in a column, by its name
    perturbed: str = ""

    def words(self) -> list[list[str]]:
        """Each cell as a person reads it."""
        places = [_decimals(values) for values in zip(*self.rows, strict=True)]
        labels = [self.labels.get(name, {}) for name in self.names]
        return [
            [
                f"{known[str(value)]} ({value})" if str(value) in known else _word(value, mark, decimals)
                for value, mark, decimals, known in zip(row, marks, places, labels, strict=True)
            ]
            for row, marks in zip(self.rows, self.cells, strict=True)
        ]

    def numbers_shown(self) -> list[bool]:
        """Of each row, whether it shows a number of any column in which some are hidden."""
        hiding = [
            place for place in range(len(self.names)) if any(marks[place] != SHOWN for marks in self.cells)
        ]
        return [not hiding or any(marks[place] == SHOWN for place in hiding) for marks in self.cells]


def drawn(answer: Json) -> Drawn:
    """The answer with every combination of its frame: those that are not among the rows are hidden, or nobody."""
    names = tuple(str(column["name"]) for column in answer["columns"])
    types = tuple(str(column["type"]).upper() for column in answer["columns"])
    rows = [tuple(row) for row in answer["rows"]]
    marks = [tuple(marks) for marks in answer["cells"]]
    wanted = _combinations(names, answer.get("frame"))
    keys = sorted({names.index(name) for combination in wanted for name in combination})
    missing = _missing(rows, wanted, names, keys)
    rows += [row for row, _ in missing]
    ruled_out = (answer.get("frame") or {}).get("not_applicable", ())
    for _, combination in missing:
        symbol = NOT_APPLICABLE if _is_ruled_out(combination, ruled_out) else HIDDEN
        marks.append(tuple(SHOWN if place in keys else symbol for place in range(len(names))))
    order = _order(rows, len(rows) - len(missing), wanted, names, keys)
    return Drawn(
        names,
        types,
        tuple(rows[place] for place in order),
        tuple(marks[place] for place in order),
        tuple(map(str, answer.get("older_versions") or ())),
        _labels(answer),
        str(answer.get("perturbed") or ""),
    )


def _labels(answer: Json) -> Mapping[str, Mapping[str, str]]:
    lists = answer.get("code_sets") or {}
    return {
        column["name"]: {one["code"]: one["label"] for one in lists[column["code_set"]]}
        for column in answer["columns"]
        if column.get("code_set") in lists
    }


def _is_ruled_out(combination: Mapping[str, Any], blocks: Iterable[Mapping[str, Sequence[Any]]]) -> bool:
    """Whether the catalogue leaves no room for it. A column that a combination does not name is summed over."""
    return any(
        all(name in combination and combination[name] in values for name, values in block.items())
        for block in blocks
    )


def frame_of(table: Drawn) -> "pd.DataFrame":
    """A data frame with nullable types."""
    import pandas as pd

    columns = [
        pd.Series([row[place] for row in table.rows], dtype=_dtype(kind, table.rows, place))
        for place, kind in enumerate(table.types)
    ]
    made = pd.concat(columns, axis="columns") if columns else pd.DataFrame()
    made.columns = pd.Index(table.names, dtype="object")
    return made


def mask_of(table: Drawn) -> "pd.DataFrame":
    """True where a cell is hidden. It has the shape and the names of the table."""
    import pandas as pd

    hidden = [[mark != SHOWN for mark in marks] for marks in table.cells]
    made = pd.DataFrame(hidden, columns=range(len(table.names)), dtype="bool")
    made.columns = pd.Index(table.names, dtype="object")
    return made


def _combinations(names: Sequence[str], frame: Any) -> list[Mapping[str, Any]]:
    """Every combination of codes of every grouping set, in published order; nothing if there is no frame to draw."""
    sets = [one for one in (frame or {}).get("sets", ()) if all(name in names for name in one)]
    found: list[Mapping[str, Any]] = []
    for one in sets:
        if not one:
            continue  # a grand total always has its row
        dimensions = sorted(one, key=names.index)  # in the order of the columns, as people sort
        for values in product(*(one[name] for name in dimensions)):
            found.append(dict(zip(dimensions, values, strict=True)))
            if len(found) > MOST_ROWS:
                return []
    return found


def _key(combination: Mapping[str, Any], names: Sequence[str], keys: Sequence[int]) -> Row:
    """A column that a combination does not name is a total there, and null."""
    return tuple(combination.get(names[place]) for place in keys)


def _missing(
    rows: Iterable[Row], wanted: Iterable[Mapping[str, Any]], names: Sequence[str], keys: Sequence[int]
) -> list[tuple[Row, Mapping[str, Any]]]:
    """The rows of the frame that are not there. A null code and a total look alike, so they are counted."""
    there = Counter(tuple(row[place] for place in keys) for row in rows)
    missing: list[tuple[Row, Mapping[str, Any]]] = []
    for combination in wanted:
        key = _key(combination, names, keys)
        if there[key]:
            there[key] -= 1
        else:
            values = dict(zip(keys, key, strict=True))
            missing.append((tuple(values.get(place) for place in range(len(names))), combination))
    return missing


def _order(
    rows: Sequence[Row],
    shown: int,
    wanted: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    keys: Sequence[int],
) -> list[int]:
    """In the order of the frame if the rows came in that order; else as they came, and those not there at the end."""
    places: dict[Row, list[int]] = {}
    for rank, combination in enumerate(wanted):
        places.setdefault(_key(combination, names, keys), []).append(rank)
    ranks = [_rank(places, tuple(row[place] for place in keys), len(wanted)) for row in rows]
    as_came = list(range(len(rows)))
    if ranks[:shown] != sorted(ranks[:shown]):
        return as_came
    return sorted(as_came, key=lambda place: ranks[place])


def _rank(places: dict[Row, list[int]], key: Row, last: int) -> int:
    ranks = places.get(key)
    return ranks.pop(0) if ranks else last


def _dtype(kind: str, rows: Sequence[Row], place: int) -> str:
    for prefixes, dtype in DTYPES:
        if kind.startswith(prefixes) and not kind.endswith("[]"):
            return dtype if _fits(dtype, [row[place] for row in rows]) else "object"
    return "object"


def _fits(dtype: str, values: Sequence[Any]) -> bool:
    """Whether pandas can hold these as such: whole numbers of 64 bits, moments from year 1 to 9999."""
    there = [value for value in values if value is not None]
    if dtype == "Int64":
        return all(-(2**63) <= value < 2**63 for value in there)
    return not dtype.startswith("datetime") or all(map(_MOMENT.match, there))


_MOMENT = re.compile(r"(?!0000)\d{4}-")


def _decimals(values: Iterable[Any]) -> int:
    """So many places that every number of a column has all of its own."""
    places = (
        len(f"{value:.{MOST_PLACES}f}".rstrip("0").rpartition(".")[2]) for value in values if _real(value)
    )
    return max(places, default=0)


def _real(value: object) -> bool:
    return isinstance(value, float) and isfinite(value)


def _word(value: Any, mark: str, places: int) -> str:
    if mark != SHOWN:
        return mark
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.{places}f}"
        case _:
            return str(value)
