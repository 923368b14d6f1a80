"""One table as read: its entry, and the place of everything in it."""

from dataclasses import dataclass

from enclave.catalogue.files import FieldEntry, TableEntry
from enclave.documents import Document, Path, Spot


@dataclass(frozen=True, slots=True)
class Source:
    name: str
    entry: TableEntry
    document: Document
    prefix: Path

    @property
    def fields(self) -> dict[str, FieldEntry]:
        return self.entry.fields

    @property
    def public(self) -> bool:
        return self.entry.unit == "none"

    def at(self, *path: str | int) -> Spot:
        """The place of a value of the table."""
        return self.document.place(*self.prefix, *path)

    def key(self, *path: str | int) -> Spot:
        """The place of a key of the table; of its name when no path is given."""
        if not path and not self.prefix:
            return self.document.place("name")
        return self.document.key(*self.prefix, *path)
