"""A copy for programs: the whole of it, in one document."""

import json
from typing import Any

from enclave.rights.copies import Copy, RecordOfUse, Row, TableCopy, Value


def copy_json(copy: Copy) -> dict[str, Any]:
    return {
        "case": copy.case,
        "made_on": copy.made_on.isoformat(),
        "house": copy.house,
        "synthetic": copy.synthetic,
        "tables": [_table(table) for table in copy.tables],
        "uses": None if copy.uses is None else [_use(use) for use in copy.uses],
    }


def copy_bytes(copy: Copy) -> bytes:
    return json.dumps(copy_json(copy), ensure_ascii=False, indent=1).encode() + b"\n"


def _table(table: TableCopy) -> dict[str, Any]:
    return {
        "name": table.name,
        "what": table.what,
        "source": table.source,
        "rows": [_row(row) for row in table.rows],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "year": row.year,
        "versions": list(row.versions),
        "values": [_value(value) for value in row.values],
    }


def _value(value: Value) -> dict[str, Any]:
    return {
        "field": value.field,
        "what": value.what,
        "value": value.value,
        "meaning": value.meaning,
        "ascribed": value.ascribed,
        "withheld": value.withheld,
    }


def _use(use: RecordOfUse) -> dict[str, Any]:
    return {
        "project": use.project,
        "title": use.title,
        "organisation": use.organisation,
        "why": use.why,
        "fields": list(use.fields),
        "years": list(use.years),
        "first": use.first.isoformat(),
        "last": use.last.isoformat(),
        "questions": use.questions,
        "released": use.released,
        "outputs": [{"id": one.id, "title": one.title} for one in use.outputs],
    }
