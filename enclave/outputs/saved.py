"""Texts that a researcher keeps with a project under a name of their own. Nobody else reads them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NewType

from enclave.terms import PersonId, ProjectId

SavedId = NewType("SavedId", str)

MOST_SAVED: Final = 50
"""Of one person on one project."""
MOST_SAVED_SQL: Final = 20_000
"""Characters of one text."""
MOST_SAVED_NAME: Final = 200


@dataclass(frozen=True, slots=True, repr=False)
class SavedQuery:
    """`at` is when its text or its name was last changed."""

    id: SavedId
    project: ProjectId
    person: PersonId
    name: str
    sql: str
    at: datetime

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "project": self.project,
            "name": self.name,
            "sql": self.sql,
            "saved_at": self.at.isoformat(),
        }
