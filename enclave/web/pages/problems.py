"""A problem as a page, for whoever came with a browser. Programs get RFC 9457 documents."""

from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enclave.problems import Fault, Problem, Refusals
from enclave.problems.http import SignInRefused, Unauthenticated
from enclave.problems.service import SignInAgain
from enclave.web.pages.rendering import page
from enclave.web.problem_json import answer_to, problem_response

PROGRAMS = ("/api/", "/dev/", "/audit/", "/healthz")


def wants_page(request: Request) -> bool:
    """Whether the answer is for a person: not below the API, and asked for as a page."""
    return not request.url.path.startswith(PROGRAMS) and "text/html" in request.headers.get("accept", "")


def told(request: Request, error: Problem | Refusals) -> Response:
    """The answer that a call ends in which was refused, as a page or as a document."""
    if not wants_page(request):
        return answer_to(error, request_id=request.state.request_id)
    if isinstance(error, Unauthenticated) and request.method == "GET":
        return _to_sign_in(request)
    return told_all(request, [error] if isinstance(error, Problem) else error.problems)


def _to_sign_in(request: Request) -> Response:
    """To where one signs in, and back from there. A part of a page that is asked for takes the whole page there."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    address = f"/sign-in?{urlencode({'next': path})}"
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def told_all(request: Request, problems: Sequence[Problem]) -> Response:
    if not wants_page(request):
        return problem_response(problems, request_id=request.state.request_id)
    plain = problem_response(problems, request_id=request.state.request_id)
    answer = page(
        request,
        "layout/problem.html",
        status=plain.status_code,
        problems=problems,
        sign_in=_again(request, problems[0]),
        request_id=request.state.request_id,
    )
    for name in ("retry-after", "www-authenticate"):
        if name in plain.headers:
            answer.headers[name] = plain.headers[name]
    return answer


def _again(request: Request, problem: Problem) -> str | None:
    """Where one signs in, if that helps, and back from there to the page that sent the form."""
    if not isinstance(problem, SignInAgain | Unauthenticated | SignInRefused):
        return None
    came_from = urlsplit(request.headers.get("referer", ""))
    path = came_from.path + (f"?{came_from.query}" if came_from.query else "")
    asked = {"next": path} if came_from.netloc == request.headers.get("host") else {}
    return f"/sign-in?{urlencode(asked | ({'again': 'true'} if isinstance(problem, SignInAgain) else {}))}"


def told_fault(request: Request, fault_id: str) -> Response:
    """An error of ours. The page needs nothing of the service but its stylesheet: anything else may be what broke."""
    detail = f"Something went wrong on our side; nothing was released. Report {fault_id}."
    return told_all(request, [Fault(detail=detail, fault_id=fault_id)])
