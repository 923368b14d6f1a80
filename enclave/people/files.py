"""`people/*.yaml` and `organisations/*.yaml` as people write them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field as Setting
from pydantic import StringConstraints

from enclave.documents import Entry

Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class AgreementEntry(Entry):
    ref: Name
    signed_on: date
    expires_on: date


class DataProtectionEntry(Entry):
    contact: Name
    registration: Name | None = None


class OrganisationFile(Entry):
    """`organisations/ID.yaml`."""

    api_version: Literal["enclave/v1"] = Setting(alias="apiVersion")
    kind: Literal["Organisation"]
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,60}$")]
    name: Name
    type: Literal["university", "government", "local_authority", "charity", "commercial", "press"]
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    agreement: AgreementEntry
    data_protection: DataProtectionEntry


class IdentityEntry(Entry):
    issuer: Name
    subject: Name


class AccreditationEntry(Entry):
    scheme: Name
    ref: Name
    granted_on: date
    expires_on: date


class TrainingEntry(Entry):
    course: Name
    passed_on: date
    expires_on: date


class DeclarationEntry(Entry):
    kind: Name
    version: Annotated[int, Setting(ge=1)]
    signed_on: date
    conflicts: list[Name] = Setting(default=[])


class ServiceEntry(Entry):
    """Of a program: the one project that it works on, and who answers for it."""

    project: Name
    on_behalf_of: Name


class PersonFile(Entry):
    """`people/ID.yaml`: one person; `id` is permanent."""

    api_version: Literal["enclave/v1"] = Setting(alias="apiVersion")
    kind: Literal["Person"]
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.@-]{0,98}$")]
    display_name: Name
    organisation: Name
    identities: Annotated[list[IdentityEntry], Setting(min_length=1)]
    roles: Annotated[
        list[
            Literal[
                "researcher",
                "output_checker",
                "senior_checker",
                "admin",
                "data_steward",
                "auditor",
                "school_data_officer",
                "project_manager",
            ]
        ],
        Setting(min_length=1),
    ]
    accreditation: AccreditationEntry | None = None
    training: list[TrainingEntry] = Setting(default=[])
    declarations: list[DeclarationEntry] = Setting(default=[])
    service: ServiceEntry | None = None
    clusters: Annotated[list[Name], Setting(max_length=1000)] = Setting(default=[])
    by_visa: list[Literal["accreditation", "training"]] = Setting(default=[])
