"""Who has which duty towards the house as a whole: data, the vault, requests of people, consents, policies, register.

What is about one query or output is asked of `permissions`. A duty that takes two people is never done by one of them:
the second is somebody else, whatever roles they both have.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from enclave.outputs.permissions import FRESH_SIGN_IN, YES, Decision, Denial, Who
from enclave.people import Role
from enclave.terms import PersonId

ADMINS: Final = frozenset({Role.ADMIN})
STEWARDS: Final = frozenset({Role.DATA_STEWARD})
OFFICERS: Final = frozenset({Role.SCHOOL_DATA_OFFICER})
OVERSEERS: Final = frozenset({Role.ADMIN, Role.AUDITOR})


class Duty(StrEnum):
    """What somebody is trusted with for the house or a cluster. Each is asked for by something that is there.

    Of a request that came through a cluster its officers do what `ASK_FOR_A_UNIT` says, and nothing of another.
    """

    OVERSEE = "oversee people, projects, jobs and the record"
    READ_LETTERS = "read which letters wait"
    RETRY_LETTERS = "have a letter tried anew"
    READ_DATA_VERSIONS = "read data versions"
    RETRACT = "ask that a field is retracted"
    CONFIRM_RETRACTION = "confirm a retraction"
    READ_CASES = "read where requests of people are"
    READ_PAPERS = "read what is personal in them"
    ANSWER_CASES = "receive, answer, extend and close them"
    OPEN_VAULT = "ask for the vault to be opened"
    CONFIRM_VAULT = "confirm who asks, that the vault is opened, and an answer"
    READ_CONSENTS = "read the register of consents"
    RECORD_CONSENT = "record a consent"
    WITHDRAW_CONSENT = "record that a consent is withdrawn"
    ASK_FOR_A_UNIT = "hand in and follow requests of one's own cluster, and ask for their look-up"
    DECLARE_PROVIDER = "declare in the register whom one's own cluster gives data to"
    NOTE_INCIDENT = "put an incident into the register"
    NOTE_PUBLICATION = "put a publication of any project into the register"
    READ_POLICY_VERSIONS = "read versions of the policies"
    CONFIRM_POLICY = "confirm a widening of the policies"


MAY: Final[Mapping[Duty, frozenset[Role]]] = {
    Duty.OVERSEE: OVERSEERS,
    Duty.READ_LETTERS: OVERSEERS,
    Duty.RETRY_LETTERS: ADMINS,
    Duty.READ_DATA_VERSIONS: STEWARDS | OVERSEERS,
    Duty.RETRACT: STEWARDS,
    Duty.CONFIRM_RETRACTION: STEWARDS | ADMINS,
    Duty.READ_CASES: STEWARDS | OVERSEERS,
    Duty.READ_PAPERS: STEWARDS | ADMINS,
    Duty.ANSWER_CASES: STEWARDS,
    Duty.OPEN_VAULT: STEWARDS,
    Duty.CONFIRM_VAULT: STEWARDS | ADMINS,
    Duty.READ_CONSENTS: STEWARDS | {Role.AUDITOR},
    Duty.RECORD_CONSENT: STEWARDS,
    Duty.WITHDRAW_CONSENT: STEWARDS,
    Duty.ASK_FOR_A_UNIT: OFFICERS,
    Duty.DECLARE_PROVIDER: OFFICERS,
    Duty.NOTE_INCIDENT: ADMINS,
    Duty.NOTE_PUBLICATION: ADMINS,
    Duty.READ_POLICY_VERSIONS: OVERSEERS,
    Duty.CONFIRM_POLICY: ADMINS,
}
"""Every duty has its roles; there is no other way to a yes."""

DECISIONS: Final = frozenset(
    {
        Duty.RETRACT,
        Duty.CONFIRM_RETRACTION,
        Duty.OPEN_VAULT,
        Duty.CONFIRM_VAULT,
        Duty.CONFIRM_POLICY,
    }
)
"""Those that need a fresh sign-in. Taking something back, as a consent, needs none: it protects."""

SECOND: Final[Mapping[Duty, Duty]] = {
    Duty.RETRACT: Duty.CONFIRM_RETRACTION,
    Duty.OPEN_VAULT: Duty.CONFIRM_VAULT,
}
"""What takes two people, and what the second one does. A widening of the policies is the third such thing: its first
person applies it where the home is."""


def may_do(who: Who, duty: Duty, *, first: PersonId | None = None) -> Decision:
    """Whether somebody may do their duty now.

    Args:
        first: of what takes a second person, who was the first.
    """
    if not who.roles & MAY[duty]:
        names = " or ".join(sorted(role.value.replace("_", " ") for role in MAY[duty]))
        return Decision(Denial.ROLE, f"this is for the role {names}")
    if who.lacks:
        return Decision(Denial.STANDING, "; ".join(who.lacks))
    if first is not None and first == who.person:
        return Decision(Denial.INTEREST, f"it takes two people, and {who.person} is the first")
    if duty in DECISIONS and not who.fresh:
        minutes = int(FRESH_SIGN_IN.total_seconds() // 60)
        return Decision(Denial.STALE, f"a decision needs a sign-in of the last {minutes} minutes")
    return YES
