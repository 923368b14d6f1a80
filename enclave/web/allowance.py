"""What a project may still ask today, in the headers of a call that asks."""

from starlette.requests import Request

from enclave.actions.ask_query import read_allowance
from enclave.terms import ProjectId
from enclave.web.service import Service

SECONDS_A_DAY = 24 * 3600


def show_allowance(request: Request, service: Service, project: ProjectId) -> None:
    """Add the day's allowance to the `RateLimit` headers, beside the burst."""
    allowance = read_allowance(project, service.desk)
    if allowance is None:
        return
    left = max(0, allowance.limit - allowance.used)
    until = max(0, int((allowance.resets_at - service.desk.clock.now()).total_seconds()))
    headers = request.state.headers
    headers["RateLimit-Policy"] += f', "queries";q={allowance.limit};w={SECONDS_A_DAY}'
    headers["RateLimit"] += f', "queries";r={left};t={until}'
