"""What another version of people and organisations lets them do that this one does not. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from enclave.people.model import (
    Accreditation,
    Agreement,
    Declaration,
    Organisation,
    Person,
    Training,
)
from enclave.terms.changes import (
    Change,
    Effect,
    Judge,
    appears,
    changes,
    elsewhere,
    less_widens,
    longer_widens,
    more_widens,
    shorter_widens,
    words,
)

Span = tuple[str, date, date]


def compare_people(before: Person | None, after: Person | None) -> Iterator[Change]:
    """Every change of one person. Somebody new widens, whoever is gone narrows."""
    if before is None or after is None:
        yield appears(str((after or before).id), "file", before, after)  # type: ignore[union-attr]
        return
    subject = str(after.id)
    yield from changes(subject, before, after, _PERSON)
    if before.accreditation is not None and after.accreditation is not None:
        yield from changes(
            f"{subject} accreditation", before.accreditation, after.accreditation, _ACCREDITATION
        )
    was, now = _conflicts(before), _conflicts(after)
    if was != now:
        effect = shorter_widens(was, now)
        yield Change(subject, "conflicts", ", ".join(sorted(was)), ", ".join(sorted(now)), effect)


def compare_organisations(before: Organisation | None, after: Organisation | None) -> Iterator[Change]:
    """Every change of one organisation."""
    if before is None or after is None:
        yield appears(str((after or before).id), "file", before, after)  # type: ignore[union-attr]
        return
    yield from changes(str(after.id), before, after, _ORGANISATION)
    yield from changes(f"{after.id} agreement", before.agreement, after.agreement, _AGREEMENT)


def _conflicts(person: Person) -> frozenset[str]:
    return frozenset(name for one in person.declarations for name in one.conflicts)


def _accreditation(before: Accreditation | None, after: Accreditation | None) -> Effect:
    """Where both are there, their settings are compared one by one."""
    if before is None or after is None:
        return Effect.NARROWS if after is None else Effect.WIDENS
    return Effect.SAME


def _training(before: tuple[Training, ...], after: tuple[Training, ...]) -> Effect:
    return _spans(
        [(one.course, one.passed_on, one.expires_on) for one in before],
        [(one.course, one.passed_on, one.expires_on) for one in after],
    )


def _declarations(before: tuple[Declaration, ...], after: tuple[Declaration, ...]) -> Effect:
    """A declaration is in force from the day it was signed. Conflicts are compared apart."""
    was, now = ([(one.kind, one.signed_on, date.max) for one in declared] for declared in (before, after))
    if [replace(one, conflicts=()) for one in before] == [replace(one, conflicts=()) for one in after]:
        return Effect.SAME
    return _spans(was, now)


def _spans(before: list[Span], after: list[Span]) -> Effect:
    """Days that something is in force on and was not widen."""
    if not _covered(after, before):
        return Effect.WIDENS
    return Effect.SAME if _covered(before, after) else Effect.NARROWS


def _covered(spans: list[Span], by: list[Span]) -> bool:
    return all(
        any(kind == other and first >= begins and last <= ends for other, begins, ends in by)
        for kind, first, last in spans
    )


_PERSON: Final[Mapping[str, Judge]] = {
    "display_name": words,
    "identities": longer_widens,
    "roles": longer_widens,
    "accreditation": _accreditation,
    "training": _training,
    "declarations": _declarations,
    "clusters": longer_widens,
    "by_visa": longer_widens,
}
_ACCREDITATION: Final[Mapping[str, Judge]] = {
    "ref": words,
    "granted_on": less_widens,
    "expires_on": more_widens,
}
_ORGANISATION: Final[Mapping[str, Judge]] = {
    "name": words,
    "agreement": elsewhere,
    "data_protection_contact": words,
    "data_protection_registration": words,
}
_AGREEMENT: Final[Mapping[str, Judge]] = {
    "ref": words,
    "signed_on": less_widens,
    "expires_on": more_widens,
}
COMPARED: Final[Mapping[type, Mapping[str, Judge]]] = {
    Person: _PERSON,
    Accreditation: _ACCREDITATION,
    Organisation: _ORGANISATION,
    Agreement: _AGREEMENT,
}
"""The rules by the value that they are about, for a test that no name in them is misspelt."""
