"""Which fields a project has, and what it may do with each. Computed from policy and catalogue alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from enclave.actions.check_policy import Policies
from enclave.catalogue.model import Field, Table
from enclave.problems import NotOnProject
from enclave.projects.model import TableGrant
from enclave.terms import PersonId, ProjectId, Use

ORDER = {use: place for place, use in enumerate((Use.LINK, Use.GROUP, Use.FILTER, Use.AGGREGATE))}


@dataclass(frozen=True, slots=True)
class ListedField:
    """One field as its project has it, and why: the words of its application."""

    field: Field
    uses: tuple[Use, ...]
    why: str


@dataclass(frozen=True, slots=True)
class ListedTable:
    """One table as its project has it; `years` is None where the table has none, or all are open."""

    table: Table
    years: tuple[str, ...] | None
    fields: tuple[ListedField, ...]


def list_fields(
    policies: Policies,
    *,
    project: ProjectId,
    person: PersonId,
    table: str | None = None,
    find: str | None = None,
) -> tuple[ListedTable, ...]:
    """The granted tables and fields by name; only of one table, or only those that mention a word, if asked.

    A word is looked for in the names, the aliases and the descriptions, whatever its case.

    Raises:
        NotOnProject: there is no such project, or the person is not on it.
    """
    policy = policies.policy(project)
    if policy is None or policy.project.member(person) is None:
        raise NotOnProject(detail=f"{person} is not on project {project}, or there is no such project.")
    wanted = table.lower() if table else None
    granted = (grant for name, grant in sorted(policy.grants.items()) if wanted in (None, name.lower()))
    listed = (_listed(grant, policies.catalogue.tables[grant.table], find) for grant in granted)
    return tuple(each for each in listed if each.fields)


def _listed(grant: TableGrant, table: Table, find: str | None) -> ListedTable:
    fields = tuple(_fields(grant, table, find.casefold() if find else ""))
    return ListedTable(table, grant.years, fields)


def _fields(grant: TableGrant, table: Table, word: str) -> Iterator[ListedField]:
    for name, field in table.fields.items():
        given = grant.grant(name)
        if given is None or not table.in_store(name) or not _mentions(table, field, word):
            continue
        yield ListedField(field, tuple(sorted(given.uses, key=ORDER.__getitem__)), given.why)


def _mentions(table: Table, field: Field, word: str) -> bool:
    texts = (table.name, field.name, field.description, field.note, *field.aliases)
    return any(word in text.casefold() for text in texts)
