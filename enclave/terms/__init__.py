"""Ids and small value types that every room shares. Nothing here decides anything."""

from enclave.terms.places import Edit, Fix, Span
from enclave.terms.prohibited import NEVER, Prohibited, prohibited
from enclave.terms.values import FieldRef, OrganisationId, PersonId, ProjectId, Use, Zeros

__all__ = [
    "NEVER",
    "Edit",
    "FieldRef",
    "Fix",
    "OrganisationId",
    "PersonId",
    "Prohibited",
    "ProjectId",
    "Span",
    "Use",
    "Zeros",
    "prohibited",
]
