"""The fields of a project as JSON."""

from enclave.actions.answer_json import Json
from enclave.actions.list_fields import ListedField, ListedTable


def table_json(listed: ListedTable) -> Json:
    """One table with its fields, as its project has them."""
    return {
        "table": listed.table.name,
        "description": listed.table.description,
        "years": None if listed.years is None else list(listed.years),
        "fields": [_field_json(each) for each in listed.fields],
    }


def _field_json(listed: ListedField) -> Json:
    field = listed.field
    return {
        "name": field.name,
        "type": field.type,
        "uses": [use.value for use in listed.uses],
        "tier": field.tier,
        "zeros": field.zeros.value,
        "code_set": field.code_set,
        "description": field.description,
    }
