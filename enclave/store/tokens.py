"""Access tokens that were shown, so that none comes twice where it may not, whichever gateway it comes to."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update

from enclave.people.tokens import ShownToken
from enclave.store.made import Made
from enclave.store.session_tables import TOKENS

TOKEN = Made(
    select(TOKENS).where(TOKENS.c.issuer == bindparam("issuer"), TOKENS.c.token_id == bindparam("token_id"))
)


def token(connection: Connection, issuer: str, token_id: str) -> ShownToken | None:
    return TOKEN.record(ShownToken, connection, issuer=issuer, token_id=token_id)


def add_token(connection: Connection, shown: ShownToken, now: datetime) -> ShownToken:
    """Keep it, unless one of its name is kept; returns the one that is. Those that have expired go."""
    before = token(connection, shown.issuer, shown.token_id)
    if before is not None:
        return before
    connection.execute(delete(TOKENS).where(TOKENS.c.expires_at < now))
    values = {name: getattr(shown, name) for name in TOKENS.c.keys()}  # noqa: SIM118 - no dictionary
    connection.execute(insert(TOKENS), values)
    return shown


def use_token(connection: Connection, issuer: str, token_id: str) -> bool:
    """Whether it was unused until now: of two who use it at once, one does."""
    unused = _here(issuer, token_id) & ~TOKENS.c.used & ~TOKENS.c.ended
    return connection.execute(update(TOKENS).where(unused).values(used=True)).rowcount == 1


def end_token(connection: Connection, issuer: str, token_id: str) -> None:
    connection.execute(update(TOKENS).where(_here(issuer, token_id)).values(ended=True))


def _here(issuer: str, token_id: str) -> ColumnElement[bool]:
    return (TOKENS.c.issuer == issuer) & (TOKENS.c.token_id == token_id)
