"""All policy files of a home, read but not yet compared with one another."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from enclave.actions.policy_checks.fingerprint import TESTS
from enclave.catalogue import Catalogue, read_catalogue
from enclave.documents import Entry, Parsed, Place, Report
from enclave.people import OrganisationFile, PersonFile, read_organisation, read_person
from enclave.projects import HouseFile, ProjectFile, read_house, read_project

M = TypeVar("M", bound=Entry)


class Reader(Protocol[M]):
    def __call__(self, path: Path, *, file: str, report: Report, cache: Path | None) -> Parsed[M] | None: ...


@dataclass(frozen=True, slots=True)
class Everything:
    """The files by id. `unread` has the ids (file names) of those that could not be read: they do exist."""

    catalogue: Catalogue | None
    house: Parsed[HouseFile] | None
    organisations: Mapping[str, Parsed[OrganisationFile]]
    people: Mapping[str, Parsed[PersonFile]]
    projects: Mapping[str, Parsed[ProjectFile]]
    unread: frozenset[str]


def read_everything(folder: Path, report: Report, cache: Path | None = None) -> Everything:
    """Read all files of a home's `policies/`; what is wrong with each by itself is reported."""
    house = read_house(folder / "house.yaml", file="house.yaml", report=report, cache=cache)
    purposes = frozenset(purpose.id for purpose in house.entry.purposes) if house else None
    catalogue = read_catalogue(folder / "catalogue", report, purposes=purposes, cache=cache)
    organisations, unread_organisations = _folder(folder / "organisations", read_organisation, report, cache)
    people, unread_people = _folder(folder / "people", read_person, report, cache)
    projects, unread_projects = _folder(folder / "projects", read_project, report, cache)
    unread = frozenset(unread_organisations + unread_people + unread_projects)
    return Everything(catalogue, house, organisations, people, projects, unread)


def _folder(
    folder: Path, read: Reader[M], report: Report, cache: Path | None
) -> tuple[dict[str, Parsed[M]], list[str]]:
    """The files of one folder by their id, and the names of those that could not be read."""
    found: dict[str, Parsed[M]] = {}
    unread: list[str] = []
    for path in sorted(folder.glob("*")):
        file = f"{folder.name}/{path.name}"
        if path.name.endswith(TESTS) or path.name.startswith("."):
            continue
        if path.suffix != ".yaml":
            report.error(
                Place(file), "unexpected-file", "this is no policy file", fix="move it; names end in .yaml"
            )
            continue
        parsed = read(path, file=file, report=report, cache=cache)
        if parsed is None:
            unread.append(path.stem)
        else:
            found[_id(parsed, path.stem, report)] = parsed
    return found, unread


def _id(parsed: Parsed[M], name: str, report: Report) -> str:
    """The id that the file gives; it must be the file's name, so that no two files can have one id."""
    identity = str(getattr(parsed.entry, "id", name))
    if identity != name:
        message = f"the file is called {name}.yaml, but the id is {identity}"
        report.error(
            parsed.place("id"),
            "file-name",
            message,
            fix=f"rename the file to {identity}.yaml, or correct the id",
        )
    return name
