"""What a project may still ask today, in the headers of a call that asks."""

from starlette.requests import Request

from enclave.actions.ask_query import read_allowance
from enclave.actions.asker import Asker
from enclave.actions.checks_made import checks_left
from enclave.terms import ProjectId
from enclave.web.service import Service

SECONDS_A_DAY = 24 * 3600


def show_checks(request: Request, service: Service, asker: Asker, project: ProjectId) -> None:
    """Add what is left of checks at any speed to the `RateLimit` headers, beside the burst."""
    left = checks_left(asker, project, service.desk)
    headers = request.state.headers
    headers["RateLimit-Policy"] += f', "checks";q={left.limit};w={left.resets_in_seconds}'
    headers["RateLimit"] += f', "checks";r={left.free};t={left.resets_in_seconds}'


def show_allowance(request: Request, service: Service, project: ProjectId) -> None:
    """Add the day's allowance to the `RateLimit` headers, beside the burst."""
    allowance = read_allowance(project, service.desk)
    if allowance is None:
        return
    left = max(0, allowance.limit - allowance.used)
    cells = max(0, allowance.cells_limit - allowance.cells_used)
    until = max(0, int((allowance.resets_at - service.desk.clock.now()).total_seconds()))
    headers = request.state.headers
    headers["RateLimit-Policy"] += f', "queries";q={allowance.limit};w={SECONDS_A_DAY}'
    headers["RateLimit-Policy"] += f', "cells";q={allowance.cells_limit};w={SECONDS_A_DAY}'
    headers["RateLimit"] += f', "queries";r={left};t={until}, "cells";r={cells};t={until}'
