"""Calls that are made twice: the same key and body is the same call, and makes nothing new.

What was made is remembered in the transaction that made it, so a caller who never heard the answer may ask again.
"""

from datetime import timedelta
from typing import Final

from enclave.actions.asker import Asker, Key
from enclave.actions.service_desk import ServiceDesk
from enclave.outputs.keeping import Change
from enclave.outputs.records import RememberedAnswer
from enclave.problems.service import IdempotencyMismatch

KEPT_FOR: Final = timedelta(hours=24)


def made_before(asker: Asker, key: Key | None, desk: ServiceDesk) -> str | None:
    """The id of what this call made when it was made before; None when it is new.

    Raises:
        IdempotencyMismatch: the key came with another body.
    """
    if key is None:
        return None
    with desk.records.read() as reading:
        kept = reading.remembered(asker.person, key.key)
    if kept is None or kept.at + KEPT_FOR < desk.clock.now():
        return None
    if kept.body_hash != key.body_hash.hex():
        raise IdempotencyMismatch(detail="This Idempotency-Key came with another request. Use a new key.")
    return str(kept.response["id"])


def remember(change: Change, asker: Asker, key: Key | None, made: str) -> None:
    """Remember what this call makes. Raises AlreadyThere when the same call is made at the same moment."""
    if key is None:
        return
    change.forget_answers(before=change.at - KEPT_FOR)
    change.remember(RememberedAnswer(asker.person, key.key, key.body_hash.hex(), {"id": made}, change.at))
