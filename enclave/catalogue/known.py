"""What the names in a table may refer to."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from enclave.catalogue.files import CatalogueFile
from enclave.catalogue.model import CodeSet, Hierarchy
from enclave.catalogue.source import Source


@dataclass(frozen=True, slots=True)
class Known:
    """The rest of the catalogue, as seen from one table. `purposes` is None when the house's are not known."""

    catalogue: CatalogueFile
    tables: Mapping[str, Source]
    unread: frozenset[str]  # tables whose file could not be read: they do exist
    sets: Mapping[str, CodeSet]
    levels: frozenset[tuple[str, str]]
    purposes: Collection[str] | None


def by_name(sources: Iterable[Source]) -> dict[str, Source]:
    return {source.name: source for source in sources}


def pairs(levels: Iterable[Hierarchy]) -> frozenset[tuple[str, str]]:
    """The code sets that a hierarchy joins, fine and coarse."""
    return frozenset((level.fine, level.coarse) for level in levels)
