"""The policy files of the attacked enclave: hospitals, patients and outcomes, two projects that share their researcher.

House, organisation and people are those of the oracle's little world; the catalogue and the projects are written here,
with all that a ledger needs to know: terms, the main census, wards inside hospitals, fixed fields, a family of scores.
"""

import tempfile
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from enclave.actions.check_policy import Policies, load_policies
from tests.oracle.policies import CODES_HEADER, PROJECT, write_policies
from tests.support.ask import NOW

SECOND_PROJECT = "P-WORLD-2"
MIN_UNITS = 10
SCORES = tuple(f"score_{number}" for number in range(1, 11))
DIAGNOSES = ("COMMON", "FIRST", "SECOND", "THIRD")
CODES = {
    "year": (2021, 2022, 2023),
    "wave": ("AUT", "SPR", "SUM"),
    "ward": range(1, 8),
    "sex": ("F", "M"),
    "month": range(1, 13),
    "decile": range(1, 11),
    "weekday": range(1, 8),
    "diagnosis": DIAGNOSES,
}
HIDDEN = ("smoker", "carrier", "diagnosis")
FIXED = ("sex", "month", "decile", "weekday", "carrier", "diagnosis", "score", *SCORES)
Entry = dict[str, object]


Margins = tuple[tuple[str, ...], ...]


@cache
def policies(
    version: str = "world-1",
    margins: Margins = (),
    *,
    min_units: int = MIN_UNITS,
    hidden: tuple[str, ...] = HIDDEN,
    method: str = "suppress",
) -> Policies:
    """Everything that is in force, with both projects pinned to one data version.

    Args:
        margins: the sets of fields by which patients are counted and published at each census.
        hidden: the fields whose zeros are hidden. All else about a person is what anybody who knows them may know.
        method: suppress, round, round 10 or cell_key.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_policies(folder, min_units=min_units, method=method)
        _put(
            folder / "catalogue/catalogue.yaml", _catalogue(_get(folder / "catalogue/catalogue.yaml"), hidden)
        )
        _put(folder / "house.yaml", _house(_get(folder / "house.yaml"), margins))
        (folder / "catalogue/codes.csv").write_text("\n".join([CODES_HEADER, *_code_lines()]) + "\n")
        project = _get(folder / f"projects/{PROJECT}.yaml")
        for project_id in (PROJECT, SECOND_PROJECT):
            _put(folder / f"projects/{project_id}.yaml", _project(project, project_id, version))
        return load_policies(folder, today=NOW.date())


def _get(path: Path) -> Entry:
    found: Entry = YAML(typ="safe", pure=True).load(path)
    return found


def _put(path: Path, content: Entry) -> None:
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(content, file)


def _code_lines() -> list[str]:
    return [f"{name},{value},{value},,,," for name, values in CODES.items() for value in values]


def _house(little: Entry, margins: Margins) -> Entry:
    ledger = little["ledger"]
    assert isinstance(ledger, dict)
    by = [list(fields) for fields in margins]
    published = [{"table": "patient", "one_per": ["year", "wave"], "by": by}] if margins else []
    return {**little, "ledger": {**ledger, "standard_margins": published}}


def _catalogue(little: Entry, hidden: tuple[str, ...]) -> Entry:
    tables = {"hospital": _hospital(), "patient": _patient(), "outcome": _outcome()}
    for table in tables.values():
        fields = table["fields"]
        assert isinstance(fields, dict)
        for name in fields.keys() & hidden:
            fields[name] = {**fields[name], "tier": 2, "zeros": "hidden"}
    return {**little, "tables": tables}


def _table(*, unit: str, grain: list[str], fields: Entry, **more: object) -> Entry:
    return {
        "unit": unit,
        "description": "A table of the attacked world.",
        "source": {"collection": "made up"},
        "grain": [{"columns": grain}],
        "fields": fields,
        **more,
    }


def _people(*, grain: list[str], fields: Entry, rows: list[Entry], **more: object) -> Entry:
    return _table(
        unit="patient",
        grain=grain,
        fields=fields,
        key="person",
        cluster={"name": "hospital", "by": "hospital_id", **({"parts": "ward"} if "ward" in fields else {})},
        year={"field": "year", "form": "ending year"},
        rows_per_unit=rows,
        **more,
    )


def _hospital() -> Entry:
    fields: Entry = {
        "hospital_id": _field("hospital_id", "INTEGER", "key"),
        "region": _field("region", "INTEGER", "dimension"),
        "place": _field("place", "SMALLINT", "dimension"),
    }
    return _table(unit="none", grain=["hospital_id"], fields=fields)


def _patient() -> Entry:
    small = ("year", "ward", "month", "decile", "weekday")
    fields: Entry = {
        "person": _field("person", "VARCHAR(18)", "key"),
        **{name: _field(name, "SMALLINT", "dimension") for name in small},
        "wave": _field("wave", "VARCHAR(3)", "dimension"),
        "hospital_id": _home(),
        "region": _field("region", "INTEGER", "dimension"),
        "sex": _field("sex", "CHAR(1)", "dimension"),
        "smoker": _field("smoker", "BOOLEAN", "dimension"),
        "carrier": _field("carrier", "BOOLEAN", "dimension"),
        "diagnosis": _field("diagnosis", "VARCHAR(6)", "dimension"),
        **{name: _measure(name) for name in ("score", "dose", *SCORES)},
    }
    return _people(
        grain=["person", "year", "wave"],
        fields=fields,
        rows=[{"per": ["year", "wave"], "max": 1}, {"per": ["year"], "max": 3}, {"per": [], "max": 9}],
        term={"field": "wave"},
        main_census={"wave": "SPR"},
        dependencies=[{"fields": ["hospital_id"], "determine": ["region"]}],
    )


def _outcome() -> Entry:
    fields: Entry = {
        "person": _field("person", "VARCHAR(18)", "key"),
        "year": _field("year", "SMALLINT", "dimension"),
        "hospital_id": _home(),
        "points": _measure("points"),
    }
    return _people(
        grain=["person", "year"], fields=fields, rows=[{"per": ["year"], "max": 1}, {"per": [], "max": 3}]
    )


def _home() -> Entry:
    return {
        **_field("hospital_id", "INTEGER", "dimension"),
        "references": "hospital.hospital_id",
        "total": True,
    }


def _measure(name: str) -> Entry:
    return {
        **_field(name, "DECIMAL(4,1)", "measure"),
        "bounds": [0, 100],
        **({"family": "test"} if name in SCORES else {}),
    }


def _field(name: str, kind: str, role: str) -> Entry:
    return {
        "type": kind,
        "class": role,
        "tier": 4,
        "annex_b": "none",
        "identifiability": 5,
        "sensitivity": "E",
        "zeros": "shown",
        "nulls": "never",
        "fixed": name in FIXED,
        **({"code_set": name} if name in CODES else {}),
    }


def _project(project: Entry, project_id: str, version: str) -> Entry:
    tables = [
        {"name": "hospital", "fields": "all"},
        *(_granted(name, table) for name, table in (("patient", _patient()), ("outcome", _outcome()))),
    ]
    return {**project, "id": project_id, "data": {"version": version, "tables": tables}}


def _granted(name: str, table: Entry) -> Entry:
    fields = table["fields"]
    assert isinstance(fields, dict)
    return {
        "name": name,
        "years": [2021, 2022, 2023],
        "rows": "all",
        "fields": [
            {
                "name": column,
                "use": ["link"] if column == "person" else ["aggregate", "filter", "group", "link"],
                "why": "To attack",
                "less_sensitive_alternative": "None",
            }
            for column in fields
        ],
    }
