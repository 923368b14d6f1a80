"""What each column of the CSV is, as W3C CSVW metadata.

The symbols of hidden cells are nulls there, so that a reader of the metadata has numbers and gaps, and no text between.

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
from enclave.web.bundle.about import citation_text, title_of
from enclave.web.tables import inert, unique

CONTEXT: Final = ["http://www.w3.org/ns/csvw", {"@language": "en"}]
SYMBOLS: Final = ["c", "z", "x", "low"]
EMPTY: Final = ""
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
        "dialect": {"encoding": "utf-8", "header": True, "delimiter": ",", "lineTerminators": ["\r\n"]},
        "tableSchema": {
            "columns": [_column(name, column) for name, column in zip(names, kept.columns, strict=True)]
        },
        "notes": [
            {"rules": manifest["rules"], "hidden": manifest["hidden"], "synthetic": manifest["synthetic"]},
            *([{"incomplete": incomplete}] if incomplete else []),
        ],
    }


def _column(name: str, column: ResultColumn) -> Json:
    described = "Protected: c is hidden to protect people, or nobody; z is not applicable."
    return {
        "name": _variable(name),
        "titles": inert(name),
        "datatype": datatype(column.type),
        "null": [EMPTY, *SYMBOLS] if column.safe else [EMPTY],
        "dc:description": described if column.safe else "What a row is about.",
    }


def datatype(sql_type: str) -> str:
    """The CSVW datatype of an SQL type."""
    wanted = sql_type.upper()
    return next((found for pattern, found in DATATYPES if pattern.fullmatch(wanted)), "string")


def _variable(name: str) -> str:
    """A name that may stand in a URI template: what else a column is called is percent-encoded."""
    made = quote(name, safe="").replace("~", "%7E").replace("-", "%2D")
    return f"column{made}" if made[:1] in ("", "_", ".") else made
