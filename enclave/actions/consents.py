"""The register of consents: a data steward records that people have consented, or do so no more.

A consent is somebody's to being counted, for a purpose, by a kind of organisation that reaches nobody without one. Its
withdrawal acts on every computation that begins after it is on record. Whom it is about stays a number: the keys by
which a steward names people are looked up in the vault and kept nowhere, and no answer names anybody.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from enclave.actions.asker import Asker
from enclave.actions.asking import not_found, require_duty
from enclave.actions.check_policy import Policies
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.texts import one_line
from enclave.audit import Entry, Kind
from enclave.outputs.duties import Duty
from enclave.outputs.keeping import Change
from enclave.people.consents import MOST_AT_ONCE, MOST_EVIDENCE, Consent, ConsentId
from enclave.problems.service import Conflict
from enclave.projects import day_there

NumbersOf = Callable[[str, Collection[str]], Mapping[str, int]]
"""The person numbers of a unit's keys, as far as the data version in force knows them."""


@dataclass(frozen=True, slots=True)
class GivenConsents:
    """What a steward has before them: who consents, by the source's own keys, to what, and where that is written."""

    unit: str
    keys: tuple[str, ...]
    purposes: tuple[str, ...]
    recipients: tuple[str, ...]
    evidence: str
    given_on: date
    expires_on: date | None = None


def record_consents(
    asker: Asker, given: GivenConsents, numbers_of: NumbersOf, desk: ServiceDesk
) -> tuple[Consent, ...]:
    """Put consents on record, all of them or none.

    Raises:
        Forbidden: this is no data steward.
        Conflict: something of it cannot be; keys that nobody has are named by their place, not by what they are.
    """
    policies = desk.policies()
    require_duty(asker, Duty.RECORD_CONSENT, policies, desk)
    _check(given, policies, today=day_there(desk.clock.now(), policies.house.time_zone))
    persons = _persons(given.unit, given.keys, numbers_of)

    def change(opened: Change) -> tuple[Consent, ...]:
        made = tuple(_consent(opened, person, given, asker) for person in persons)
        for one in made:
            opened.add_consent(one)
        opened.note(consents=len(made), unit=given.unit, recipients=list(given.recipients))
        return made

    return desk.write(Entry(Kind.CONSENT_RECORDED, asker.person, None), change)


def withdraw_consents(
    asker: Asker,
    desk: ServiceDesk,
    numbers_of: NumbersOf,
    *,
    consents: Sequence[ConsentId] = (),
    unit: str = "",
    keys: Sequence[str] = (),
) -> tuple[ConsentId, ...]:
    """They count no more: those that are named, and all of the people who are. Safe to repeat.

    Raises:
        Forbidden: this is no data steward.
        NotFound: there is no such consent; none is withdrawn.
        Conflict: nobody has such a key.
    """
    policies = desk.policies()
    require_duty(asker, Duty.WITHDRAW_CONSENT, policies, desk)
    _check_size([*consents, *keys])
    persons = frozenset(_persons(unit, keys, numbers_of)) if keys else frozenset()

    def change(opened: Change) -> tuple[ConsentId, ...]:
        for id in consents:
            if opened.consent(id) is None:
                raise not_found(id)
        of_people = [
            one.id for one in opened.consents(persons=persons, standing=True) if one.unit == unit
        ]  # all of theirs, whatever they were to
        wanted = dict.fromkeys((*consents, *of_people))
        gone = tuple(id for id in wanted if opened.withdraw_consent(id, by=asker.person, at=opened.at))
        opened.note(consents=len(gone))
        return gone

    return desk.write(Entry(Kind.CONSENT_WITHDRAWN, asker.person, None), change)


def list_consents(asker: Asker, desk: ServiceDesk) -> tuple[Consent, ...]:
    """The whole register, the latest first. For data stewards and auditors.

    Raises:
        Forbidden
    """
    require_duty(asker, Duty.READ_CONSENTS, desk.policies(), desk)
    with desk.records.read() as reading:
        return tuple(reversed(reading.consents()))


def consent_json(consent: Consent) -> dict[str, object]:
    """A consent without whom it is about."""
    return {
        "id": consent.id,
        "unit": consent.unit,
        "purposes": list(consent.purposes),
        "recipients": list(consent.recipients),
        "evidence": consent.evidence,
        "given_on": consent.given_on.isoformat(),
        "expires_on": None if consent.expires_on is None else consent.expires_on.isoformat(),
        "recorded_by": consent.recorded_by,
        "recorded_at": consent.recorded_at.isoformat(),
        "withdrawn_at": None if consent.withdrawn_at is None else consent.withdrawn_at.isoformat(),
    }


def _consent(opened: Change, person: int, given: GivenConsents, asker: Asker) -> Consent:
    return Consent(
        id=opened.new_consent_id(),
        unit=given.unit,
        person=person,
        purposes=given.purposes,
        recipients=given.recipients,
        evidence=one_line(given.evidence, most=MOST_EVIDENCE),
        given_on=given.given_on,
        expires_on=given.expires_on,
        recorded_by=asker.person,
        recorded_at=opened.at,
    )


def _check(given: GivenConsents, policies: Policies, *, today: date) -> None:
    _check_size(given.keys)
    if given.unit not in policies.catalogue.units:
        raise Conflict(detail=f"The catalogue has no unit {given.unit}.")
    house = policies.house
    check_words(given.purposes, house.purposes, "purpose")
    check_words(given.recipients, house.consent_required, "kind of organisation that needs a consent")
    if not one_line(given.evidence, most=MOST_EVIDENCE):
        raise Conflict(detail="Say where the consents themselves are, such as the reference of the form.")
    if given.given_on > today:
        raise Conflict(detail="A consent of a day that is yet to come cannot be recorded.")
    if given.expires_on is not None and given.expires_on < given.given_on:
        raise Conflict(detail="The consents would end before they begin. Check both dates.")


def _check_size(named: Sequence[str]) -> None:
    if not 0 < len(named) <= MOST_AT_ONCE:
        raise Conflict(detail=f"Name at least one, and at most {MOST_AT_ONCE} at once.")


def check_words(said: Sequence[str], known: Collection[str], what: str) -> None:
    """
    Raises:
        Conflict: one of the words is not known, or there is none.
    """
    strange = [word for word in said if word not in known]
    if strange or not said:
        listed = ", ".join(sorted(known)) or "none"
        raise Conflict(
            detail=f"{strange[0] if strange else 'Nothing'} is no {what} of this house. There are: {listed}."
        )


def _persons(unit: str, keys: Sequence[str], numbers_of: NumbersOf) -> tuple[int, ...]:
    """The people of these keys, each once."""
    trimmed = [key.strip() for key in keys]
    known = numbers_of(unit, trimmed)
    unknown = [str(place) for place, key in enumerate(trimmed, start=1) if key not in known]
    if unknown:
        raise Conflict(
            detail=f"Nobody has the keys in these places: {', '.join(unknown[:20])}. Nothing was recorded."
        )
    return tuple(dict.fromkeys(known[key] for key in trimmed))
