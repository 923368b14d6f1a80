"""What each column of the CSV is, as W3C CSVW metadata.

The symbols of hidden cells are nulls there, so that a reader of the metadata has numbers and gaps, and no text between.
A text could be a symbol itself, so a hidden one is empty, and a column beside it holds its status. Code lists are
tables of their own, in a group with the table: its columns of codes are foreign keys there.

Source:
    W3C, Metadata Vocabulary for Tabular Data (Recommendation, 17 December 2015).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from enclave.actions.answer_json import Json
from enclave.actions.kept_answers import KeptTable
from enclave.query.plan import ResultColumn
from enclave.terms.moments import python_values
from enclave.terms.spreadsheets import inert
from enclave.web.bundle.about import citation_text, title_of
from enclave.web.tables import CsvColumn, csv_columns, unique

CONTEXT: Final = ["http://www.w3.org/ns/csvw", {"@language": "en"}]
SYMBOLS: Final = ["c", "z", "x", "low"]
EMPTY: Final = ""
CODE: Final = "code"
DIALECT: Final = {"encoding": "utf-8", "header": True, "delimiter": ",", "lineTerminators": ["\r\n"]}
ABOUT_A_ROW: Final = "What a row is about."
PROTECTED: Final = "Protected: c is hidden to protect people, or nobody; z is not applicable."
PROTECTED_TEXT: Final = "Protected texts: a hidden one is empty, and the column after it says so."
STATUS_OF: Final = (
    "Of the column before it: ok is shown; c is hidden to protect people, or nobody; z is not applicable."
)
DATATYPES: Final[Sequence[tuple[re.Pattern[str], str]]] = (
    (re.compile(r"U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?"), "integer"),
    (re.compile(r"DECIMAL.*"), "decimal"),
    (re.compile(r"DOUBLE|FLOAT|REAL"), "double"),
    (re.compile(r"BOOLEAN"), "boolean"),
    (re.compile(r"DATE"), "date"),
    (re.compile(r"TIMESTAMP.*"), "dateTime"),
)
"""By SQL type; any other is text."""


def metadata(kept: KeptTable, manifest: Mapping[str, Any]) -> Json:
    """The metadata of `ID.csv`, to stand beside it as `ID.csv-metadata.json`, where readers look for it."""
    names = unique([column.name for column in kept.columns])
    incomplete = [name for name, column in zip(names, kept.columns, strict=True) if column.incomplete]
    return {
        "@context": CONTEXT,
        "url": f"{manifest['output']}.csv",
        "dc:title": title_of(manifest),
        "dc:identifier": manifest["output"],
        "dc:publisher": manifest["house"],
        "dc:issued": {"@value": manifest["released_at"], "@type": "xsd:dateTime"},
        "dc:bibliographicCitation": citation_text(manifest).strip(),
        "dialect": DIALECT,
        "tableSchema": {"columns": [_column(column, kept) for column in csv_columns(kept)]},
        "notes": [
            {"rules": manifest["rules"], "hidden": manifest["hidden"], "synthetic": manifest["synthetic"]},
            *([{"incomplete": incomplete}] if incomplete else []),
        ],
    }


def group_metadata(kept: KeptTable, manifest: Mapping[str, Any]) -> Json:
    """The table and its code lists as one group, to stand beside them as `csv-metadata.json`."""
    table = metadata(kept, manifest)
    del table["@context"]
    keys = [_foreign_key(column, kept, manifest) for column in csv_columns(kept) if _is_key(column, kept)]
    table["tableSchema"] = {**table["tableSchema"], "foreignKeys": keys}
    lists = [_code_list(name, manifest) for name in kept.code_lists]
    return {"@context": CONTEXT, "tables": [table, *lists]}


def codes_file(name: str, manifest: Mapping[str, Any]) -> str:
    """What the CSV of a code list is called."""
    return f"{manifest['output']}-{name}.csv"


def _is_key(column: CsvColumn, kept: KeptTable) -> bool:
    """Whether each code of a column is in its list. Data may hold others, and then it is no key."""
    asked = kept.columns[column.place]
    labels = kept.code_lists.get(asked.code_set or "")
    if labels is None or column.is_status:
        return False
    return all(value is None or str(value) in labels for value in python_values(kept.table.column(asked.id)))


def _foreign_key(column: CsvColumn, kept: KeptTable, manifest: Mapping[str, Any]) -> Json:
    name = kept.columns[column.place].code_set or ""
    return {
        "columnReference": _variable(column.name),
        "reference": {"resource": codes_file(name, manifest), "columnReference": CODE},
    }


def _code_list(name: str, manifest: Mapping[str, Any]) -> Json:
    return {
        "url": codes_file(name, manifest),
        "dc:title": f"Code list {name}",
        "dialect": DIALECT,
        "tableSchema": {
            "columns": [
                {"name": CODE, "titles": "code", "datatype": "string", "required": True},
                {"name": "label", "titles": "label", "datatype": "string"},
            ],
            "primaryKey": CODE,
        },
    }


def _column(column: CsvColumn, kept: KeptTable) -> Json:
    asked = kept.columns[column.place]
    named = {"name": _variable(column.name), "titles": inert(column.name)}
    if column.is_status:
        return {**named, "datatype": "string", "null": [EMPTY], "dc:description": STATUS_OF}
    nulls = [EMPTY, *SYMBOLS] if asked.safe and not column.has_status else [EMPTY]
    listed = {} if asked.code_set is None else {"dc:conformsTo": asked.code_set}
    return {
        **named,
        "datatype": datatype(asked.type),
        "null": nulls,
        "dc:description": _described(column, asked),
        **listed,
    }


def _described(column: CsvColumn, asked: ResultColumn) -> str:
    if column.has_status:
        return PROTECTED_TEXT
    return PROTECTED if asked.safe else ABOUT_A_ROW


def datatype(sql_type: str) -> str:
    """The CSVW datatype of an SQL type."""
    wanted = sql_type.upper()
    return next((found for pattern, found in DATATYPES if pattern.fullmatch(wanted)), "string")


def _variable(name: str) -> str:
    """A name that may stand in a URI template: what else a column is called is percent-encoded."""
    made = quote(name, safe="").replace("~", "%7E").replace("-", "%2D")
    return f"column{made}" if made[:1] in ("", "_", ".") else made
