"""What the data means: tables, fields, code lists, and how they hang together."""

from enclave.catalogue.aliases import Alias, resolve_alias
from enclave.catalogue.load import catalogue_findings, load_catalogue, read_catalogue
from enclave.catalogue.model import Catalogue, CodeSet, Field, FieldClass, Grain, Hierarchy, Table

__all__ = [
    "Alias",
    "Catalogue",
    "CodeSet",
    "Field",
    "FieldClass",
    "Grain",
    "Hierarchy",
    "Table",
    "catalogue_findings",
    "load_catalogue",
    "read_catalogue",
    "resolve_alias",
]
