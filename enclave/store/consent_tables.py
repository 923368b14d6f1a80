"""The register of consents. A row is added, and once it is withdrawn; nothing else ever happens to it."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Table, Text

from enclave.store.columns import Day, Instant, Numbered, Words
from enclave.store.tables import METADATA

CONSENTS = Table(
    "consents",
    METADATA,
    Column("id", Numbered("G"), primary_key=True, autoincrement=False),
    Column("unit", Text, nullable=False),
    Column("person", BigInteger, nullable=False),
    Column("purposes", Words, nullable=False),
    Column("recipients", Words, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("given_on", Day, nullable=False),
    Column("expires_on", Day),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("withdrawn_by", Text),
    Column("withdrawn_at", Instant),
    CheckConstraint("id > 0", name="id"),
    CheckConstraint("person > 0", name="person"),
    CheckConstraint("(withdrawn_by IS NULL) = (withdrawn_at IS NULL)", name="withdrawn"),
    Index(None, "unit", "person"),
)
