"""What is personal in a case, as it lies in its sealed envelope: who asks, about whom, and what handlers wrote."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from enclave.rights.cases import ConsentAsked, Correction, OutputOfUse
from enclave.rights.copies import RecordOfUse
from enclave.rights.door import HeldRow, Subject


@dataclass(frozen=True, slots=True, repr=False)
class Note:
    """A text that somebody wrote with an act: `name` says which (identity, reason, …)."""

    at: datetime
    by: str
    name: str
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class Papers:
    """Attributes:
    contact: how whoever asked can be reached.
    criteria: by what the person is to be looked up.
    withheld: `table.field` -> why it is not given.
    consent: what the register of consents is to have.
    outputs: released tables for which the person's record was reached; None: not worked out.
    """

    contact: str
    about: str
    notes: tuple[Note, ...] = ()
    criteria: Mapping[str, str] = field(default_factory=dict)
    subject: Subject | None = None
    withheld: Mapping[str, str] = field(default_factory=dict)
    corrections: tuple[Correction, ...] = ()
    consent: ConsentAsked | None = None
    outputs: tuple[OutputOfUse, ...] | None = None

    def with_notes(self, texts: Mapping[str, str], *, by: str, at: datetime) -> "Papers":
        new = tuple(Note(at, by, name, text) for name, text in sorted(texts.items()))
        return replace(self, notes=(*self.notes, *new))

    def as_bytes(self) -> bytes:
        kept = asdict(self)
        kept["notes"] = [{**asdict(note), "at": note.at.isoformat()} for note in self.notes]
        return json.dumps(kept, ensure_ascii=False).encode()


def papers_of(text: bytes) -> Papers:
    kept: dict[str, Any] = json.loads(text)
    notes = tuple(Note(**{**note, "at": datetime.fromisoformat(note["at"])}) for note in kept["notes"])
    subject = None if kept["subject"] is None else Subject(**kept["subject"])
    corrections = tuple(Correction(**one) for one in kept.get("corrections", ()))
    asked, told = kept.get("consent"), kept.get("outputs")
    words = {} if asked is None else {name: tuple(asked[name]) for name in ("purposes", "recipients")}
    consent = None if asked is None else ConsentAsked(**{**asked, **words})
    outputs = None if told is None else tuple(OutputOfUse(**one) for one in told)
    made = {"notes": notes, "subject": subject, "corrections": corrections}
    return Papers(**{**kept, **made, "consent": consent, "outputs": outputs})


def record_as_bytes(rows: Iterable[HeldRow], uses: Iterable[RecordOfUse] | None) -> bytes:
    """The record and its uses, as they are kept until the copy is given."""
    kept = {
        "rows": [[row.version, row.table, dict(row.values)] for row in rows],
        "uses": None if uses is None else [_use(use) for use in uses],
    }
    return json.dumps(kept, ensure_ascii=False).encode()


def record_of(text: bytes) -> tuple[list[HeldRow], list[RecordOfUse] | None]:
    kept: dict[str, Any] = json.loads(text)
    uses = None if kept["uses"] is None else [_read_use(use) for use in kept["uses"]]
    return [HeldRow(version, table, values) for version, table, values in kept["rows"]], uses


def _use(use: RecordOfUse) -> dict[str, Any]:
    return {**asdict(use), "first": use.first.isoformat(), "last": use.last.isoformat()}


def _read_use(kept: dict[str, Any]) -> RecordOfUse:
    days = {name: date.fromisoformat(kept[name]) for name in ("first", "last")}
    words = {name: tuple(kept[name]) for name in ("fields", "years")}
    outputs = tuple(OutputOfUse(**one) for one in kept.get("outputs", ()))
    return RecordOfUse(**{**kept, **days, **words, "outputs": outputs})
