"""Who may be let near data: people, their organisations, and whether their standing is good at an instant."""

from enclave.people.files import OrganisationFile, PersonFile
from enclave.people.load import organisation_of, person_of, read_organisation, read_person, with_sponsors
from enclave.people.model import Organisation, OrganisationType, Person, Role, Service
from enclave.people.standing import Lack, Reason, Requirements, Standing, standing

__all__ = [
    "Lack",
    "Organisation",
    "OrganisationFile",
    "OrganisationType",
    "Person",
    "PersonFile",
    "Reason",
    "Requirements",
    "Role",
    "Service",
    "Standing",
    "organisation_of",
    "person_of",
    "read_organisation",
    "read_person",
    "standing",
    "with_sponsors",
]
