"""Calls that are made twice: the same key and body is the same call, and makes nothing new.

What was made is remembered in the transaction that made it, so a caller who never heard the answer may ask again. What
the call was answered is kept after it, before anybody is sent it: whoever repeats the call gets that answer again.
"""

from datetime import timedelta
from typing import Final

from enclave.actions.asker import Asker, Key
from enclave.actions.service_desk import ServiceDesk
from enclave.outputs.keeping import AlreadyThere, Change
from enclave.outputs.records import RememberedAnswer
from enclave.problems.service import IdempotencyMismatch

KEPT_FOR: Final = timedelta(hours=24)


class SameCall(AlreadyThere):
    """The same call was made at the same moment, and made its thing first."""


def made_before(asker: Asker, key: Key | None, desk: ServiceDesk) -> str | None:
    """The id of what this call made when it was made before; None when it is new, or made nothing.

    Raises:
        IdempotencyMismatch: the key came with another body.
    """
    kept = None if key is None else _kept(asker, key, desk)
    return None if kept is None or "id" not in kept.response else str(kept.response["id"])


def remember(change: Change, asker: Asker, key: Key | None, made: str) -> None:
    """Remember what this call makes.

    Raises:
        SameCall: the same call is made at the same moment.
    """
    if key is None:
        return
    change.forget_answers(before=change.at - KEPT_FOR)
    try:
        change.remember(RememberedAnswer(asker.person, key.key, key.body_hash.hex(), {"id": made}, change.at))
    except AlreadyThere:
        raise SameCall(key.key) from None


def first_answer(asker: Asker, key: Key, desk: ServiceDesk) -> bytes | None:
    """What this call was answered before; None when it was not answered yet.

    Raises:
        IdempotencyMismatch: the key came with another body.
    """
    kept = _kept(asker, key, desk)
    return None if kept is None else kept.answer


def keep_first_answer(asker: Asker, key: Key, answer: bytes, desk: ServiceDesk) -> bytes:
    """Keep an answer unless this call has one. Returns the one to give, which is durable.

    Raises:
        IdempotencyMismatch: another call with this key was answered meanwhile.
    """
    now = desk.clock.now()
    first = RememberedAnswer(asker.person, key.key, key.body_hash.hex(), {}, now, answer)
    kept = desk.records.keep_answer(first, since=now - KEPT_FOR)
    if kept is None:
        raise _mismatch()
    return kept


def forget_old_answers(desk: ServiceDesk) -> None:
    """Remove what is kept no longer."""
    desk.records.forget_answers(before=desk.clock.now() - KEPT_FOR)


def _kept(asker: Asker, key: Key, desk: ServiceDesk) -> RememberedAnswer | None:
    with desk.records.read() as reading:
        kept = reading.remembered(asker.person, key.key)
    if kept is None or kept.at + KEPT_FOR < desk.clock.now():
        return None
    if kept.body_hash != key.body_hash.hex():
        raise _mismatch()
    return kept


def _mismatch() -> IdempotencyMismatch:
    return IdempotencyMismatch(detail="This Idempotency-Key came with another request. Use a new key.")
