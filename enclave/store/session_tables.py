"""Sessions of browsers, and access tokens that were shown. A row goes when it is over; the log has it."""

from sqlalchemy import Boolean, Column, Index, LargeBinary, PrimaryKeyConstraint, Table, Text

from enclave.store.columns import Instant
from enclave.store.tables import METADATA

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("id_hash", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "person", "opened_at"),
    Index(None, "seen_at"),
)

TOKENS = Table(
    "tokens",
    METADATA,
    Column("issuer", Text, nullable=False),
    Column("token_id", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used", Boolean, nullable=False),
    Column("ended", Boolean, nullable=False),
    PrimaryKeyConstraint("issuer", "token_id"),
    Index(None, "expires_at"),
)
