"""What will be recorded of one act. Whoever changes state makes an `Entry` first and hands it over with the change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from enclave.terms import PersonId, ProjectId

Json: TypeAlias = "str | int | bool | None | Sequence[Json] | Mapping[str, Json]"
"""What a body may hold. No floats: two programs may write one number in two ways, and a commitment is to bytes."""


class Kind(StrEnum):
    """What was done. Public: each leaf of the log says its kind."""

    CHECK_MADE = "check.made"
    QUERY_ASKED = "query.asked"
    QUERY_REFUSED = "query.refused"
    QUERY_STARTED = "query.started"
    QUERY_FINISHED = "query.finished"
    QUERY_FAILED = "query.failed"
    QUERY_CANCELLED = "query.cancelled"
    QUERY_SAVED = "query.saved"  # its text or its name, by one person for themselves
    QUERY_UNSAVED = "query.unsaved"
    ANSWER_SHOWN = "answer.shown"  # to somebody who asks beside the data, without a server
    RELEASE_ASKED = "release.asked"
    REVIEW_GIVEN = "review.given"
    REVIEWS_VOIDED = "reviews.voided"
    OUTPUT_CLAIMED = "output.claimed"
    OUTPUT_APPROVED = "output.approved"
    OUTPUT_RETURNED = "output.returned"
    OUTPUT_REJECTED = "output.rejected"
    OUTPUT_DISPUTED = "output.disputed"
    OUTPUT_ADJUDICATED = "output.adjudicated"
    OUTPUT_WITHDRAWN = "output.withdrawn"
    OUTPUT_EXPIRED = "output.expired"
    OUTPUT_HELD = "output.held"
    OUTPUT_RESUMED = "output.resumed"
    OUTPUT_RELEASED = "output.released"
    REVOCATION_ASKED = "revocation.asked"
    OUTPUT_SUSPENDED = "output.suspended"
    REVOCATION_OVERDUE = "revocation.overdue"
    RELEASE_KEPT = "release.kept"
    OUTPUT_REVOKED = "output.revoked"
    OUTPUT_SUPERSEDED = "output.superseded"
    OUTPUT_COMMENTED = "output.commented"
    REQUEST_MADE = "request.made"
    RELEASE_DRAWN = "release.drawn"
    RELEASE_LOOKED_AT = "release.looked-at"
    SEED_DRAWN = "seed.drawn"
    OUTPUT_READ = "output.read"
    OUTPUT_DOWNLOADED = "output.downloaded"
    WEBHOOK_ADDED = "webhook.added"
    WEBHOOK_REMOVED = "webhook.removed"
    WEBHOOK_PINGED = "webhook.pinged"
    WEBHOOK_OFF = "webhook.off"
    LETTER_RETRIED = "letter.retried"
    KEY_ROTATED = "key.rotated"  # the log's own: the old one has signed which is the next
    SIGN_IN = "sign-in"
    VISAS_SHOWN = "visas.shown"  # by the sign-in service, of somebody for whom they may count
    SIGN_OUT = "sign-out"
    ACT_REFUSED = "act.refused"
    POLICY_IN_FORCE = "policy.in-force"
    POLICY_PROPOSED = "policy.proposed"  # it widens, so it waits for a second administrator
    POLICY_CONFIRMED = "policy.confirmed"
    POLICY_APPLIED = "policy.applied"
    PURPOSES_ACKNOWLEDGED = "purposes.acknowledged"
    REMINDER_SENT = "reminder.sent"
    CONSENT_RECORDED = "consent.recorded"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    DATA_LOADED = "data.loaded"
    CASE_OPENED = "case.opened"  # somebody asks about their own record
    CASE_MOVED = "case.moved"
    VAULT_OPENED = "vault.opened"  # by two people, for one case
    COPY_READ = "copy.read"  # by the two who opened the vault, to see what must not be given
    COPY_GIVEN = "copy.given"
    COPY_DESTROYED = "copy.destroyed"
    DEMAND_RECEIVED = "demand.received"  # of a court or the police; it is answered outside
    DEMAND_DECIDED = "demand.decided"
    DRAFTS_DESTROYED = "drafts.destroyed"  # answers that were never released, of a project that is over
    OUTPUT_REPLAYED = (
        "output.replayed"  # run again, to see that it comes to the same; nothing of it was shown
    )
    RETRACTION_ASKED = "retraction.asked"  # by one person, over the service
    RETRACTION_AGREED = "retraction.agreed"  # by a second one; it is carried out where the home is
    FIELD_RETRACTED = "field.retracted"  # nobody can use it any more
    FIELD_DESTROYED = "field.destroyed"  # its bytes have left every file; with the proof
    VALUES_DESTROYED = (
        "values.destroyed"  # of a field, in rows of years that are out of its term; with the proof
    )
    REGISTER_NOTED = "register.noted"  # an incident, a publication, or whom a cluster itself gives data to
    RECORD_ERASED = "record.erased"


@dataclass(frozen=True, slots=True)
class Entry:
    """One act, as it will stand in the log.

    Attributes:
        actor: who did it; None for the system itself.
        project: on which project; public.
        objects: things committed to, by name (`sql`, `table`, `policy`, `report`). Each becomes a salted commitment,
            equal wherever the same thing is committed to under the same name; the thing itself is not kept by the log.
        body: what only insiders read. Committed to as a whole, and erasable.
        needs: of a release, and of nothing else: how many people had to agree to it. Public, so that anybody can count.
    """

    kind: Kind
    actor: PersonId | None
    project: ProjectId | None
    objects: Mapping[str, bytes] = field(default_factory=dict)
    body: Mapping[str, Json] = field(default_factory=dict)
    needs: int | None = None
