"""Put on record that somebody signed in or out, before they are let do anything."""

from enclave.actions.asker import Asker
from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Entry, Kind
from enclave.outputs.keeping import Change
from enclave.people.sessions import Session
from enclave.people.tokens import ShownToken
from enclave.terms import PersonId


class TokenTwice(Exception):
    """Another access token was shown under this one's name, or this one has been signed out."""


def record_sign_in(asker: Asker, shown: ShownToken, desk: ServiceDesk) -> None:
    """One entry for one access token, whatever gateway it comes to. The token itself is nowhere on record.

    Raises:
        TokenTwice
    """
    with desk.records.read() as reading:
        kept = reading.token(shown.issuer, shown.token_id)
    if kept is None:
        kept = desk.write(_signed_in(asker, shown.issuer), lambda opened: opened.add_token(shown))
    if kept.ended or kept.digest != shown.digest:
        raise TokenTwice


def end_token(asker: Asker, shown: ShownToken, desk: ServiceDesk) -> None:
    """The token is good for nothing any more. Safe to repeat."""
    entry = Entry(Kind.SIGN_OUT, asker.person, None)
    desk.write(entry, lambda opened: opened.end_token(shown.issuer, shown.token_id))


def open_session(
    asker: Asker, new: Session, desk: ServiceDesk, *, issuer: str, in_place_of: str | None
) -> None:
    """Keep the session of a browser, with its entry. The one that the browser had before is over."""

    def change(opened: Change) -> None:
        if in_place_of is not None:
            opened.end_session(in_place_of)
        opened.add_session(new)

    desk.write(_signed_in(asker, issuer), change)


def end_session(person: PersonId | None, id_hash: str, desk: ServiceDesk) -> None:
    """The browser is signed out from now on. Safe to repeat."""
    desk.write(Entry(Kind.SIGN_OUT, person, None), lambda opened: opened.end_session(id_hash))


def _signed_in(asker: Asker, issuer: str) -> Entry:
    roles = sorted(role.value for role in asker.roles)
    return Entry(Kind.SIGN_IN, asker.person, None, body={"issuer": issuer, "roles": roles})
