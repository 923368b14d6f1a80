"""The proof that a release is in the public log."""

from collections.abc import Callable

from enclave.actions.asker import Asker
from enclave.actions.outputs_seen import output_for
from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Kind
from enclave.outputs.permissions import Act
from enclave.outputs.records import OutputId
from enclave.problems.service import NotReleased


def release_proof(
    asker: Asker, id: OutputId, desk: ServiceDesk, *, proof: Callable[[int], str | None]
) -> str:
    """A proof of the entry of the release, for anybody to check.

    Raises:
        NotFound.
        NotReleased: there is no such entry.
    """
    output_for(asker, id, Act.READ, desk)
    with desk.records.read() as reading:
        entries = reading.entries_about(id)
    released = [entry.seq for entry in entries if entry.kind == Kind.OUTPUT_RELEASED]
    found = proof(released[-1]) if released else None
    if found is None:
        raise NotReleased(detail=f"{id} has not been released, so there is nothing to prove.")
    return found
