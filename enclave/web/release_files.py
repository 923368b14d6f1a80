"""The files of a release, for a program and for a person alike."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from enclave.actions.asker import Asker
from enclave.actions.read_outputs import ReleasedTable, output_table, read_output
from enclave.actions.service_desk import ServiceDesk
from enclave.outputs.records import OutputId
from enclave.outputs.views import OutputView
from enclave.problems.http import NotAcceptable
from enclave.web.answers import json_answer
from enclave.web.conditions import entity_tag
from enclave.web.service import Service
from enclave.web.tables import MEDIA_TYPES, Format, arrow_bytes, csv_bytes, parquet_bytes, records

NEEDS: Final[Mapping[Format, str]] = {Format.CSV: "csv", Format.PARQUET: "parquet", Format.ARROW: "parquet"}
"""What a project's policy must name for a file to be taken out. Looking at a release (`records`) takes nothing."""
FORMATS: Final = ("csv", "parquet", "json")


def file_answer(asker: Asker, id: OutputId, wanted: Format, service: Service) -> Response:
    """The table of a release in one format.

    Raises:
        NotFound, Forbidden, NotReleased, Revoked.
        NotAcceptable: the project does not take out files of this kind.
    """
    found = taken_out(asker, id, wanted, service.desk)
    headers = {"ETag": entity_tag(found.output.etag), "Vary": "Accept"}
    if wanted is Format.RECORDS:
        return json_answer(records(found.kept), headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{found.output.id}.{wanted.value}"'
    return Response(written(found, wanted), headers=headers, media_type=MEDIA_TYPES[wanted])


def taken_out(asker: Asker, id: OutputId, wanted: Format, desk: ServiceDesk) -> ReleasedTable:
    _may_take(wanted, read_output(asker, id, desk))
    return output_table(asker, id, desk)


def written(found: ReleasedTable, wanted: Format) -> bytes:
    about = dict(found.output.manifest or {})
    match wanted:
        case Format.PARQUET:
            return parquet_bytes(found.kept, about=about)
        case Format.ARROW:
            return arrow_bytes(found.kept, about=about)
        case Format.CSV | Format.RECORDS:
            return csv_bytes(found.kept)


def _may_take(wanted: Format, view: OutputView) -> None:
    """Whether the project may take files of this kind out. Of what is not released, that is said first."""
    needed = NEEDS.get(wanted)
    if needed is not None and view.formats and needed not in view.formats:
        raise NotAcceptable(
            detail=f"The project takes out {', '.join(view.formats)}, and not {wanted.value}."
        )
