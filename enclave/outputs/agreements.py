"""What takes two people: a widening of the policies, the retraction of a field, who asks in a case, and its decision.

The database holds the rule of two again: the second is neither the first nor whoever wrote what is agreed to.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from enclave.terms import PersonId

AgreementId = NewType("AgreementId", str)
MOST_REASON: Final = 500


class Matter(StrEnum):
    POLICY = "policy version"
    RETRACTION = "retraction"
    IDENTITY = "who asks"
    DECISION = "case decision"


@dataclass(frozen=True, slots=True)
class Agreement:
    """One thing that two people have to want.

    Attributes:
        about: the number of the version, the field, or the case.
        written_by: who else may not agree to it: the author of a version.
        second: who agreed; None while nobody has.
    """

    id: AgreementId
    matter: Matter
    about: str
    reason: str
    first: PersonId
    first_at: datetime
    written_by: str | None = None
    second: PersonId | None = None
    second_at: datetime | None = None

    @property
    def agreed(self) -> bool:
        return self.second is not None
