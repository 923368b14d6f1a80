"""Policy files as people write them: YAML with positions, and everything that is wrong with it, all at once."""

from enclave.documents.checking import Entry, Parsed, parse, parse_what_can_be
from enclave.documents.findings import Finding, Findings, Report, Severity, render, rendered
from enclave.documents.numbers import Number
from enclave.documents.places import Place, Spot, Where
from enclave.documents.reading import Document, Path, read_document, read_text
from enclave.documents.schemas import schema_of
from enclave.documents.tidying import tidied
from enclave.documents.words import did_you_mean, nearest

__all__ = [
    "Document",
    "Entry",
    "Finding",
    "Findings",
    "Number",
    "Parsed",
    "Path",
    "Place",
    "Report",
    "Severity",
    "Spot",
    "Where",
    "did_you_mean",
    "nearest",
    "parse",
    "parse_what_can_be",
    "read_document",
    "read_text",
    "render",
    "rendered",
    "schema_of",
    "tidied",
]
