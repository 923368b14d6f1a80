"""What is kept of an access token that was shown: enough to know it again, nothing to show in its place."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ShownToken:
    """By its issuer and its id there, which no other token may have.

    Attributes:
        digest: of the whole token.
        expires_at: until then it is kept.
        used: it was good for one call that changes something, and that was made.
        ended: it was signed out, so it is good for nothing.
    """

    issuer: str
    token_id: str
    digest: str
    expires_at: datetime
    used: bool = False
    ended: bool = False
