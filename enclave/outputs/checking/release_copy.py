"""The table as it would leave, each cell with what a checker should know of it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from enclave.disclosure.verdict import NEAR
from enclave.outputs.checking.places import Finder

MOST_NAMED: Final = 20
HIDDEN_BY_REST: Final = "hidden, or made of something that is"


class Standing(StrEnum):
    """Of a cell: as it is, hidden, or shown and to be weighed."""

    SHOWN = "shown"
    HIDDEN = "hidden"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `why` is for checkers alone; `changed`: an earlier version had something else in its place."""

    text: str
    standing: Standing
    why: tuple[str, ...] = ()
    changed: bool = False

    @property
    def plain(self) -> bool:
        return self.standing is Standing.SHOWN and not self.changed


@dataclass(frozen=True, slots=True)
class Marked:
    """A reason, and the cells it is the reason of: their rows, from 1, and columns. `more` are not named."""

    standing: Standing
    why: str
    cells: tuple[tuple[int, str], ...]
    more: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `number`: to be set to the right."""

    name: str
    number: bool
    incomplete: bool


@dataclass(frozen=True, slots=True, repr=False)
class ReleaseCopy:
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def hidden(self) -> int:
        return self._count(Standing.HIDDEN)

    @property
    def looks(self) -> int:
        return self._count(Standing.LOOK)

    @property
    def changed(self) -> int:
        return sum(cell.changed for row in self.rows for cell in row)

    def marked(self) -> tuple["Marked", ...]:
        """Each reason that cells are marked for, with its cells: what is to be weighed before what is hidden."""
        found: dict[tuple[Standing, str], list[tuple[int, str]]] = {}
        for number, row in enumerate(self.rows, 1):
            for column, cell in zip(self.columns, row, strict=True):
                for why in cell.why:
                    found.setdefault((cell.standing, why), []).append((number, column.name))
        reasons = sorted(found.items(), key=lambda one: one[0][0] is not Standing.LOOK)
        return tuple(
            Marked(standing, why, tuple(cells[:MOST_NAMED]), max(len(cells) - MOST_NAMED, 0))
            for (standing, why), cells in reasons
        )

    def _count(self, standing: Standing) -> int:
        return sum(cell.standing is standing for row in self.rows for cell in row)

    def __repr__(self) -> str:
        return f"<ReleaseCopy {len(self.rows)} rows x {len(self.columns)} columns>"


def release_copy(
    table: Mapping[str, Any],
    report: Mapping[str, Any],
    *,
    keys: Sequence[str] = (),
    earlier: Mapping[str, Any] | None = None,
) -> ReleaseCopy:
    """The copy.

    Args:
        table: as it would leave.
        keys: the columns by which a row is found in the earlier table.
        earlier: the table of the version that was released or seen before.
    """
    notes = _notes(table, report)
    before = _before(table, earlier, keys) if earlier is not None else None
    incomplete = set(table["incomplete"])
    labels = [_labels(table, column) for column in table["columns"]]
    columns = tuple(
        Column(column["name"], not label and _is_number(at, table["rows"]), column["name"] in incomplete)
        for at, (column, label) in enumerate(zip(table["columns"], labels, strict=True))
    )
    names = [column.name for column in columns]
    return ReleaseCopy(
        columns,
        tuple(
            tuple(
                _cell(
                    _labelled(value, label),
                    symbol,
                    notes.get((number, name), ()),
                    before is not None and _changed(before, names, keys, row, at),
                )
                for at, (value, symbol, name, label) in enumerate(
                    zip(row, symbols, names, labels, strict=True)
                )
            )
            for number, (row, symbols) in enumerate(zip(table["rows"], table["cells"], strict=True))
        ),
    )


def _labels(table: Mapping[str, Any], column: Mapping[str, Any]) -> Mapping[str, str]:
    """The labels of a column's codes, if it has any."""
    listed = table.get("code_sets", {}).get(column.get("code_set"), ())
    return {one["code"]: one["label"] for one in listed}


def _labelled(value: Any, labels: Mapping[str, str]) -> Any:
    """A code with its label: White British (WBRI)."""
    label = labels.get(str(value)) if labels else None
    return value if label is None else f"{label} ({value})"


def _cell(value: Any, symbol: str, notes: Sequence[tuple[Standing, str]], changed: bool) -> Cell:
    why = tuple(dict.fromkeys(words for _, words in notes))
    if symbol != "ok":
        return Cell(symbol, Standing.HIDDEN, why or (HIDDEN_BY_REST,), changed)
    look = any(standing is Standing.LOOK for standing, _ in notes)
    return Cell(as_text(value), Standing.LOOK if look else Standing.SHOWN, why if look else (), changed)


def as_text(value: Any) -> str:
    """A value as a reader has it. Of a float, the digits that tell it from its neighbours."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.1f}"
        case _:
            return str(value)


def _notes(
    table: Mapping[str, Any], report: Mapping[str, Any]
) -> Mapping[tuple[int, str], list[tuple[Standing, str]]]:
    """What is to be said of cells of the copy, by row and column."""
    finder, notes = Finder.of(table), defaultdict(list)
    safe = [column["name"] for column in table["columns"]]
    for leaf in report["leaves"]:
        for finding, standing, words in _findings(leaf):
            row = finder.row(finding.get("where", {}))
            if row is None:
                continue
            measure = finding["measure"]
            named = safe if measure is None else [measure]
            for name in (name for name in named if name not in finding.get("where", {})):
                notes[row, name].append((standing, words))
    return notes


def _findings(leaf: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Standing, str]]:
    for one in leaf["numbers"]:
        yield one, Standing.HIDDEN, one["rule"]
    for one in leaf["linked"]:
        if "row" in one:
            standing = Standing.LOOK if one["state"] == "flagged" else Standing.HIDDEN
            yield one, standing, f"{one['rule']} (with {', '.join(one['with'])})"
    for top in leaf["top_shares"]:
        if top["two_largest"] >= NEAR * top["allowed"]:
            share = round(100 * top["two_largest"])
            yield top, Standing.LOOK, f"the two largest ({top['of']}) give {share}% of it"


def _is_number(at: int, rows: Sequence[Sequence[Any]]) -> bool:
    values = [row[at] for row in rows if row[at] is not None]
    return bool(values) and all(isinstance(value, int | float) for value in values)


def _before(
    table: Mapping[str, Any], earlier: Mapping[str, Any], keys: Sequence[str]
) -> Mapping[tuple[str, ...], Mapping[str, Any]] | None:
    """Rows of the earlier table by their keys; None where the two are not tables of the same keys."""
    names = [column["name"] for column in earlier["columns"]]
    own = [column["name"] for column in table["columns"]]
    if len(set(names)) < len(names) or len(set(own)) < len(own) or not set(keys) <= set(names):
        return None
    rows = [dict(zip(names, row, strict=True)) for row in earlier["rows"]]
    found = {tuple(str(row[key]) for key in keys): row for row in rows}
    return found if len(found) == len(rows) else None


def _changed(
    before: Mapping[tuple[str, ...], Mapping[str, Any]],
    names: Sequence[str],
    keys: Sequence[str],
    row: Sequence[Any],
    at: int,
) -> bool:
    if names[at] in keys:
        return False
    was = before.get(tuple(str(row[names.index(key)]) for key in keys))
    return was is None or names[at] not in was or was[names[at]] != row[at]
