"""A released table in full: its rows, and each combination of published codes that is not among them.

Such a combination is `c` like one that is hidden, since few and nobody are not to be told apart, and `z` where the
catalogue rules it out.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any, Final

from enclave.actions.answer_json import HIDDEN, NOT_APPLICABLE, SHOWN, Json

MOST_DRAWN_ROWS: Final = 100_000


def drawn_rows(found: Json) -> Iterator[tuple[list[Any], list[str]]]:
    """Values and cells of the rows as they are, then of the combinations that are not among them."""
    yield from zip(found["rows"], found["cells"], strict=True)
    frame = found["frame"] or {"sets": []}
    names = _told_apart([column["name"] for column in found["columns"]])
    there, dimensions = _there(found["rows"], names, frame["sets"])
    ruled_out = RuledOut(frame.get("not_applicable", ()))
    for one in frame["sets"]:
        shown = [name for name in dimensions if name in one]
        cells = [SHOWN if name in one else "" for name in names]
        for combination in islice(product(*(one[name] for name in shown)), MOST_DRAWN_ROWS):
            of = dict(zip(shown, combination, strict=True))
            if tuple(_key(of.get(name)) for name in dimensions) in there:
                continue
            symbol = NOT_APPLICABLE if ruled_out.has(of) else HIDDEN
            yield [of.get(name) for name in names], [cell or symbol for cell in cells]


class RuledOut:
    """What the catalogue leaves no room for: blocks of values by dimension."""

    def __init__(self, blocks: Sequence[Mapping[str, Sequence[Any]]]) -> None:
        self._blocks = [{name: frozenset(values) for name, values in block.items()} for block in blocks]

    def has(self, combination: Mapping[str, Any]) -> bool:
        """Whether no row can have these values. A dimension that is not named is summed over."""
        return any(
            all(name in combination and combination[name] in values for name, values in block.items())
            for block in self._blocks
        )


def _there(
    rows: Sequence[Sequence[Any]], names: Sequence[str], sets: Sequence[Mapping[str, Any]]
) -> tuple[set[tuple[str, ...]], list[str]]:
    """The combinations that are rows, and the dimensions by which they are told apart."""
    places = [(place, name) for place, name in enumerate(names) if any(name in one for one in sets)]
    there = {tuple(_key(row[place]) for place, _ in places) for row in rows}
    return there, [name for _, name in places]


def _key(value: Any) -> str:
    return "" if value is None else str(value)


def _told_apart(names: Sequence[str]) -> list[str]:
    """The names, each once: a column that has the name of one before it is no dimension of a frame."""
    return [name if name not in names[:place] else f"{name} {place}" for place, name in enumerate(names)]
