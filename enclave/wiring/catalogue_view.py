"""What planning needs of a data version, made of the catalogue alone: names and types, for a home without data."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from enclave.catalogue import Catalogue
from enclave.catalogue.marks import ALONE, ONCE
from enclave.loading.stored_types import stored_type
from enclave.projects import Policy
from enclave.query.rendering import ROW
from enclave.query.shadow import Shadow
from enclave.query.store_view import store_view
from enclave.terms import ProjectId

KEY_TYPE = "INTEGER"  # keys are dense numbers in the store, whatever they were


@dataclass(slots=True)
class CatalogueView:
    """Every table that a project is granted, as if it were loaded. One for the policies of one version."""

    catalogue: Catalogue
    _shadows: dict[ProjectId, Shadow] = field(default_factory=dict)

    def shadow(self, policy: Policy) -> Shadow:
        project = policy.project.id
        if project not in self._shadows:
            self._shadows[project] = Shadow(dict(self._described(policy)))
        return self._shadows[project]

    def has_table(self, policy: Policy, table: str) -> bool:
        return policy.table(table) is not None

    def close(self) -> None:
        for shadow in self._shadows.values():
            shadow.close()

    def _described(self, policy: Policy) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        for relation in store_view(policy, self.catalogue):
            names = (*relation.columns, *relation.logical)
            yield relation.name, [(name, self._type(relation.table, name)) for name in names]

    def _type(self, table: str, name: str) -> str:
        found = self.catalogue.tables[table]
        if name == ROW:
            return "BIGINT"
        if name in (ONCE, ALONE):
            return "BOOLEAN"
        if name == found.key and found.unit is not None:
            return KEY_TYPE
        return stored_type(found.fields[name].type.upper()).sql
