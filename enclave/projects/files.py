"""`house.yaml` and `projects/*.yaml` as people write them."""

import re
from datetime import date
from decimal import Decimal
from ipaddress import ip_network
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    StringConstraints,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic import Field as Setting
from pydantic_core import PydanticCustomError

from enclave.documents import Entry, Number, did_you_mean

Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Count = Annotated[int, Setting(ge=1, le=1_000_000_000)]
Percent = Annotated[Number, Setting(ge=0, le=100)]

CLUSTER_ROUND: Final = "_round_down_to"
AUTOMATIC: Final = "automatic_if_clear"
MEMORY: Final = re.compile(r"(\d{1,6})(KiB|MiB|GiB)")
MAX_CHECKERS: Final = 9


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("a time zone was expected, such as Europe/London") from None
    return name


def _route(value: Any) -> Any:
    """Only the two forms of a route; the reason comes with the refusal."""
    if value == AUTOMATIC:
        return value
    checkers = value.get("checkers") if isinstance(value, dict) and set(value) == {"checkers"} else None
    if type(checkers) is int and 0 <= checkers <= MAX_CHECKERS:
        return value
    shown = f'"{value}" is' if isinstance(value, str) else "this is"
    raise PydanticCustomError(
        "choice",
        "{message}",
        {
            "message": f"{shown} not a route.{did_you_mean(str(value), [AUTOMATIC])}",
            "why": f"a route is {AUTOMATIC} or {{ checkers: k }}",
            "fix": f"write {AUTOMATIC}, or {{ checkers: 1 }} to have every item looked at",
        },
    )


RouteEntry = Annotated[
    Literal["automatic_if_clear"] | dict[Literal["checkers"], int],
    BeforeValidator(_route),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": AUTOMATIC},
                {
                    "type": "object",
                    "properties": {"checkers": {"type": "integer", "minimum": 0, "maximum": MAX_CHECKERS}},
                    "required": ["checkers"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


class NkEntry(Entry):
    n: Annotated[int, Setting(ge=1, le=2)]
    percent: Percent


class DominanceEntry(Entry):
    nk: NkEntry
    p_percent: Percent


class QuantilesEntry(Entry):
    nearest: Count
    points_per_population: Count


class FloorsEntry(Entry):
    min_units: Count
    min_clusters: Count
    dominance: DominanceEntry
    residual_degrees_of_freedom: Count
    quantiles: QuantilesEntry
    tier_1_checkers: Annotated[int, Setting(ge=1, le=MAX_CHECKERS)]


class HouseReleaseEntry(Entry):
    route: RouteEntry
    tier_1_route: RouteEntry
    off_cut_points_route: RouteEntry
    max_cells: Count


class CellKeyEntry(Entry):
    maximum: Annotated[int, Setting(ge=2, le=20)] = 5
    variance: Annotated[Number, Setting(gt=0, le=140)] = Decimal(3)
    small_counts: Literal["allowed", "never"] = "allowed"


class HouseDefaultsEntry(Entry):
    method: Literal["suppress", "round", "cell_key"]
    rounding_base: Literal[5, 10] = 5
    cell_key: CellKeyEntry = Setting(default_factory=CellKeyEntry)
    release: HouseReleaseEntry
    presets: list[Literal["ons_srs", "dfe", "hesa", "opensafely", "ofqual", "none"]]


class AllowanceEntry(Entry):
    queries_per_day: Count
    cells_per_day: Count


class LifetimeCapEntry(Entry):
    units_per_number: Count
    beyond: RouteEntry


class MarginsEntry(Entry):
    table: Name
    one_per: list[Name]
    by: list[list[Name]]


class LedgerEntry(Entry):
    linear_audit_up_to_units: Count
    compound_exclusions_per_project: Annotated[int, Setting(ge=0, le=1_000_000)] = 20
    standard_margins: list[MarginsEntry]


class HousePurposeEntry(Entry):
    id: Name
    title: Sentence


class HouseApprovalsEntry(Entry):
    every_project: list[Name]
    tier_1: list[Name]


class TrainingRuleEntry(Entry):
    course: Name
    valid_years: Count


class AccreditationRuleEntry(Entry):
    schemes: list[Name]
    training: TrainingRuleEntry
    declarations: list[Name]


class ReviewEntry(Entry):
    claim_lapses_after_hours: Count
    target_working_days: Count
    looked_at_afterwards_percent: Annotated[int, Setting(ge=0, le=100)]
    project_review_every_days: Count
    expires_after_idle_days: Count = 60
    cosign_within_hours: Count = 24
    seeded_percent: Annotated[int, Setting(ge=0, le=20)] = 0
    pair_percent: Annotated[int, Setting(ge=1, le=100)] = 50
    pair_rule: Literal["show", "refuse"] = "show"
    bank_holidays: Annotated[list[date], Setting(default_factory=list, max_length=400)]


def _any_cluster(schema: dict[str, Any]) -> None:
    """In a schema, too, the second number is called by the catalogue's word for a cluster."""
    own = schema["properties"].pop(f"cluster{CLUSTER_ROUND}")
    schema["patternProperties"] = {f"^[a-z][a-z0-9_]*{CLUSTER_ROUND}$": own}
    schema["required"].remove(f"cluster{CLUSTER_ROUND}")


class ReachEntry(Entry):
    """The second number's name begins with the catalogue's word for a cluster: `CLUSTER_round_down_to`."""

    model_config = ConfigDict(json_schema_extra=_any_cluster)

    round_down_to: Count
    cluster_round_down_to: Count
    published_on: list[Annotated[str, StringConstraints(pattern=r"^\d\d-\d\d$")]]

    @model_validator(mode="before")
    @classmethod
    def _cluster_by_its_word(cls, values: Any) -> Any:
        named = (
            [key for key in values if str(key).endswith(CLUSTER_ROUND)] if isinstance(values, dict) else []
        )
        if len(named) != 1:
            return values
        others = {key: value for key, value in values.items() if key != named[0]}
        return others | {f"cluster{CLUSTER_ROUND}": values[named[0]]}


class SandboxEntry(Entry):
    minimum_level: Annotated[int, Setting(ge=0, le=3)]
    deadline_seconds: Count
    memory: Annotated[str, StringConstraints(pattern=r"^\d{1,6}(KiB|MiB|GiB)$")]


def _network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError:
        raise ValueError("a network such as 10.20.0.0/16 is needed") from None
    return text


class ChangesEntry(Entry):
    """How long the register gives notice of a widening before it is in force, and where the public writes about it."""

    notice_days: Annotated[int, Setting(ge=0, le=365)] = 14
    comments_to: str = ""


class SignInEntry(Entry):
    """What is asked of whoever signs in. Without a word prohibited uses are `required` where the data are real."""

    prohibited_uses: Literal["required", "asked"] | None = None


class WebhooksEntry(Entry):
    """Networks of the house's own that webhooks may call, beside the public internet."""

    networks: Annotated[
        list[Annotated[str, AfterValidator(_network)]], Setting(default_factory=list, max_length=50)
    ]


class SmtpEntry(Entry):
    """A relay of the house's own. Limit: it takes letters without a password."""

    host: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:-]{1,253}$")]
    port: Annotated[int, Setting(ge=1, le=65_535)] = 25
    sender: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,253}$")]
    tls: Literal["none", "starttls", "tls"] = "starttls"


class NotificationsEntry(Entry):
    """By what ways people are told of what happened, beside webhooks of their own. Ids and states only."""

    file: bool = True
    smtp: SmtpEntry | None = None


class HouseFile(Entry):
    """`house.yaml`: floors for every project, and defaults."""

    api_version: Literal["enclave/v1"] = Setting(alias="apiVersion")
    kind: Literal["House"]
    name: Name
    synthetic: bool
    time_zone: Annotated[Name, AfterValidator(_time_zone)]
    catalogue: Name
    floors: FloorsEntry
    defaults: HouseDefaultsEntry
    allowance: AllowanceEntry
    lifetime_cap: LifetimeCapEntry
    ledger: LedgerEntry
    min_base_difference: Count
    purposes: Annotated[list[HousePurposeEntry], Setting(min_length=1)]
    never: list[Name]
    consent_required: list[Name]
    approvals: HouseApprovalsEntry
    accreditation: AccreditationRuleEntry
    review: ReviewEntry
    reach: ReachEntry
    sandbox: SandboxEntry
    changes: ChangesEntry = Setting(default_factory=ChangesEntry)
    sign_in: SignInEntry = Setting(default_factory=SignInEntry)
    webhooks: WebhooksEntry = Setting(default_factory=lambda: WebhooksEntry(networks=[]))
    notifications: NotificationsEntry = Setting(default_factory=NotificationsEntry)


class MemberEntry(Entry):
    id: Name
    role: str


class PurposeEntry(Entry):
    kind: Name = Setting(alias="class")
    public_summary: Sentence
    public_benefit: Sentence
    never: list[Name]


class DpiaEntry(Entry):
    ref: Name
    reviewed_on: date


class LegalEntry(Entry):
    article_6: Literal[
        "consent",
        "contract",
        "legal_obligation",
        "vital_interests",
        "public_task",
        "legitimate_interests",
    ]
    article_9: Literal["research_statistics"] | None = None
    gateway: Sentence
    dpia: DpiaEntry


class ApprovalEntry(Entry):
    body: Name
    ref: Name
    decided_on: date


class DatesEntry(Entry):
    starts: date
    ends: date
    review_by: date
    destroy_by: date


class FieldGrantEntry(Entry):
    name: Name
    use: Annotated[list[Literal["aggregate", "filter", "group", "link"]], Setting(min_length=1)]
    why: Sentence = Setting(
        json_schema_extra={
            "why": "every field is justified, and the register shows the reason",
            "fix": 'add why: "...", one sentence that a parent would understand',
        }
    )
    less_sensitive_alternative: Sentence | None = None


def _form(value: Any) -> str:
    """Whether a setting is the word `all` or is spelt out: only the form that was meant is reported on."""
    return "all" if isinstance(value, str) else "spelt out"


AllWord = Annotated[Literal["all"], Tag("all")]
Restriction = dict[Name, Annotated[list[str | int], Setting(min_length=1)]]


class TableGrantEntry(Entry):
    name: Name
    years: list[str | int] | None = None
    rows: Annotated[AllWord | Annotated[Restriction, Tag("spelt out")], Discriminator(_form)] | None = None
    fields: Annotated[AllWord | Annotated[list[FieldGrantEntry], Tag("spelt out")], Discriminator(_form)]


class DataEntry(Entry):
    version: Name
    tables: Annotated[list[TableGrantEntry], Setting(min_length=1)]


class DisclosureEntry(Entry):
    """Stricter than the house, never looser; absent lines mean the house's rule."""

    min_units: Count | None = None
    min_clusters: Count | None = None
    dominance: DominanceEntry | None = None
    residual_degrees_of_freedom: Count | None = None
    method: Literal["suppress", "round", "cell_key"] | None = None
    rounding_base: Literal[5, 10] | None = None


class ReleaseEntry(Entry):
    route: RouteEntry | None = None
    tier_1_route: RouteEntry | None = None
    max_cells: Count | None = None
    formats: list[Literal["csv", "json", "parquet"]] = Setting(default=["csv", "json", "parquet"])
    register_: Literal["title_and_summary", "table"] = Setting(default="title_and_summary", alias="register")


class ProjectFile(Entry):
    """`projects/ID.yaml`: who may use which fields, why and until when."""

    api_version: Literal["enclave/v1"] = Setting(alias="apiVersion")
    kind: Literal["Project"]
    id: Annotated[str, StringConstraints(pattern=r"^P-[0-9A-Za-z-]{1,40}$")]
    title: Sentence
    organisation: Name
    status: Literal["draft", "rejected", "active", "paused", "closed"]
    people: list[MemberEntry]
    purpose: PurposeEntry
    legal: LegalEntry
    approvals: list[ApprovalEntry]
    dates: DatesEntry
    data: DataEntry
    disclosure: DisclosureEntry = Setting(default_factory=DisclosureEntry)
    allowance: AllowanceEntry | None = None
    release: ReleaseEntry = Setting(default_factory=ReleaseEntry)
