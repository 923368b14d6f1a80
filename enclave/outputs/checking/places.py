"""Which row of the release copy a finding of the report is about.

A report names a cell of a leaf by its keys. The release copy is what was made of the leaves, so a row of it is that
cell only where it shows the same keys and no other row does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

ALL: Final = "everything together"


@dataclass(frozen=True, slots=True)
class Places:
    """The rows of a release copy by what stands in them."""

    names: Sequence[str]
    rows: Sequence[Sequence[Any]]

    def index(self, names: frozenset[str]) -> Mapping[tuple[tuple[str, str], ...], list[int]]:
        """Rows by the values of these columns. Empty when the copy lacks one of them, or has two of one name."""
        at = {name: [place for place, one in enumerate(self.names) if one == name] for name in names}
        if any(len(places) != 1 for places in at.values()):
            return {}
        found: dict[tuple[tuple[str, str], ...], list[int]] = {}
        for number, row in enumerate(self.rows):
            key = tuple((name, str(row[at[name][0]])) for name in sorted(names))
            found.setdefault(key, []).append(number)
        return found


@dataclass(frozen=True, slots=True)
class Finder:
    """Looks places up, building the index of each set of keys once."""

    places: Places
    _indexes: dict[frozenset[str], Mapping[tuple[tuple[str, str], ...], list[int]]]

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> "Finder":
        return cls(Places([column["name"] for column in table["columns"]], table["rows"]), {})

    def row(self, where: Mapping[str, Any]) -> int | None:
        """The one row of the copy with these keys; None when there is not just one."""
        names = frozenset(where)
        if names not in self._indexes:
            self._indexes[names] = self.places.index(names)
        key = tuple((name, str(where[name])) for name in sorted(names))
        rows = self._indexes[names].get(key, [])
        return rows[0] if len(rows) == 1 else None


def words(where: Mapping[str, Any]) -> str:
    """A cell by its keys, for a reader: `North, SEMH`."""
    return ", ".join("(none)" if value is None else str(value) for value in where.values()) or ALL
