"""Ids and small value types that every room shares. Nothing here decides anything."""

from enclave.terms.places import Edit, Fix, Span
from enclave.terms.values import FieldRef, OrganisationId, PersonId, ProjectId, Use, Zeros

__all__ = ["Edit", "FieldRef", "Fix", "OrganisationId", "PersonId", "ProjectId", "Span", "Use", "Zeros"]
