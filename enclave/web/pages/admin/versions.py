"""The versions of the policies, and what a proposed one would change. It is applied with `enclave policy apply`."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enclave.actions.compare_policies import compare
from enclave.actions.oversee import require_overseer
from enclave.documents import Findings
from enclave.outputs.checking.line_changes import excerpts
from enclave.problems.service import NotFound
from enclave.terms.changes import Effect
from enclave.web.pages.rendering import page
from enclave.web.pages.sign_in.entering import AFTERWARDS
from enclave.web.pages.visitor import Visitor
from enclave.web.service import TheService
from enclave.wiring.oversight import changed_files, folder_in_force, policy_versions, proposed, replayed
from enclave.wiring.policy_confirm import confirm_signed_in, may_confirm
from enclave.wiring.policy_versions import version_in_force

router = APIRouter(include_in_schema=False)

MOST_FILES: Final = 50
Number = Annotated[int, Path(ge=1, le=999_999)]
Name = Annotated[str, Path(pattern=r"^(files|\d{1,6})$")]
Replays = Annotated[str, Query(pattern="^(yes|no)$")]


@router.get("/oversight/versions")
def versions(request: Request, visitor: Visitor, service: TheService) -> Response:
    """Every version that was applied or waits, the latest first."""
    require_overseer(visitor, service.desk)
    home, now = service.gateway.home, service.desk.clock.now()
    return page(
        request,
        "admin/versions.html",
        versions=policy_versions(home),
        current=version_in_force(home, now),
        now=now,
    )


@router.post("/oversight/versions/{number}/confirm")
def confirm(number: Number, visitor: Visitor, service: TheService) -> Response:
    """A second administrator agrees to a version that waits."""
    confirm_signed_in(visitor, number, service.gateway.home, service.desk)
    return RedirectResponse(f"/oversight/versions/{number}", AFTERWARDS)


@router.get("/oversight/versions/{name}")
def version(
    request: Request, name: Name, visitor: Visitor, service: TheService, replay: Replays = "no"
) -> Response:
    """What a version, or the files as they stand, would change of what is in force."""
    policies = require_overseer(visitor, service.desk)
    home, now = service.gateway.home, service.desk.clock.now()
    try:
        found = proposed(home, name, now)
    except Findings as wrong:
        return page(request, "admin/findings.html", name=name, findings=wrong.findings, status=409)
    if found is None:
        raise NotFound(detail="There is no such version.")
    comparison = compare(policies, found.policies)
    files = changed_files(folder_in_force(home, now), found.folder)
    met = None
    if replay == "yes":
        with service.desk.records.read() as reading:
            met = replayed(reading, policies, found.policies, now)
    return page(
        request,
        "admin/version.html",
        name=name,
        version=found.version,
        proposal=found.policies,
        comparison=comparison,
        effects=[(effect, [one for one in comparison.changes if one.effect is effect]) for effect in ORDER],
        files=[(file.name, excerpts(file.lines)) for file in files[:MOST_FILES]],
        more_files=max(len(files) - MOST_FILES, 0),
        met=met,
        may_confirm=found.version is not None and may_confirm(visitor, found.version, service.desk),
        current=version_in_force(home, now),
    )


ORDER: Final = (Effect.WIDENS, Effect.NARROWS, Effect.SAME)
