"""A request about consent that two people granted is in the register of consents: given there, or withdrawn.

What is proposed is said with the proposal: `purposes` and `recipients`, with commas between them, and `expires` if it
has a last day; or `withdraw`, which takes back every consent of the person.
"""

from datetime import date
from typing import Final

from enclave.actions.check_policy import Policies
from enclave.actions.consents import check_words
from enclave.outputs.keeping import Change
from enclave.people.consents import Consent
from enclave.problems.service import Conflict
from enclave.rights.cases import CaseKind, CaseRecord, Command, ConsentAsked, Outcome
from enclave.rights.moves import GIVING
from enclave.rights.papers import Papers

SAYS: Final = frozenset({"purposes", "recipients", "expires", "withdraw"})


def consent_asked(
    case: CaseRecord,
    command: Command,
    outcome: Outcome | None,
    texts: dict[str, str],
    policies: Policies,
) -> ConsentAsked | None:
    """What a proposal wants in the register; None where it wants nothing.

    Raises:
        Conflict: it says nothing of it, both, or what the house does not have.
    """
    said = {name: text.strip() for name, text in texts.items() if name in SAYS and text.strip()}
    if not (case.kind is CaseKind.CONSENT and command is Command.PROPOSE and outcome in GIVING):
        if said:
            raise Conflict(detail="Consents are of a proposal to grant a request about consent.")
        return None
    if "withdraw" in said:
        if len(said) > 1:
            raise Conflict(detail="A consent is given or withdrawn, not both in one proposal.")
        return ConsentAsked((), (), None, withdrawn=True)
    purposes, recipients = _words(said.get("purposes", "")), _words(said.get("recipients", ""))
    check_words(purposes, policies.house.purposes, "purpose")
    check_words(recipients, policies.house.consent_required, "kind of organisation that needs a consent")
    return ConsentAsked(purposes, recipients, _last_day(said.get("expires"), case.received_on))


def write_consent(opened: Change, case: CaseRecord, papers: Papers | None) -> None:
    """In the transaction of the decision: the consent of whom the case found, or the end of all of theirs."""
    assert papers is not None, "a case that was just decided has its papers"
    assert papers.subject is not None, "nothing is granted before somebody was found"
    assert papers.consent is not None, "what is granted was proposed"
    asked, subject, by = papers.consent, papers.subject, case.steps[-1].by
    if asked.withdrawn:
        theirs = opened.consents(persons=frozenset({subject.person}), standing=True)
        gone = [one for one in theirs if one.unit == subject.unit]
        for one in gone:
            opened.withdraw_consent(one.id, by=by, at=opened.at)
        opened.note(consents_withdrawn=len(gone))
        return
    opened.add_consent(
        Consent(
            id=opened.new_consent_id(),
            unit=subject.unit,
            person=subject.person,
            purposes=asked.purposes,
            recipients=asked.recipients,
            evidence=f"Request {case.id}",
            given_on=case.received_on,
            expires_on=None if asked.expires_on is None else date.fromisoformat(asked.expires_on),
            recorded_by=by,
            recorded_at=opened.at,
        )
    )
    opened.note(consents=1)


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _last_day(text: str | None, given_on: date) -> str | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Conflict(detail="Write the last day as 2027-05-04.") from None
    if day < given_on:
        raise Conflict(detail="The consent would end before it begins. Check the day.")
    return day.isoformat()
