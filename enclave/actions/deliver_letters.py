"""Send the letters of the outbox: at least once, by the ways that the house has, to people whom the policy knows.

A letter says where something is; what it is, is read through the service by whoever may.
"""

from collections.abc import Callable, Mapping
from typing import Final

from enclave.actions.service_desk import ServiceDesk
from enclave.outputs.notices import Channel, LetterRecord, LetterState
from enclave.projects import House

AT_ONCE: Final = 20
Send = Callable[[LetterRecord, House], bool]
"""Try one letter; whether it was taken. An error that is no answer is False, too: it is tried again."""
Sends = Mapping[Channel, Send]


def deliver_letters(desk: ServiceDesk, sends: Sends) -> bool:
    """Make one try of each letter that is due. False when none is."""
    taken = desk.records.take_due_letters(limit=AT_ONCE)
    desk.at("letters:taken")
    for letter in taken:
        desk.records.letter_ended(letter, _tried(letter, desk, sends))
    return bool(taken)


def _tried(letter: LetterRecord, desk: ServiceDesk, sends: Sends) -> LetterState:
    """What becomes of it. Who left the house since is not written to."""
    policies = desk.policies()
    if letter.channel not in channels_of(policies.house) or letter.person not in policies.people:
        return LetterState.DROPPED
    return LetterState.SENT if sends[letter.channel](letter, policies.house) else LetterState.WAITING


def channels_of(house: House) -> frozenset[Channel]:
    """The ways that a house has."""
    asked = {Channel.FILE: house.notifications.file, Channel.SMTP: house.notifications.smtp is not None}
    return frozenset(channel for channel, wanted in asked.items() if wanted)
