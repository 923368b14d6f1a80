"""The release workflow beside outputs and votes: baskets, moves, threads, and looks afterwards. Rows are only added."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from enclave.store.columns import Instant
from enclave.store.tables import METADATA, OUTPUT, REQUEST

REQUESTS = Table(
    "requests",
    METADATA,
    Column("id", REQUEST, primary_key=True, autoincrement=False),
    Column("project", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Instant, nullable=False),
    CheckConstraint("id > 0", name="id"),
    Index(None, "project", "id"),
)

MOVES = Table(
    "moves",
    METADATA,
    Column("output_id", OUTPUT, ForeignKey("outputs.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", Text, nullable=False),
    Column("round", Integer, nullable=False),
    PrimaryKeyConstraint("output_id", "version"),
)

COMMENTS = Table(
    "comments",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("output_id", OUTPUT, ForeignKey("outputs.id"), nullable=False, index=True),
    Column("round", Integer, nullable=False),
    Column("person", Text, nullable=False),
    Column("by_checker", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("reply_to", Integer, ForeignKey("comments.id")),
    Column("cell_row", Integer),
    Column("cell_column", Text),
)

DRAWN = Table(
    "drawn",
    METADATA,
    Column("output_id", OUTPUT, ForeignKey("outputs.id"), primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
)

LOOKS = Table(
    "looks",
    METADATA,
    Column("output_id", OUTPUT, ForeignKey("drawn.output_id"), nullable=False),
    Column("person", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("finding", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("output_id", "person"),
)

SEEDED = Table(
    "seeded_results",
    METADATA,
    Column("output_id", OUTPUT, ForeignKey("outputs.id"), primary_key=True, autoincrement=False),
    Column("table", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("report", LargeBinary, nullable=False),
    Column("table_hash", Text, nullable=False),
    Column("report_hash", Text, nullable=False),
)
