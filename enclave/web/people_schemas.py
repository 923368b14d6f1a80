"""What calls about who somebody is take and give: their roles, how to sign in, what they acknowledge."""

from typing import Annotated, Literal

from pydantic import Field as Setting
from pydantic import StringConstraints

from enclave.web.schemas import Body, Project, ProjectName, Shown


class AcknowledgementBody(Body):
    project: ProjectName = Setting(examples=["P-2026-014"])
    acknowledgement: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Setting(
        description="Of the uses that were read, as the list gives it."
    )


class PersonaBody(Body):
    persona: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Setting(
        examples=["researcher@northbridge.example"]
    )


class Me(Shown):
    person: str
    display_name: str
    organisation: str
    roles: list[str]
    lacks: list[str] = Setting(description="What keeps you from data now.")
    projects: list[Project]
    house: str
    synthetic: bool


class Acknowledgement(Shown):
    project: str
    title: str
    prohibited_uses: list[str]
    acknowledgement: str = Setting(description="A name for exactly these uses.")
    due: bool = Setting(description="Not acknowledged since you signed in, in these words.")


class Acknowledgements(Shown):
    items: list[Acknowledgement]
    next: None


class DeviceSignIn(Shown):
    issuer: str
    client_id: str
    device_authorization_endpoint: str
    token_endpoint: str
    scope: str


class HowToSignIn(Shown):
    audience: str = Setting(description="What access tokens must be meant for.")
    issuers: list[str] = Setting(description="Whose access tokens count.")
    device: DeviceSignIn | None = Setting(description="Where a terminal asks for a code (RFC 8628).")


class Token(Shown):
    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int


class Persona(Shown):
    person: str
    display_name: str
    roles: list[str]


class Personas(Shown):
    items: list[Persona]
    next: None
