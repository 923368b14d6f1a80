"""The outbox: notices on their way to people, a row for each channel."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, UniqueConstraint

from enclave.outputs.notices import Channel, LetterState
from enclave.store.columns import Instant, JsonText, Word
from enclave.store.tables import METADATA

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("channel", Word(Channel), nullable=False),
    Column("person", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text),
    Column("body", JsonText, nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", Word(LetterState), nullable=False),
    Column("failures", BigInteger, nullable=False),
    Column("next_at", Instant, nullable=False),
    UniqueConstraint("channel", "person", "key"),
    Index(None, "state", "next_at"),
)
