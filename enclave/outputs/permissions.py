"""Who may do what with queries and outputs, as a value with its reason. Not asked here: where an output is on its way.

A role comes from the policy; being in a project or independent of it is looked up each time, so it ends when it ends.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from enclave.people import Role
from enclave.terms import OrganisationId, PersonId, ProjectId

FRESH_SIGN_IN: Final = timedelta(minutes=15)
"""How long after signing in a decision may be made (as for step-up in RFC 9470)."""
CHECKERS: Final = frozenset({Role.OUTPUT_CHECKER, Role.SENIOR_CHECKER})
REVOKERS: Final = frozenset({Role.ADMIN, Role.SENIOR_CHECKER})
OVERSEERS: Final = frozenset({Role.ADMIN, Role.AUDITOR})


class Act(StrEnum):
    """What people do with queries and outputs."""

    ASK = "check, ask and save queries"
    READ = "read"  # that it is there and where it is; never a table
    DOWNLOAD = "download"
    CANCEL = "cancel"
    ASK_RELEASE = "ask for release"
    WITHDRAW = "withdraw"
    READ_QUEUE = "read the queue"
    READ_FIGURES = "read the figures of checking"
    READ_REVIEW = "see what a checker sees"
    CLAIM = "claim"
    VOTE = "vote"
    ADJUDICATE = "decide a dispute"
    REVOKE = "revoke"  # ask for it; it takes a second person
    SUSPEND = "suspend"  # alone, in an emergency
    CONFIRM_REVOCATION = "confirm a revocation"
    KEEP = "keep a release"
    SUPERSEDE = "supersede"
    LOOK = "look at a release afterwards"
    COMMENT = "comment"


class Denial(StrEnum):
    """The kind of a no: what the caller may learn from it differs."""

    HIDDEN = "hidden"  # not even that the thing is there
    ROLE = "role"
    STANDING = "standing"
    INTEREST = "interest"
    STALE = "stale"  # signed in too long ago


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether somebody may, and in plain words why not."""

    denial: Denial | None = None
    reason: str = ""

    @property
    def allowed(self) -> bool:
        return self.denial is None


YES: Final = Decision()


@dataclass(frozen=True, slots=True)
class Who:
    """A person who wants to act: `roles` as the policy has them, `lacks` what is wrong with their standing now."""

    person: PersonId
    organisation: OrganisationId
    roles: frozenset[Role]
    lacks: tuple[str, ...]
    conflicts: frozenset[str]  # declared: ids of projects and organisations
    signed_in_at: datetime | None
    now: datetime

    @property
    def fresh(self) -> bool:
        """Signed in lately enough for a decision. A time that nobody told, or that is yet to come, is not."""
        return (
            self.signed_in_at is not None
            and self.signed_in_at <= self.now <= self.signed_in_at + FRESH_SIGN_IN
        )


@dataclass(frozen=True, slots=True)
class Thing:
    """A query or an output, as far as permissions go.

    Attributes:
        members: who is on the project now; `leads` lead it. `managers` are on it without data, and are no members.
        parties: who has an interest in it: they are, or ever were since it was asked for, on the project.
        organisations: of the project and of its parties.
        voters: who voted in the present round.
    """

    project: ProjectId
    organisations: frozenset[OrganisationId]
    members: frozenset[PersonId]
    leads: frozenset[PersonId]
    parties: frozenset[PersonId] = frozenset()
    asked_by: PersonId | None = None
    voters: frozenset[PersonId] = frozenset()
    managers: frozenset[PersonId] = frozenset()


def may(who: Who, act: Act, thing: Thing) -> Decision:
    """The one place where it is decided who may. Every act has its rule; there is no other way to a yes."""
    return RULES[act](who, thing)


def may_read_queue(who: Who) -> Decision:
    """The queue as such; each item in it is asked for by itself."""
    return _role(who, CHECKERS)


def may_read_figures(who: Who) -> Decision:
    """How the workflow does, in numbers of outputs and hours."""
    return _role(who, CHECKERS | OVERSEERS)


def may_revoke_at_all(who: Who) -> Decision:
    """What waits for a second person, as such; each release is asked for by itself."""
    return _first_no(_role(who, REVOKERS), _standing(who))


def independent(who: Who, thing: Thing) -> Decision:
    """Nobody decides on what they, or those they work for, want released."""
    if who.person in thing.members | thing.managers | thing.parties | _asker(thing):
        return Decision(Denial.INTEREST, f"{who.person} belongs to {thing.project}")
    if who.organisation in thing.organisations:
        return Decision(
            Denial.INTEREST, f"{who.person} belongs to {who.organisation}, as does {thing.project}"
        )
    if who.conflicts & {thing.project, *thing.organisations}:
        return Decision(
            Denial.INTEREST, f"{who.person} has declared a conflict of interest with {thing.project}"
        )
    return YES


def _ask(who: Who, thing: Thing) -> Decision:
    """Everybody else is told the same, whether there is such a project or not."""
    if who.person in thing.members:
        return YES
    return Decision(Denial.ROLE, "only the people of a project ask its questions")


def _read(who: Who, thing: Thing) -> Decision:
    if who.person in thing.members | thing.managers or who.roles & OVERSEERS:
        return YES
    return YES if who.roles & CHECKERS and independent(who, thing).allowed else _hidden(thing)


def _download(who: Who, thing: Thing) -> Decision:
    if who.person in thing.members:
        return YES
    if _read(who, thing).allowed:
        return Decision(Denial.ROLE, f"the table is for the people of {thing.project}")
    return _hidden(thing)


def _cancel(who: Who, thing: Thing) -> Decision:
    if who.person in thing.leads | _asker(thing) or Role.ADMIN in who.roles:
        return YES
    return _only_askers(who, thing)


def _ask_release(who: Who, thing: Thing) -> Decision:
    if who.person not in thing.members:
        return _download(who, thing)
    return _first_no(_role(who, frozenset({Role.RESEARCHER})), _standing(who))


def _withdraw(who: Who, thing: Thing) -> Decision:
    if who.person in thing.leads | (_asker(thing) & thing.members):
        return YES
    return _only_askers(who, thing)


def _read_queue(who: Who, thing: Thing) -> Decision:
    del thing
    return may_read_queue(who)


def _read_figures(who: Who, thing: Thing) -> Decision:
    del thing
    return may_read_figures(who)


def _read_review(who: Who, thing: Thing) -> Decision:
    return _first_no(
        _seen_by_checker(who, thing),
        _role(who, CHECKERS | {Role.AUDITOR}),
        independent(who, thing),
        _standing(who),
    )


def _claim(who: Who, thing: Thing) -> Decision:
    return _first_no(
        _seen_by_checker(who, thing), _role(who, CHECKERS), independent(who, thing), _standing(who)
    )


def _vote(who: Who, thing: Thing) -> Decision:
    return _first_no(_claim(who, thing), _fresh(who))


def _adjudicate(who: Who, thing: Thing) -> Decision:
    party = who.person in thing.voters
    own = Decision(Denial.INTEREST, f"{who.person} is one of those whose votes differ") if party else YES
    return _first_no(
        _seen_by_checker(who, thing),
        _role(who, frozenset({Role.SENIOR_CHECKER})),
        independent(who, thing),
        own,
        _standing(who),
        _fresh(who),
    )


def _revoke(who: Who, thing: Thing) -> Decision:
    """Taking back protects, so it asks for no independence."""
    return _first_no(
        _seen_by_checker(who, thing),
        _role(who, REVOKERS),
        _standing(who),
        _fresh(who),
    )


def _keep(who: Who, thing: Thing) -> Decision:
    """To give a release out again is a decision on it."""
    return _first_no(_revoke(who, thing), independent(who, thing))


def _comment(who: Who, thing: Thing) -> Decision:
    """The people of the project, and independent checkers."""
    return YES if who.person in thing.members else _claim(who, thing)


RULES: Final[Mapping[Act, Callable[[Who, Thing], Decision]]] = {
    Act.ASK: _ask,
    Act.READ: _read,
    Act.DOWNLOAD: _download,
    Act.CANCEL: _cancel,
    Act.ASK_RELEASE: _ask_release,
    Act.WITHDRAW: _withdraw,
    Act.READ_QUEUE: _read_queue,
    Act.READ_FIGURES: _read_figures,
    Act.READ_REVIEW: _read_review,
    Act.CLAIM: _claim,
    Act.VOTE: _vote,
    Act.ADJUDICATE: _adjudicate,
    Act.REVOKE: _revoke,
    Act.SUSPEND: _revoke,
    Act.CONFIRM_REVOCATION: _revoke,
    Act.KEEP: _keep,
    Act.SUPERSEDE: _withdraw,
    Act.LOOK: _claim,
    Act.COMMENT: _comment,
}


def _first_no(*decisions: Decision) -> Decision:
    return next((decision for decision in decisions if not decision.allowed), YES)


def _asker(thing: Thing) -> frozenset[PersonId]:
    return frozenset() if thing.asked_by is None else frozenset({thing.asked_by})


def _seen_by_checker(who: Who, thing: Thing) -> Decision:
    """A checker with an interest is told so: they know of the thing, and should know why it is not theirs to decide."""
    return YES if _read(who, thing).allowed or who.roles & CHECKERS else _hidden(thing)


def _only_askers(who: Who, thing: Thing) -> Decision:
    if not _read(who, thing).allowed:
        return _hidden(thing)
    return Decision(
        Denial.ROLE, f"only whoever asked, or the lead researcher of {thing.project}, may do this"
    )


def _hidden(thing: Thing) -> Decision:
    return Decision(Denial.HIDDEN, f"{thing.project} is not theirs to see")


def _role(who: Who, wanted: frozenset[Role]) -> Decision:
    if who.roles & wanted:
        return YES
    names = " or ".join(sorted(role.value.replace("_", " ") for role in wanted))
    return Decision(Denial.ROLE, f"this is for the role {names}")


def _standing(who: Who) -> Decision:
    return Decision(Denial.STANDING, "; ".join(who.lacks)) if who.lacks else YES


def _fresh(who: Who) -> Decision:
    if who.fresh:
        return YES
    minutes = int(FRESH_SIGN_IN.total_seconds() // 60)
    return Decision(Denial.STALE, f"a decision needs a sign-in of the last {minutes} minutes")
