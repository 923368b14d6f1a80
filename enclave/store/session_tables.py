"""Sessions of browsers. A row goes when its session ends; that there was one is in the log."""

from sqlalchemy import Column, Index, LargeBinary, Table, Text

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
