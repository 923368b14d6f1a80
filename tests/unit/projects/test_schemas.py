"""The JSON Schemas of policy files."""

from pathlib import Path

import pytest

from enclave.actions.policy_schemas import KINDS, schema_text, schemas

FOLDER = Path(__file__).parents[3] / "policies" / "schemas"


@pytest.mark.parametrize("name", KINDS)
def test_the_schema_in_the_repository_is_the_one_of_the_model(name: str) -> None:
    """`write_schemas(Path("policies/schemas"))` of `enclave.actions.policy_schemas` renews them."""
    committed = (FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")
    assert committed == schema_text(schemas()[name])


def test_no_schema_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.schema.json" for name in KINDS}


def test_a_setting_that_is_not_known_is_refused_by_the_schema_too() -> None:
    assert all(schema["additionalProperties"] is False for schema in schemas().values())
