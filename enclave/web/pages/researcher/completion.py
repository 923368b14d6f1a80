"""What the editor completes: the fields that a project has and the codes of their published lists."""

from collections.abc import Iterable
from typing import Final

from enclave.actions.answer_json import Json
from enclave.actions.list_fields import ListedTable
from enclave.catalogue.model import Catalogue

MOST_CODES: Final = 400
"""Of one list; a longer one (areas, schools) is no help in a menu."""


def completion_json(tables: Iterable[ListedTable], catalogue: Catalogue) -> Json:
    listed = tuple(tables)
    names = {field.field.code_set for table in listed for field in table.fields if field.field.code_set}
    return {
        "tables": [
            {
                "name": table.table.name,
                "description": table.table.description,
                "fields": [
                    {
                        "name": one.field.name,
                        "description": one.field.description,
                        "uses": [use.value for use in one.uses],
                        "tier": one.field.tier,
                        "codes": one.field.code_set,
                    }
                    for one in table.fields
                ],
            }
            for table in listed
        ],
        "codes": {name: _codes(name, catalogue) for name in sorted(names)},
    }


def _codes(name: str, catalogue: Catalogue) -> list[list[str]]:
    """What the data hold of a list, each with its label; nothing of a list that is too long."""
    found = catalogue.code_sets[name]
    if len(found.codes) > MOST_CODES:
        return []
    return [[value, code.label] for value, code in zip(found.values, found.codes, strict=True)]
