"""The API document: what each call takes and gives, with an example of everything, and where it can end."""

import json
from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from enclave.problems import Problem
from enclave.problems.http import (
    InsufficientScope,
    MalformedRequest,
    RateLimited,
    SignInUnavailable,
    TooLarge,
    Unauthenticated,
    UnknownPerson,
    UnsupportedMediaType,
    WrongHost,
)
from enclave.problems.runs import Fault
from enclave.web import schemas
from enclave.web.problem_json import MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]
ANYWHERE: Final = (MalformedRequest, RateLimited, TooLarge, WrongHost, Fault)
SIGNED_IN: Final = (Unauthenticated, InsufficientScope, UnknownPerson, SignInUnavailable)
WITH_BODY: Final = (UnsupportedMediaType,)
PROBLEM_REF: Final = {"$ref": "#/components/schemas/Problem"}
WRITTEN: Final = "x-example"
"""Examples as text: the framework would take the nulls out of them."""
BEARER: Final[list[dict[str, list[str]]]] = [{"access_token": []}]


def gives(
    status: int,
    model: type[BaseModel],
    example: object,
    *problems: type[Problem],
    headers: tuple[str, ...] = (),
) -> Responses:
    """The answer of a call that goes well, and the problems it can end in beside those that any can."""
    good = {
        "model": model,
        "content": {"application/json": {WRITTEN: json.dumps(example)}},
        "headers": _headers(headers),
    }
    return {status: good, **ends(*problems)}


def gives_text(
    status: int, media_types: Mapping[str, object], *problems: type[Problem], example: object = None
) -> Responses:
    """The same of a call that does not give JSON alone; the example is of its JSON."""
    content: dict[str, dict[str, object]] = {
        media: {"schema": schema} for media, schema in media_types.items()
    }
    if example is not None:
        content["application/json"][WRITTEN] = json.dumps(example)
    return {status: {"description": "As asked", "content": content}, **ends(*problems)}


def ends(*problems: type[Problem]) -> Responses:
    """Where a call can end, by status; one example for each code."""
    found: Responses = {}
    kinds: dict[type[Problem], None] = dict.fromkeys((*problems, *ANYWHERE))
    for problem in kinds:
        answer = found.setdefault(
            problem.status,
            {"description": problem.title, "content": {MEDIA_TYPE: {"schema": PROBLEM_REF, "examples": {}}}},
        )
        answer["content"][MEDIA_TYPE]["examples"][problem.code] = {"value": _example(problem)}
    return found


def document(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        _read_examples(made)
        _describe_problems(made)
        _describe_sign_in(made)
        app.openapi_schema = made
    return app.openapi_schema


def _read_examples(made: dict[str, Any]) -> None:
    for operation in _operations(made):
        for answer in operation["responses"].values():
            for content in answer.get("content", {}).values():
                if WRITTEN in content:
                    content["example"] = json.loads(content.pop(WRITTEN))


def _describe_problems(made: dict[str, Any]) -> None:
    """Problems in place of the framework's own kind of error, which this service never answers with."""
    components = made.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        components.pop(name, None)
    described = schemas.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components |= described.pop("$defs", {})
    components["Problem"] = described
    for operation in _operations(made):
        unwanted = operation["responses"].get("422", {}).get("content", {}).get("application/json")
        if unwanted is not None:
            del operation["responses"]["422"]


def _describe_sign_in(made: dict[str, Any]) -> None:
    made["components"]["securitySchemes"] = {
        "access_token": {"type": "http", "scheme": "bearer", "bearerFormat": "RFC 9068 access token"}
    }
    for operation in _operations(made):
        if "401" in operation["responses"]:
            operation["security"] = BEARER


def _operations(made: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in made["paths"].values() for operation in path.values()]


def _headers(names: tuple[str, ...]) -> dict[str, Any]:
    return {name: {"schema": {"type": "string"}} for name in names}


def _example(problem: type[Problem]) -> dict[str, object]:
    return {
        "type": f"/problems/{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": f"{problem.title}.",
        "code": problem.code,
        "request_id": "R-7F3K9A2B4C6D",
        "spans": [],
        "fixes": [],
    }
