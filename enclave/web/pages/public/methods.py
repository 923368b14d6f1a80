"""How people are protected, in plain words and with the numbers that are in force; and what each problem means."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from enclave.problems.service import NotFound
from enclave.web.pages.rendering import page
from enclave.web.pages.visitor import Anybody
from enclave.web.problem_pages import problem_body
from enclave.web.routes.names import ProjectPath
from enclave.web.service import TheService

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Method:
    """One way in which people are protected. Its page is the template of its name."""

    name: str
    title: str
    lead: str


METHODS: Final = (
    Method("small-numbers", "Small numbers are hidden", "A number about a few people could tell who they are."),
    Method("one-contributor", "No total is one person's", "A total that is mostly one person's tells what is theirs."),
    Method("differences", "Differences are watched", "Two harmless tables, subtracted, can tell about one person."),
    Method("checkers", "People check", "What is very sensitive is seen by people before it leaves."),
    Method("reasons", "Each item has its reason", "A project may use an item only for what it said it needs it for."),
    Method("record", "Everything is on record", "Nobody can change afterwards what was asked and what left."),
)  # fmt: skip


@router.get("/methods")
def methods(request: Request, visitor: Anybody) -> Response:
    """All of them, in a line each."""
    del visitor
    return page(request, "public/methods.html", methods=METHODS)


@router.get("/methods/{name}")
def method(request: Request, name: ProjectPath, visitor: Anybody, service: TheService) -> Response:
    """One, with the numbers that the house's policy has in force."""
    del visitor
    found = next((one for one in METHODS if one.name == name), None)
    if found is None:
        raise NotFound(detail="There is no such page.")
    policies = service.desk.policies()
    units = next(iter(policies.catalogue.units.values()), None)
    return page(
        request,
        "public/method.html",
        method=found,
        methods=METHODS,
        rules=policies.house,
        people="people" if units is None else units.many,
    )


@router.get("/problems/{code}")
def problem(request: Request, code: ProjectPath, visitor: Anybody) -> Response:
    """What a problem means, and what to do."""
    del visitor
    body = problem_body(code)
    if body is None:
        raise NotFound(detail="There is no such problem.")
    return page(request, "public/problem.html", code=code, body=body)
