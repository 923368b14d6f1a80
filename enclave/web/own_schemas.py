"""What calls about what people keep for themselves take and give: saved texts, and webhooks."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field as Setting
from pydantic import StringConstraints

from enclave.web.schemas import Body, ProjectName, Shown


class SaveBody(Body):
    project: ProjectName = Setting(examples=["P-2026-014"])
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Setting(
        description="Your own name for it. Your text of this name on the project is replaced.",
        examples=["Pupils by authority"],
    )
    sql: Annotated[str, StringConstraints(min_length=1, max_length=20_000)] = Setting(
        description="Kept as it is. Nothing is checked or asked.",
        examples=["SELECT la_code, count(*) AS pupils FROM school_census_pupil GROUP BY la_code"],
    )


class RenameBody(Body):
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Setting(
        examples=["Pupils by authority, 2023"]
    )


class WebhookBody(Body):
    url: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Setting(
        description="Called with POST. https only.", examples=["https://hooks.northbridge.example/enclave"]
    )
    project: ProjectName | None = Setting(
        default=None,
        description="One of your projects; for checkers none: their queue.",
        examples=["P-2026-014"],
    )


class Webhook(Shown):
    id: str
    project: str | None
    url: str
    status: Literal["active", "failing", "off"] = Setting(
        description="`off`: the service switched it off, and `reason` says why."
    )
    reason: str
    created_at: datetime
    delivered_at: datetime | None = Setting(description="When it last took an event.")


class NewWebhook(Webhook):
    secret: str = Setting(description="What events are signed with. It is not shown again.")


class Webhooks(Shown):
    items: list[Webhook]
    next: None


class SavedQuery(Shown):
    id: str
    project: str
    name: str
    sql: str
    saved_at: datetime


class SavedQueries(Shown):
    items: list[SavedQuery]
    next: None
