"""Whose records queries reached: definitions, each kept once, and which query of which project used them.

The rows are written before the engine is asked, so that no run is without them. The entry of a query's end tells a hash
over them (`reach_telling`).
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    false,
)

from enclave.store.columns import Instant, JsonText, Words
from enclave.store.tables import METADATA, QUERY

REACH_DEFINITIONS = Table(
    "reach_definitions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("data_version", Text, nullable=False, index=True),
    Column("unit", Text, nullable=False),
    Column("statement", JsonText, nullable=False),
    Column("inputs", LargeBinary, nullable=False),
)

REACH_USES = Table(
    "reach_uses",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("definition", Integer, ForeignKey("reach_definitions.id"), nullable=False),
    Column("query_id", QUERY),
    Column("project", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("fields", Words, nullable=False),
    Column("shown", Boolean, nullable=False, server_default=false()),
    Index(None, "definition", "id"),
    Index(None, "query_id"),
    Index(None, "project", "id"),
)
