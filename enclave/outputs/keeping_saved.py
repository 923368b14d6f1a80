"""What the store keeps of saved texts. A part of `keeping.Reading` and of `keeping.Change`."""

from typing import Protocol

from enclave.outputs.saved import SavedId, SavedQuery
from enclave.terms import PersonId


class SavedReading(Protocol):
    def saved_query(self, id: SavedId) -> SavedQuery | None: ...

    def saved_queries(self, *, person: PersonId) -> tuple[SavedQuery, ...]:
        """All of one person, by name; each project has a limit of them."""
        ...


class SavedChange(Protocol):
    def new_saved_id(self) -> SavedId: ...

    def keep_saved(self, kept: SavedQuery) -> None:
        """Add it, or put it in the place of the one with its id."""
        ...

    def drop_saved(self, id: SavedId) -> None:
        """Safe to repeat."""
        ...
