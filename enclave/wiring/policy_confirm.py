"""A second administrator agrees to a version of the policies, signed in: over the API, or on the page that shows it."""

from enclave.actions.asker import Asker
from enclave.actions.asking import not_found, require_duty, who_asks
from enclave.actions.service_desk import ServiceDesk
from enclave.documents import Findings
from enclave.outputs.duties import Duty, may_do
from enclave.outputs.permissions import Denial
from enclave.problems.service import Conflict
from enclave.terms import PersonId
from enclave.wiring.home import Home, WrongUse
from enclave.wiring.policy_apply import How, confirm_version
from enclave.wiring.policy_versions import Version, versions

MOST_FINDINGS = 5


def read_versions(asker: Asker, home: Home, desk: ServiceDesk) -> tuple[Version, ...]:
    """All versions, the latest first. For administrators and auditors.

    Raises:
        Forbidden
    """
    require_duty(asker, Duty.READ_POLICY_VERSIONS, desk.policies(), desk)
    return tuple(reversed(versions(home)))


def confirm_signed_in(asker: Asker, number: int, home: Home, desk: ServiceDesk) -> Version:
    """Agree to a version that waits, with a sign-in of the last minutes. It is in force when the notice is over.

    Raises:
        Forbidden: this is no administrator, by what is in force.
        OwnOutput: they proposed it, or wrote it.
        SignInAgain: they signed in too long ago.
        NotFound: there is no such version.
        Conflict: it does not wait, was overtaken, or is not fit to be in force.
    """
    policies = desk.policies()
    require_duty(asker, Duty.CONFIRM_POLICY, policies, desk)
    version = next((one for one in versions(home) if one.number == number), None)
    if version is None:
        raise not_found(f"version {number}")
    for first in (version.proposed_by, version.author):
        require_duty(asker, Duty.CONFIRM_POLICY, policies, desk, first=PersonId(first))
    try:
        done = confirm_version(
            home,
            number,
            by=asker.person,
            how=How.SIGNED_IN,
            write=desk.write,
        )
    except WrongUse as wrong:
        raise Conflict(detail=f"{wrong}.") from None
    except Findings as wrong:
        told = "; ".join(one.message for one in wrong.findings[:MOST_FINDINGS])
        raise Conflict(detail=f"Version {number} cannot be in force: {told}.") from None
    return done.version


def may_confirm(asker: Asker, version: Version, desk: ServiceDesk) -> bool:
    """Whether to offer it: a stale sign-in is no hindrance, since it can be made again."""
    who = who_asks(asker, desk.policies(), desk)
    firsts = (PersonId(version.proposed_by), PersonId(version.author))
    denials = {may_do(who, Duty.CONFIRM_POLICY, first=first).denial for first in firsts}
    return version.waits and denials <= {None, Denial.STALE}


def version_json(version: Version) -> dict[str, object]:
    """A version as the API tells of it."""
    return {
        "version": version.number,
        "commit": version.commit,
        "author": version.author,
        "reason": version.reason,
        "content_hash": version.content_hash,
        "widens": list(version.widened),
        "proposed_by": version.proposed_by,
        "proposed_at": version.proposed_at.isoformat(),
        "waits": version.waits,
        "confirmed_by": version.confirmed_by,
        "in_force_from": None if version.in_force_from is None else version.in_force_from.isoformat(),
    }
