"""The copy of a record as a file, for a program and for a person alike: kept by nobody on the way."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from enclave.actions.asker import Asker
from enclave.actions.give_copy import CopyForm, draw_copy
from enclave.rights.cases import CaseId
from enclave.web.service import Service

WantedForm = Annotated[CopyForm, Query(alias="format", description="How the copy is written.")]


def copy_answer(asker: Asker, case: str, wanted: CopyForm, service: Service) -> Response:
    """
    Raises:
        NotFound, Forbidden, Conflict
    """
    drawn = draw_copy(asker, CaseId(case), wanted, service.desk, service.gateway.rights)
    headers = {
        "Content-Disposition": f'attachment; filename="{drawn.name}"',
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    return Response(drawn.content, headers=headers, media_type=drawn.media)
