"""Ids and closed lists of words."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

PersonId = NewType("PersonId", str)
ProjectId = NewType("ProjectId", str)
OrganisationId = NewType("OrganisationId", str)


class Use(StrEnum):
    """What a query does with a field. A project is granted each use by itself."""

    AGGREGATE = "aggregate"
    FILTER = "filter"
    GROUP = "group"
    LINK = "link"


class Zeros(StrEnum):
    """Whether "nobody" may be told from "few" for a field."""

    HIDDEN = "hidden"
    SHOWN = "shown"


@dataclass(frozen=True, slots=True, order=True)
class FieldRef:
    """A field of the catalogue, by its names."""

    table: str
    field: str

    def __str__(self) -> str:
        return f"{self.table}.{self.field}"
