"""What calls about the register of consents take and give."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field as Setting
from pydantic import StringConstraints

from enclave.people.consents import MOST_AT_ONCE, MOST_EVIDENCE
from enclave.web.schemas import Body, Shown

Word = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Day = Annotated[date, Setting(strict=False)]
Keys = Annotated[list[Word], Setting(max_length=MOST_AT_ONCE)]


class ConsentsBody(Body):
    unit: Word = Setting(description="Of the catalogue.", examples=["pupil"])
    keys: Keys = Setting(
        description="Who has consented, by the keys of the source. They are looked up and kept nowhere.",
        examples=[["E-4711"]],
    )
    purposes: Annotated[list[Word], Setting(max_length=20)] = Setting(examples=[["policy_evaluation"]])
    recipients: Annotated[list[Word], Setting(max_length=10)] = Setting(
        description="The kinds of organisation to which they have consented.", examples=[["press"]]
    )
    evidence: Annotated[str, StringConstraints(min_length=1, max_length=MOST_EVIDENCE)] = Setting(
        description="Where the consents themselves are.", examples=["Form 12, returned 2026-05-04"]
    )
    given_on: Day = Setting(examples=["2026-05-04"])
    expires_on: Day | None = Setting(default=None, description="The last day; without it, until withdrawn.")


class WithdrawalBody(Body):
    consents: Annotated[list[Word], Setting(max_length=MOST_AT_ONCE)] = Setting(
        default=[], description="By number.", examples=[["G-12"]]
    )
    unit: Annotated[str, StringConstraints(max_length=100)] = Setting(
        default="", description="Of the keys.", examples=["pupil"]
    )
    keys: Keys = Setting(default=[], description="All consents of these people.", examples=[["E-4711"]])


class Consent(Shown):
    id: str
    unit: str
    purposes: list[str]
    recipients: list[str]
    evidence: str
    given_on: date
    expires_on: date | None
    recorded_by: str
    recorded_at: datetime
    withdrawn_at: datetime | None


class Consents(Shown):
    items: list[Consent]
    next: str | None


class ConsentNumbers(Shown):
    consents: list[str]
