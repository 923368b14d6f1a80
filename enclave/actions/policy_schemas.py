"""JSON Schemas of the policy files, for editors. Made from the models that check the files, so they cannot disagree."""

import json
from pathlib import Path
from typing import Any, Final

from enclave.catalogue.files import CatalogueFile, TableFile
from enclave.documents import Entry, schema_of
from enclave.people import OrganisationFile, PersonFile
from enclave.projects import HouseFile, ProjectFile
from enclave.projects.case_files import ProjectTestsFile

KINDS: Final[dict[str, type[Entry]]] = {
    "catalogue": CatalogueFile,
    "table": TableFile,
    "house": HouseFile,
    "organisation": OrganisationFile,
    "person": PersonFile,
    "project": ProjectFile,
    "tests": ProjectTestsFile,
}


def schemas() -> dict[str, dict[str, Any]]:
    """One JSON Schema for each kind of policy file."""
    return {name: schema_of(model) for name, model in KINDS.items()}


def schema_text(schema: dict[str, Any]) -> str:
    """A schema as it stands in a file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> None:
    """Write every schema to `folder`, as `KIND.schema.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        (folder / f"{name}.schema.json").write_text(schema_text(schema), encoding="utf-8")
