"""Put on record that somebody signed in, before they are let do anything."""

from enclave.actions.asker import Asker
from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Entry, Kind
from enclave.outputs.keeping import Change


def record_sign_in(asker: Asker, desk: ServiceDesk, *, issuer: str) -> None:
    """One entry for one access token. The token itself is nowhere on record."""
    roles = sorted(role.value for role in asker.roles)
    desk.write(
        Entry(Kind.SIGN_IN, asker.person, None, body={"issuer": issuer, "roles": roles}), _nothing_more
    )


def _nothing_more(_change: Change) -> None:
    """The entry is all there is to write."""
