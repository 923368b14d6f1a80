"""Two people agree, signed in, that a field is retracted. `retractions` carries it out, where the home is."""

from collections.abc import Mapping

from enclave.actions.asker import Asker
from enclave.actions.asking import not_found, require_duty, who_asks
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.texts import one_line
from enclave.audit import Entry, Kind
from enclave.loading.retracting import CannotRetract, may_be_retracted
from enclave.outputs.agreements import MOST_REASON, Agreement, AgreementId, Matter
from enclave.outputs.duties import Duty, may_do
from enclave.outputs.keeping import Change
from enclave.outputs.permissions import Denial
from enclave.problems.service import Conflict
from enclave.terms import FieldRef


def ask_retraction(asker: Asker, field: FieldRef, reason: str, desk: ServiceDesk) -> Agreement:
    """Ask that a field is retracted for good. It waits for a second person.

    Raises:
        Forbidden: this is no data steward.
        SignInAgain: they signed in too long ago.
        Conflict: the field cannot be retracted, somebody asked for it before, or no reason is given.
    """
    policies = desk.policies()
    require_duty(asker, Duty.RETRACT, policies, desk)
    why = one_line(reason, most=MOST_REASON)
    if not why:
        raise Conflict(detail="Say why, for the record.")
    try:
        may_be_retracted(field, policies.catalogue)
    except CannotRetract as no:
        raise Conflict(detail=no.detail) from None

    def change(opened: Change) -> Agreement:
        before = opened.agreements(Matter.RETRACTION, about=str(field))
        if before:
            raise Conflict(detail=f"{before[-1].first} asked for it before: {before[-1].id}.")
        id = opened.new_agreement_id()
        asked = Agreement(id, Matter.RETRACTION, str(field), why, asker.person, opened.at)
        opened.add_agreement(asked)
        return asked

    told = Entry(Kind.RETRACTION_ASKED, asker.person, None, {}, {"field": str(field), "reason": why})
    return desk.write(told, change)


def agree_to_retraction(asker: Asker, id: AgreementId, desk: ServiceDesk) -> Agreement:
    """Agree to one that waits. From then on it can be carried out.

    Raises:
        Forbidden: neither data steward nor administrator.
        OwnOutput: they asked for it.
        SignInAgain: they signed in too long ago.
        NotFound: nobody asked for it.
        Conflict: somebody has agreed to it before.
    """
    policies = desk.policies()
    require_duty(asker, Duty.CONFIRM_RETRACTION, policies, desk)
    with desk.records.read() as reading:
        asked = reading.agreement(id)
    if asked is None or asked.matter is not Matter.RETRACTION:
        raise not_found(id)
    require_duty(asker, Duty.CONFIRM_RETRACTION, policies, desk, first=asked.first)

    def change(opened: Change) -> Agreement:
        if not opened.agree(id, by=asker.person, at=opened.at):
            raise Conflict(detail=f"Somebody has agreed to {id} before.")
        found = opened.agreement(id)
        assert found is not None, "somebody just agreed to it"
        return found

    return desk.write(
        Entry(Kind.RETRACTION_AGREED, asker.person, None, {}, {"field": asked.about, "agreement": id}), change
    )


def list_retractions(asker: Asker, desk: ServiceDesk) -> tuple[Agreement, ...]:
    """All that were asked for, the latest first. For data stewards, administrators and auditors.

    Raises:
        Forbidden
    """
    require_duty(asker, Duty.READ_DATA_VERSIONS, desk.policies(), desk)
    with desk.records.read() as reading:
        return tuple(reversed(reading.agreements(Matter.RETRACTION)))


def may_ask(asker: Asker, desk: ServiceDesk) -> bool:
    """Whether to offer it: a stale sign-in is no hindrance, since it can be made again."""
    who = who_asks(asker, desk.policies(), desk)
    return may_do(who, Duty.RETRACT).denial in {None, Denial.STALE}


def may_agree(asker: Asker, asked: Agreement, desk: ServiceDesk) -> bool:
    """The same of one that waits."""
    who = who_asks(asker, desk.policies(), desk)
    denial = may_do(who, Duty.CONFIRM_RETRACTION, first=asked.first).denial
    return not asked.agreed and denial in {None, Denial.STALE}


def retraction_json(agreement: Agreement) -> Mapping[str, object]:
    """One as the API tells of it."""
    return {
        "id": agreement.id,
        "field": agreement.about,
        "reason": agreement.reason,
        "asked_by": agreement.first,
        "asked_at": agreement.first_at.isoformat(),
        "agreed_by": agreement.second,
        "agreed_at": None if agreement.second_at is None else agreement.second_at.isoformat(),
    }
