"""A browser's session: who signed in there, and until when that counts. Its id is known to the browser alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from enclave.terms import PersonId

IDLE: Final = timedelta(minutes=30)
"""So long may nothing come from a browser before its session is over."""
LONGEST: Final = timedelta(hours=10)
"""No session is longer, however busy: a working day."""
TOUCHED: Final = timedelta(minutes=1)
"""That a session was used is noted when this much has passed since it was noted last."""
MOST_OF_ONE_PERSON: Final = 10
"""At one time; the oldest goes first."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it is kept. Neither its id nor whom it is about can be read from it.

    Attributes:
        id_hash: of the id that the browser has; the id itself is kept nowhere.
        sealed: whom it is about, readable and made by the service alone.
    """

    id_hash: str
    person: PersonId
    opened_at: datetime
    seen_at: datetime
    sealed: bytes


def lapsed(session: Session, now: datetime) -> bool:
    """Whether a session is over, by either limit. One from a time that is yet to come is over too."""
    return not (session.opened_at <= now < session.opened_at + LONGEST and now < session.seen_at + IDLE)


def worth_a_note(session: Session, now: datetime) -> bool:
    return now - session.seen_at >= TOUCHED
