"""Changes of policy that are to come: what the public reads before more is let through."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

PUBLIC: Final = ("P-", "house.yaml", "catalogue", "codes ", "table ", "field ")
"""What the subjects of public changes begin with; every other is about a person or an organisation."""
PEOPLE: Final = "people and organisations"


@dataclass(frozen=True, slots=True)
class Coming:
    """A version that will be in force, and what it lets through. `widened` names people: they are not shown."""

    number: int
    in_force_from: datetime
    widened: tuple[str, ...]


def coming_json(changes: Iterable[Coming]) -> Mapping[str, object]:
    """All of them, the next one first."""
    return {"items": coming_items(changes), "next": None}


def coming_items(changes: Iterable[Coming]) -> list[Mapping[str, object]]:
    ordered = sorted(changes, key=lambda change: (change.in_force_from, change.number))
    return [_one(change) for change in ordered]


def _one(change: Coming) -> Mapping[str, object]:
    shown = (subject if subject.startswith(PUBLIC) else PEOPLE for subject in change.widened)
    return {
        "version": change.number,
        "in_force_from": change.in_force_from.isoformat(timespec="seconds"),
        "widens": list(dict.fromkeys(shown)),
    }
