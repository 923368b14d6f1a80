"""A form that changes something counts when it comes from a page of ours: a browser sends its cookie with others too.

Browsers say where a request comes from in two headers that no page can set, `Sec-Fetch-Site` and `Origin`. At least one
must be there, and each that is there must say that it was this site. A call with a bearer token says who makes it by
itself, which no browser does unasked; the API knows no cookie.
"""

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from enclave.problems.http import CrossSite
from enclave.web.service import CHANGES_NOTHING

NO_COOKIES: Final = ("/api/", "/dev/")
FROM_ELSEWHERE: Final = (
    "This form came from another site, so nothing was done. Open the page here, and send it from there."
)


async def same_site(request: Request) -> None:
    """
    Raises:
        CrossSite: the request would change something, and does not show that it comes from a page of this service.
    """
    if request.method in CHANGES_NOTHING or request.url.path.startswith(NO_COOKIES):
        return
    if "authorization" in request.headers and "cookie" not in request.headers:
        return
    sites, origins = (request.headers.getlist(name) for name in ("sec-fetch-site", "origin"))
    if not sites and not origins:
        raise CrossSite(detail=FROM_ELSEWHERE)
    if any(site != "same-origin" for site in sites) or any(not _ours(one, request) for one in origins):
        raise CrossSite(detail=FROM_ELSEWHERE)


def _ours(origin: str, request: Request) -> bool:
    """Whether an origin is this service as the browser calls it; behind a proxy it is reached by https alone."""
    try:
        parts = urlsplit(origin)
        hosts = request.headers.getlist("host")
    except ValueError:
        return False
    secure = not request.app.state.service.gateway.loopback
    return [parts.netloc.lower()] == [host.lower() for host in hosts] and (
        parts.scheme == "https" or not secure
    )
