"""JSON Schema of a policy file, for editors; made from the same model that checks it."""

from typing import Any

from pydantic import BaseModel


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one kind of policy file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | model.model_json_schema(
        by_alias=True
    )
