"""Deliver what hooks are to be told: at least once, in order, only to those who may still hear it.

What is sent was written with what happened, so that nothing is lost with a process. A try that was not heard to end is
made again, with the id of its event: whoever listens tells by that what they know already.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from enclave.actions.asker import Asker
from enclave.actions.asking import thing_of, who_asks
from enclave.actions.check_policy import Policies
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.webhooks import may_hear, reach_of
from enclave.audit import Entry, Kind
from enclave.outputs.hook_addresses import Reach
from enclave.outputs.hooks import GIVES_UP_AFTER, HookEvent, HookRecord, HookState
from enclave.outputs.keeping import Change, Stale
from enclave.outputs.permissions import Act, may
from enclave.outputs.records import OutputId

AT_ONCE: Final = 20
NOT_THEIRS: Final = "its person may not hear of this any more"
NO_ANSWER: Final = "it did not answer for 24 hours"
SIGNATURE, EVENT = "Enclave-Signature", "Enclave-Event"


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """One call that is to be made: a POST of JSON, signed. It may go where `reach` says and nowhere else."""

    url: str
    body: bytes
    headers: dict[str, str]
    reach: Reach


Post = Callable[[Sequence[Letter]], Sequence[bool]]
"""Make calls, all at once; of each, whether it was taken (any status from 200 to 299)."""


def deliver_due(desk: ServiceDesk, post: Post) -> bool:
    """Make one try of each hook that something waits for. False when nothing does."""
    taken = desk.records.take_due_events(limit=AT_ONCE)
    desk.at("webhook:taken")
    policies = desk.policies()
    letters = [(one, letter) for one in taken if (letter := _letter(*one, policies, desk)) is not None]
    outcomes = post([letter for _, letter in letters]) if letters else []
    desk.at("webhook:posted")
    for ((hook, event), _), was_taken in zip(letters, outcomes, strict=True):
        if was_taken:
            desk.records.done_with((hook, event), delivered=True)
        else:
            _failed(hook, desk)
    return bool(taken)


def close_hooks(desk: ServiceDesk) -> None:
    """Switch off the hooks of those who may not hear any more what they tell."""
    policies = desk.policies()
    with desk.records.read() as reading:
        found = reading.hooks(active=True)
    for hook in found:
        if not may_hear(hook, policies, desk):
            _switch_off(hook, NOT_THEIRS, desk)


def signature(secret: str, body: bytes, *, seconds: int) -> str:
    """What proves that a body came from here, and when: HMAC-SHA256 over the time, a dot and the body."""
    signed = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256)
    return f"t={seconds},v1={signed.hexdigest()}"


def _letter(hook: HookRecord, event: HookEvent, policies: Policies, desk: ServiceDesk) -> Letter | None:
    """The call; None when there is none to make, since its person may not hear of it."""
    if not may_hear(hook, policies, desk):
        _switch_off(hook, NOT_THEIRS, desk)
        return None
    if not _theirs(hook, event, policies, desk):
        desk.records.done_with((hook, event), delivered=False)
        return None
    body = json.dumps({"event": event.id, **event.body}, ensure_ascii=False, separators=(",", ":")).encode()
    seconds = int(desk.clock.now().timestamp())
    signed = signature(desk.hooks.secret_of(hook), body, seconds=seconds)
    headers = {"Content-Type": "application/json", SIGNATURE: signed, EVENT: event.id}
    return Letter(hook.url, body, headers, reach_of(policies, desk))


def _theirs(hook: HookRecord, event: HookEvent, policies: Policies, desk: ServiceDesk) -> bool:
    """Whether a checker would find the item in their own queue. What is on somebody's project is theirs."""
    name = event.body.get("output")
    if hook.project is not None or not isinstance(name, str):
        return True
    person = policies.people[hook.person]
    who = who_asks(Asker(person.id, person.roles, None), policies, desk)
    with desk.records.read() as reading:
        output = reading.output(OutputId(name))
        assert output is not None, "outputs stay"
        parties = reading.parties(output.id)
    thing = thing_of(output.project, policies, asked_by=output.asked_by, parties=parties)
    return may(who, Act.READ_REVIEW, thing).allowed


def _failed(hook: HookRecord, desk: ServiceDesk) -> None:
    if hook.failing_since is not None and desk.clock.now() - hook.failing_since >= GIVES_UP_AFTER:
        _switch_off(hook, NO_ANSWER, desk)
    else:
        desk.records.not_told(hook)


def _switch_off(hook: HookRecord, reason: str, desk: ServiceDesk) -> None:
    def change(opened: Change) -> None:
        if opened.end_hook(hook.id, HookState.OFF, reason) is None:
            raise Stale(hook.id)

    entry = Entry(Kind.WEBHOOK_OFF, None, hook.project, {}, {"hook": hook.id, "reason": reason})
    with suppress(Stale):  # another process did it
        desk.write(entry, change)
