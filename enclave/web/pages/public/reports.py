"""What each cluster (a school) and area is told once a year, for everybody: found by name, read as it was written."""

from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from enclave.problems.service import NotFound
from enclave.transparency.languages import ENGLISH
from enclave.transparency.published import MOST_FOUND, Of
from enclave.transparency.report_pages import Kind
from enclave.transparency.report_print import page_pdf
from enclave.web.editions import Code, OfYear, Search, Spoken, edition, one_of
from enclave.web.pages.rendering import HTML, page
from enclave.web.pages.visitor import Anybody
from enclave.web.service import TheService
from enclave.wiring.publishing import file_name, published_page

router = APIRouter(include_in_schema=False)

FILE_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Of a page that stands by itself: its style is in it, and it has no script."""


class Form(StrEnum):
    HTML = "html"
    PDF = "pdf"


Wanted = Annotated[Form, Query(alias="format")]
NAMES: Final = {
    Kind.REPORT: "How information was used",
    Kind.CHILDREN: "The same for children",
    Kind.NOTICE: "Privacy notice",
    Kind.CHILDREN_NOTICE: "Privacy notice for children",
}


@router.get("/reports")
def reports(
    request: Request,
    visitor: Anybody,
    service: TheService,
    search: Search = "",
    year: OfYear = None,
    lang: Spoken = ENGLISH,
) -> Response:
    """A search for a place by its name or code."""
    del visitor
    found = edition(service, year, lang)
    return page(
        request,
        "public/reports.html",
        edition=found,
        asked=f"?year={found.index.year}&lang={found.language}" if found else "",
        found=found.index.search(search) if found else (),
        search=search,
        most=MOST_FOUND,
    )


@router.get("/reports/{of}/{code}")
def place(
    request: Request,
    of: Of,
    code: Code,
    visitor: Anybody,
    service: TheService,
    year: OfYear = None,
    lang: Spoken = ENGLISH,
) -> Response:
    """The pages that there are of one place."""
    del visitor
    found, item = one_of(service, of, code, year, lang)
    return page(
        request,
        "public/place.html",
        edition=found,
        item=item,
        names=NAMES,
        asked=f"?year={found.index.year}&lang={found.language}",
    )


@router.get("/reports/{of}/{code}/{kind}")
def report(
    of: Of,
    code: Code,
    kind: Kind,
    visitor: Anybody,
    service: TheService,
    year: OfYear = None,
    lang: Spoken = ENGLISH,
    wanted: Wanted = Form.HTML,
) -> Response:
    """One page, as it was written; or the same page as PDF."""
    del visitor
    found, item = one_of(service, of, code, year, lang)
    text = published_page(service.gateway.home, found.index.year, found.language, item, kind)
    if text is None:
        raise NotFound(detail="There is no such page.")
    headers = {"Content-Language": found.language, "Content-Security-Policy": FILE_POLICY}
    if wanted is Form.PDF:
        name = f"{kind.value}-{file_name(item.code)}-{found.index.year}.pdf"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return Response(page_pdf(text), headers=headers, media_type="application/pdf")
    return Response(text, headers=headers, media_type=HTML)
