"""Adding to the register: incidents, publications, and whom a school itself gives data to."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field as Setting
from pydantic import StringConstraints
from starlette.responses import Response

from enclave.actions.note_register import NewNote, note_register
from enclave.problems.service import Forbidden, NotFound
from enclave.transparency.notes import NoteKind
from enclave.web import schemas
from enclave.web.answers import json_answer
from enclave.web.documented import SIGNED_IN, WITH_BODY, gives
from enclave.web.routes.public import NOTE
from enclave.web.service import Caller, TheService

router = APIRouter(tags=["overseers"])
Short = Annotated[str, StringConstraints(min_length=1, max_length=200)]


NoteKindName = Literal["incident", "publication", "provider"]


class NoteBody(schemas.Body):
    """`about`: a project, or for a provider the code of a school. A provider without a text is one no longer.

    Of a provider `text` is what they are given, and `why` what for.
    """

    kind: NoteKindName = Setting(examples=["publication"])
    about: Short
    title: Short
    text: Annotated[str, StringConstraints(max_length=2_000)]
    why: Annotated[str, StringConstraints(max_length=2_000)] = ""
    url: Annotated[str, StringConstraints(max_length=500, pattern="^(https://[^ ]+)?$")] = ""


@router.post(
    "/register/notes",
    status_code=201,
    responses=gives(201, schemas.Anything, NOTE, Forbidden, NotFound, *SIGNED_IN, *WITH_BODY),
)
def add_note(body: NoteBody, asker: Caller, service: TheService) -> Response:
    """Add a line to the register. It stays in the record: it cannot be taken out, only followed by another."""
    new = NewNote(NoteKind(body.kind), body.about, body.title, body.text, body.why, body.url)
    return json_answer(note_register(asker, new, service.desk).as_json(), status=201)
