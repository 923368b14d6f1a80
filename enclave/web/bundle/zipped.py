"""The bundle as a zip, for a program and for a person alike."""

import io
import zipfile
from datetime import datetime
from typing import Final

from starlette.responses import Response

from enclave.actions.asker import Asker
from enclave.actions.read_outputs import output_table, read_query
from enclave.actions.release_proof import release_proof
from enclave.outputs.records import OutputId
from enclave.web.bundle.contents import Release, contents
from enclave.web.conditions import entity_tag
from enclave.web.service import Service

MEDIA_TYPE: Final = "application/zip"
READABLE: Final = 0o644 << 16
LOG_KEY: Final = "log.vkey"


def bundle_answer(asker: Asker, id: OutputId, service: Service) -> Response:
    """The bundle of a release, recorded as downloaded before it is given.

    Raises:
        NotFound, Forbidden, NotReleased, Revoked.
    """
    found = output_table(asker, id, service.desk)
    release = Release(
        output=found.output,
        kept=found.kept,
        sql=read_query(asker, found.output.query, service.desk).sql,
        proof=release_proof(asker, id, service.desk, proof=service.gateway.store.proof),
        log_key=(service.gateway.audit_folder / LOG_KEY).read_text("utf-8"),
    )
    headers = {
        "ETag": entity_tag(found.output.etag),
        "Content-Disposition": f'attachment; filename="{found.output.id}.zip"',
    }
    return Response(zipped(release), headers=headers, media_type=MEDIA_TYPE)


def zipped(release: Release) -> bytes:
    """All files in a folder of the output's name, with the time of the release as theirs."""
    released = datetime.fromisoformat(release.manifest["released_at"])
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as bundle:
        for name, content in contents(release).items():
            entry = zipfile.ZipInfo(f"{release.output.id}/{name}", released.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = READABLE
            bundle.writestr(entry, content)
    return made.getvalue()
