"""A deployment to measure on: synthetic data at a scale, and a project that has nearly every field.

`python -m benchmarks.deployment SCALE FOLDER` makes one to keep: 1.65 has a million census rows, 15 has
nine, 144 eighty-eight.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from enclave.actions.check_policy import Policies
from enclave.catalogue import FieldClass
from enclave.catalogue.model import Field, Table, YearForm
from enclave.wiring.data import load_source, synthetic_files
from enclave.wiring.home import Home, make_home
from enclave.wiring.packaged import packaged_policies
from enclave.wiring.policies import policies_of

MODEL = "P-2026-014"
WIDE = "P-2026-999"
PERSON = "researcher@northbridge.example"
AT = "2026-11-26T12:00:00Z"
PURPOSE = "education_research"
REASON = "Measured"
DEADLINE_SECONDS = 900
YEARS: dict[YearForm, list[str] | list[int]] = {
    YearForm.ACADEMIC: ["2022/23", "2023/24", "2024/25"],
    YearForm.ENDING: [2023, 2024, 2025],
}
EARLIER: dict[str, list[str]] = {"ks2_pupil": ["2017/18", "2018/19"]}  # of those who sit key stage 4 in YEARS


def deployment(folder: Path, *, scale: str) -> Home:
    """A home in `folder` with a version of synthetic data and the wide project."""
    home = make_home(folder / "home", policies=packaged_policies())
    synthetic_files(folder / "source", scale=scale, seed=1)
    load_source(home, folder / "source", version=None)
    _widen(home)
    _take_time(home)
    return home


def _take_time(home: Home) -> None:
    """Measured is what is shown, and for how long: no question is to be ended by the house's deadline."""
    path = home.policies / "house.yaml"
    yaml = YAML(pure=True)
    house = yaml.load(path.read_text("utf-8"))
    house["sandbox"]["deadline_seconds"] = DEADLINE_SECONDS
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(house, file)


def _widen(home: Home) -> None:
    """Write a project like the model's, with every field that may be had for its purpose."""
    policies = policies_of(home)
    model = YAML(typ="safe", pure=True).load(
        (home.policies / "projects" / f"{MODEL}.yaml").read_text("utf-8")
    )
    model |= {"id": WIDE, "disclosure": {"method": "suppress"}}
    model["data"]["tables"] = list(_tables(policies))
    with (home.policies / "projects" / f"{WIDE}.yaml").open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(model, file)


def _tables(policies: Policies) -> Iterator[dict[str, Any]]:
    for table in policies.catalogue.tables.values():
        if table.public:
            yield {"name": table.name, "fields": "all"}
        elif table.key is not None:
            fields = [_field(field, table) for field in table.fields.values() if _may_be_had(field)]
            years = {"years": _years(table, table.year.form)} if table.year is not None else {}
            if any(field["name"] == table.key for field in fields):
                yield {"name": table.name, **years, "rows": "all", "fields": fields}


def _years(table: Table, form: YearForm) -> list[str | int]:
    return [*EARLIER.get(table.name, []), *YEARS[form]]


def _may_be_had(field: Field) -> bool:
    """No identifier, for the purpose, and collected in some of the years."""
    first, last = (field.collected_from or "0000")[:4], (field.collected_to or "9999")[:4]
    return (
        field.kind is not FieldClass.IDENTIFIER
        and PURPOSE in field.purposes
        and first <= "2024"
        and last >= "2023"
    )


def _field(field: Field, table: Table) -> dict[str, Any]:
    uses = {
        FieldClass.KEY: ["link"] if field.name == table.key else ["link", "group", "filter"],
        FieldClass.DIMENSION: ["link", "group", "filter", "aggregate"],
        FieldClass.MEASURE: ["aggregate", "filter", "group"],
    }[field.kind]
    return {"name": field.name, "use": uses, "why": REASON, "less_sensitive_alternative": REASON}


def main() -> None:
    """Make one, and keep only what is loaded."""
    scale, folder = sys.argv[1], Path(sys.argv[2])
    home = deployment(folder, scale=scale)
    shutil.rmtree(folder / "source")
    print(home.root)


if __name__ == "__main__":
    main()
