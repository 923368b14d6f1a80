"""What calls about requests of people, and demands of authorities, take and give."""

from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import Field as Setting
from pydantic import StringConstraints

from enclave.web.schemas import Body, Shown

CaseKindName = Literal["access", "correction", "objection", "opt-out", "consent", "demand"]
CaseText = Annotated[str, StringConstraints(max_length=2_000)]
FieldName = Annotated[str, StringConstraints(min_length=1, max_length=130)]


class CaseBody(Body):
    kind: CaseKindName = Setting(examples=["access"])
    received_on: date = Setting(
        strict=False, description="The day from which the clock runs.", examples=["2026-11-24"]
    )
    contact: CaseText = Setting(
        description="How whoever asks can be reached.", examples=["by post, to the school"]
    )
    about: CaseText = Setting(
        description="What they ask, in their words.", examples=["All that you hold about me"]
    )
    through: Annotated[str, StringConstraints(max_length=100)] = Setting(
        default="",
        description="The cluster (school) through which it came, of which you are the data officer.",
    )
    on_behalf: bool = Setting(default=False, description="Somebody with responsibility for a child asks.")
    authority: Annotated[str, StringConstraints(max_length=200)] = Setting(
        default="", description="Of a demand: whose it is. Everybody reads it."
    )
    basis: Annotated[str, StringConstraints(max_length=200)] = Setting(
        default="", description="Of a demand: by what law. Everybody reads it."
    )


class CorrectionBody(Body):
    table: FieldName
    field: FieldName
    where: Annotated[dict[FieldName, CaseText], Setting(max_length=10)] = Setting(default={})
    value: CaseText | None


CaseDeed: TypeAlias = Literal[
    "verify",
    "ask for the look-up",
    "allow the look-up",
    "propose",
    "confirm",
    "decline",
    "extend",
    "close",
]
"""What may be done to a case, over the API and on the pages."""


class CaseAct(Body):
    did: CaseDeed = Setting(examples=["verify"])
    outcome: Literal["granted", "granted in part", "refused", "withdrawn"] | None = Setting(
        default=None, description="What is proposed."
    )
    texts: Annotated[dict[FieldName, CaseText], Setting(max_length=10)] = Setting(
        default={},
        description="What has to be said: `identity`, `responsibility`, `maturity`, `reason`. To grant a consent: "
        "`purposes` and `recipients` with commas between them, and `expires`; or `withdraw`.",
        examples=[{"identity": "passport seen"}],
    )
    criteria: Annotated[dict[FieldName, CaseText], Setting(max_length=10)] = Setting(
        default={}, description="Fields that identify, and what they hold."
    )
    withheld: Annotated[dict[FieldName, CaseText], Setting(max_length=200)] = Setting(
        default={}, description="`table.field` that the copy leaves out, and why."
    )
    corrections: Annotated[list[CorrectionBody], Setting(max_length=100)] = Setting(
        default=[],
        description="What is wrong: table, field, the rows that have it, and the value it is to be.",
    )
    seen: int | None = Setting(
        default=None, description="The `version` that you saw; needed to allow a look-up and to confirm."
    )


class CaseStep(Shown):
    at: datetime
    by: str
    role: str
    did: str
    state: str


class CaseNote(Shown):
    at: datetime
    by: str
    name: str
    text: str


class CaseCorrection(Shown):
    table: str
    field: str
    where: dict[str, str]
    value: str | None


class CaseOutput(Shown):
    id: str
    title: str


class CasePapers(Shown):
    contact: str
    about: str
    notes: list[CaseNote]
    criteria: dict[str, str]
    withheld: dict[str, str]
    corrections: list[CaseCorrection]
    outputs: list[CaseOutput] | None = Setting(
        description="Released tables for which the person's record was reached; null where it is not worked out."
    )


class Case(Shown):
    id: str
    kind: CaseKindName
    state: str
    through: str | None
    on_behalf: bool
    received_on: date
    due_on: date
    extended: bool
    outcome: str | None
    version: int
    public: dict[str, str]
    steps: list[CaseStep]
    papers: CasePapers | None


class Cases(Shown):
    items: list[Case]
    next: None


class Demand(Shown):
    id: str
    received_on: date
    authority: str
    basis: str
    outcome: str | None
    decided_on: date | None


class Demands(Shown):
    items: list[Demand]
    next: None
