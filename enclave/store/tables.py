"""The tables. A change here needs a migration; a test compares the two."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from enclave.outputs.records import JobState, QueryStatus, Wanted
from enclave.store.columns import Instant, JsonText, Numbered, Word, Words

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
QUERY, OUTPUT, REQUEST = Numbered("Q"), Numbered("O"), Numbered("R")

COUNTERS = Table(
    "counters",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
)

QUERIES = Table(
    "queries",
    METADATA,
    Column("id", QUERY, primary_key=True, autoincrement=False),
    Column("project", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("sql", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("status", Word(QueryStatus), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("policy_hash", Text, nullable=False),
    Column("data_version", Text, nullable=False),
    Column("route_checkers", Integer, nullable=False),
    Column("route_reasons", Words, nullable=False),
    Column("cells", BigInteger),
    Column("problem", JsonText),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("progress", Integer, nullable=False),
    Column("output_id", OUTPUT),
    Column("version", Integer, nullable=False),
    Column("wanted", Word(Wanted), nullable=False, server_default=Wanted.ORDINARY.value),
    CheckConstraint("id > 0", name="id"),
    CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
    CheckConstraint("route_checkers >= 0", name="route"),
    Index(None, "project", "id"),
    Index(None, "person", "id"),
    Index(None, "project", "created_at"),
)

RESULTS = Table(
    "results",
    METADATA,
    Column("query_id", QUERY, ForeignKey("queries.id"), primary_key=True, autoincrement=False),
    Column("table", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("report", LargeBinary, nullable=False),
    Column("table_hash", Text, nullable=False),
    Column("report_hash", Text, nullable=False),
)

OUTPUTS = Table(
    "outputs",
    METADATA,
    Column("id", OUTPUT, primary_key=True, autoincrement=False),
    Column("query_id", QUERY, ForeignKey("queries.id"), nullable=False),
    Column("project", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("k", Integer, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("sql_hash", Text, nullable=False),
    Column("table_hash", Text, nullable=False),
    Column("report_hash", Text, nullable=False),
    Column("policy_hash", Text, nullable=False),
    Column("data_version", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("released_at", Instant),
    Column("manifest", JsonText),
    Column("tombstone", JsonText),
    Column("version", Integer, nullable=False),
    Column("request_id", REQUEST),
    Column("supersedes", OUTPUT),
    Column("superseded_by", OUTPUT),
    Column("revocation_by", Text),
    Column("revocation_at", Instant),
    Column("revocation_confirmed_by", Text),
    Column("seeded", Boolean, nullable=False, server_default=false()),
    CheckConstraint("id > 0", name="id"),
    CheckConstraint("k >= 0", name="k"),
    CheckConstraint("round >= 1", name="round"),
    Index(None, "project", "id"),
    Index(None, "state", "id"),
    Index(None, "query_id"),
    Index(None, "request_id"),
)

PARTIES = Table(
    "parties",
    METADATA,
    Column("output_id", OUTPUT, ForeignKey("outputs.id"), nullable=False),
    Column("person", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    PrimaryKeyConstraint("output_id", "person", "organisation"),
)

REVIEWS = Table(
    "reviews",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("output_id", OUTPUT, ForeignKey("outputs.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("reviewer_organisation", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("hashes", JsonText, nullable=False),
    Column("adjudicates", Boolean, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("carried", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("output_id", "round", "reviewer"),
)

CLAIMS = Table(
    "claims",
    METADATA,
    Column("output_id", OUTPUT, ForeignKey("outputs.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("person", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("output_id", "round", "person"),
)

JOBS = Table(
    "jobs",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("query_id", QUERY, ForeignKey("queries.id"), nullable=False, unique=True),
    Column("state", Word(JobState), nullable=False),
    Column("taken_by", Text),
    Column("heartbeat", Instant),
    Column("cancel_asked", Boolean, nullable=False),
    Index(None, "state", "id"),
)

ANSWERS = Table(
    "answers",
    METADATA,
    Column("person", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("body_hash", Text, nullable=False),
    Column("response", JsonText, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("answer", LargeBinary),
    PrimaryKeyConstraint("person", "key"),
)

LEAVES = Table(
    "audit_leaves",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary, nullable=False),
    CheckConstraint("seq >= 0", name="seq"),
)

INSIDE = Table(
    "audit_inside",
    METADATA,
    Column("seq", BigInteger, ForeignKey("audit_leaves.seq"), primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("project", Text),
    Column("actor", Text),
    Column("body", Text),
    Column("body_salt", LargeBinary),
    Index(None, "kind", "seq"),
    Index(None, "project", "seq"),
    Index(None, "actor", "seq"),
    Index(None, "project", "kind", "at"),
)

THINGS = Table(
    "audit_things",
    METADATA,
    Column("thing", Text, nullable=False),
    Column("seq", BigInteger, ForeignKey("audit_leaves.seq"), nullable=False),
    PrimaryKeyConstraint("thing", "seq"),
)

SALTS = Table(
    "audit_salts",
    METADATA,
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    PrimaryKeyConstraint("name", "digest"),
)
