"""The little world's policy files, as an owner would write them: a catalogue, a house, one project and its people."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from ruamel.yaml import YAML

from tests.oracle.schema import PERSON, TABLES, Field, Table

PROJECT = "P-WORLD-1"
RESEARCHER = "researcher@infirmary.example"
ASKED_ON = "2026-11-26"
VERSION = "world-1"
CODES_HEADER = "code_set,code,label,parent,valid_from,valid_to,note"


Margins = tuple[tuple[str, tuple[str, ...]], ...]
"""Sets of fields of a table by which counts are published."""


def write_policies(
    folder: Path,
    *,
    min_units: int,
    min_clusters: int = 1,
    tables: Sequence[Table] = tuple(TABLES.values()),
    margins: Margins = (),
    method: str = "suppress",
) -> None:
    """Everything that a home's `policies/` needs."""
    _write(folder / "catalogue/catalogue.yaml", _catalogue(tables))
    lines = [CODES_HEADER, *(line for table in tables for line in _codes(table))]
    (folder / "catalogue/codes.csv").write_text("\n".join(lines) + "\n")
    _write(folder / "house.yaml", _house(min_units, min_clusters, margins, method))
    _write(folder / "organisations/infirmary.yaml", _organisation())
    _write(folder / f"people/{RESEARCHER}.yaml", _person())
    _write(folder / f"projects/{PROJECT}.yaml", _project(min_units, min_clusters, tables, method))


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(content, file)


def code_set(table: Table, column: Field) -> str | None:
    """The name of a column's code list; whole numbers and codes have one, booleans none."""
    has_list = column.values and column.type != "BOOLEAN"
    return f"{table.name}_{column.name}" if has_list else None


def _codes(table: Table) -> list[str]:
    return [
        f"{code_set(table, column)},{value},{value},,,,"
        for column in table.fields.values()
        if code_set(table, column) is not None
        for value in column.values
    ]


def _catalogue(tables: Sequence[Table]) -> dict[str, object]:
    purposes = ["education_research"]
    return {
        "apiVersion": "enclave/v1",
        "kind": "Catalogue",
        "name": "world",
        "title": "A little world of patients",
        "units": {"patient": {"one": "patient", "many": "patients"}},
        "clusters": {"hospital": {"one": "hospital", "many": "hospitals"}},
        "codes": "codes.csv",
        "defaults": {
            "zeros": {1: "hidden", 2: "hidden", 3: "hidden", 4: "shown"},
            "purposes": {tier: list(purposes) for tier in (1, 2, 3, 4)},
        },
        "tables": {table.name: _table(table) for table in tables},
    }


def _table(table: Table) -> dict[str, object]:
    entry: dict[str, object] = {
        "unit": "patient" if table.unit else "none",
        "description": f"The {table.name} table of the little world.",
        "source": {"collection": "made up"},
        "grain": list(table.grain),
        "fields": {column.name: _field(table, column) for column in table.fields.values()},
    }
    if table.unit:
        entry |= {
            "key": PERSON,
            "cluster": {"name": "hospital", "by": table.cluster},
            "year": {"field": "year", "form": "ending year"},
            "rows_per_unit": list(table.rows_per_unit),
        }
    return entry


def _field(table: Table, column: Field) -> dict[str, object]:
    entry: dict[str, object] = {
        "type": column.type,
        "class": column.kind,
        "tier": 2 if column.hidden else 4,
        "annex_b": "none",
        "identifiability": 5,
        "sensitivity": "E",
        "zeros": "hidden" if column.hidden else "shown",
        "nulls": "allowed" if column.nullable else "never",
    }
    if column.bounds is not None:
        entry["bounds"] = [int(bound) for bound in column.bounds]
    if column.usual is not None:
        entry["usual"] = int(column.usual)
    if column.cuts:
        entry["cuts"] = [float(cut) if isinstance(cut, Decimal) else cut for cut in column.cuts]
    if code_set(table, column) is not None:
        entry["code_set"] = code_set(table, column)
    if column.references is not None:
        entry |= {"references": column.references, "total": True}
    return entry


def _margins(table: str, by: tuple[str, ...]) -> dict[str, object]:
    return {"table": table, "one_per": ["year"], "by": [list(by)]}


def _house(min_units: int, min_clusters: int, margins: Margins, method: str) -> dict[str, object]:
    return {
        "apiVersion": "enclave/v1",
        "kind": "House",
        "name": "A little enclave",
        "synthetic": True,
        "time_zone": "Europe/London",
        "catalogue": "world",
        "floors": {
            "min_units": min_units,
            "min_clusters": min_clusters,
            "dominance": {"nk": {"n": 2, "percent": 90}, "p_percent": 10},
            "residual_degrees_of_freedom": 10,
            "quantiles": {"nearest": 10, "points_per_population": 20},
            "tier_1_checkers": 1,
        },
        "defaults": {
            "method": method.partition(" ")[0],
            "rounding_base": 10 if method == "round 10" else 5,
            "release": {
                "route": "automatic_if_clear",
                "tier_1_route": {"checkers": 2},
                "off_cut_points_route": {"checkers": 1},
                "max_cells": 5000,
            },
            "presets": ["none"],
        },
        "allowance": {"queries_per_day": 200, "cells_per_day": 20000},
        "lifetime_cap": {"units_per_number": 10, "beyond": {"checkers": 1}},
        "ledger": {"linear_audit_up_to_units": 5000, "standard_margins": [_margins(*one) for one in margins]},
        "min_base_difference": 100,
        "purposes": [{"id": "education_research", "title": "Research"}],
        "never": ["marketing"],
        "consent_required": ["commercial", "press"],
        "approvals": {"every_project": ["ethics-committee"], "tier_1": ["data-management-panel"]},
        "accreditation": {
            "schemes": ["DEA"],
            "training": {"course": "safe-researcher", "valid_years": 5},
            "declarations": ["confidentiality"],
        },
        "review": {
            "claim_lapses_after_hours": 24,
            "target_working_days": 1,
            "looked_at_afterwards_percent": 5,
            "project_review_every_days": 365,
        },
        "reach": {"round_down_to": 100, "hospital_round_down_to": 10, "published_on": ["01-01"]},
        "sandbox": {"minimum_level": 0, "deadline_seconds": 120, "memory": "1GiB"},
    }


def _organisation() -> dict[str, object]:
    return {
        "apiVersion": "enclave/v1",
        "kind": "Organisation",
        "id": "infirmary",
        "name": "Infirmary (example)",
        "type": "university",
        "country": "GB",
        "agreement": {"ref": "AGR-1", "signed_on": _day("2026-01-01"), "expires_on": _day("2029-01-01")},
        "data_protection": {"contact": "dpo@infirmary.example", "registration": "ZA-EXAMPLE-9"},
    }


def _person() -> dict[str, object]:
    return {
        "apiVersion": "enclave/v1",
        "kind": "Person",
        "id": RESEARCHER,
        "display_name": "Researcher (example)",
        "organisation": "infirmary",
        "identities": [{"issuer": "urn:enclave:dev", "subject": "researcher"}],
        "roles": ["researcher"],
        "accreditation": {
            "scheme": "DEA",
            "ref": "AR-1",
            "granted_on": _day("2026-01-01"),
            "expires_on": _day("2029-01-01"),
        },
        "training": [
            {"course": "safe-researcher", "passed_on": _day("2026-01-01"), "expires_on": _day("2030-12-31")}
        ],
        "declarations": [{"kind": "confidentiality", "version": 1, "signed_on": _day("2026-01-01")}],
    }


def _project(min_units: int, min_clusters: int, tables: Sequence[Table], method: str) -> dict[str, object]:
    return {
        "apiVersion": "enclave/v1",
        "kind": "Project",
        "id": PROJECT,
        "title": "Everything about the little world",
        "organisation": "infirmary",
        "status": "active",
        "people": [{"id": RESEARCHER, "role": "lead_researcher"}],
        "purpose": {
            "class": "education_research",
            "public_summary": "We study a made-up population.",
            "public_benefit": "Results hold the product to its promises.",
            "never": ["marketing"],
        },
        "legal": {
            "article_6": "public_task",
            "article_9": "research_statistics",
            "gateway": "Made up",
            "dpia": {"ref": "DPIA-1", "reviewed_on": _day("2026-01-01")},
        },
        "approvals": [{"body": "ethics-committee", "ref": "ETH-1", "decided_on": _day("2026-01-01")}],
        "dates": {
            "starts": _day("2026-02-01"),
            "ends": _day("2028-12-31"),
            "review_by": _day("2028-12-31"),
            "destroy_by": _day("2029-12-31"),
        },
        "data": {"version": VERSION, "tables": [_granted(table) for table in tables]},
        "disclosure": {
            "min_units": min_units,
            "min_clusters": min_clusters,
            "method": method.partition(" ")[0],
        },
        "allowance": {"queries_per_day": 200, "cells_per_day": 20000},
        "release": {
            "route": "automatic_if_clear",
            "tier_1_route": {"checkers": 2},
            "max_cells": 5000,
            "formats": ["csv"],
            "register": "title_and_summary",
        },
    }


def _granted(table: Table) -> dict[str, object]:
    if not table.unit:
        return {"name": table.name, "fields": "all"}
    fields = [_grant(column) for column in table.fields.values()]
    return {"name": table.name, "years": [2021, 2022, 2023], "rows": "all", "fields": fields}


def _grant(column: Field) -> dict[str, object]:
    uses = ["link"] if column.kind == "key" else ["aggregate", "filter", "group", "link"]
    return {
        "name": column.name,
        "use": uses,
        "why": "To try everything",
        "less_sensitive_alternative": "None",
    }


def _day(text: str) -> date:
    return date.fromisoformat(text)
