"""The tables of the ledger. A change here needs a migration; a test compares the two."""

from sqlalchemy import (
    BigInteger,
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
    false,
)

from enclave.outputs.ledger import NumbersState
from enclave.store.columns import Instant, Word, Words
from enclave.store.tables import METADATA, QUERY

CLOCK = "ledger"
"""The counter that orders everything in the ledger."""

RESERVATIONS = Table(
    "ledger_reservations",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("changed", BigInteger, nullable=False, unique=True),
    Column("at", Instant, nullable=False),
    Column("project", Text, nullable=False),
    Column("query_id", QUERY, ForeignKey("queries.id")),
    Column("data_version", Text, nullable=False),
    Column("state", Word(NumbersState), nullable=False),
    Column("judged_seq", BigInteger, nullable=False),
    Column("judged_projects", Words, nullable=False),
    Column("digest", LargeBinary, nullable=False, server_default=""),
    Column("sketches", LargeBinary, nullable=False, server_default=""),
    Column("told", LargeBinary, nullable=False, server_default=""),
    Column("gaps", Words, nullable=False, server_default="[]"),
    CheckConstraint("id > 0 AND seq >= id AND changed >= seq", name="order"),
    CheckConstraint("judged_seq < changed", name="judged"),
    Index(None, "project", "seq"),
    Index(None, "query_id"),
    Index(None, "state", "changed"),
)
"""`id`, `seq` and `changed` are of one clock: when a reservation was made, made last, and last changed.
`sketches` are the histograms of all its numbers, `told` what was shown of each and as what it lasts; both sealed.
`gaps` are when it was freed and when reserved anew, as 12-15, oldest first."""

NUMBERS = Table(
    "ledger_numbers",
    METADATA,
    Column("reservation", BigInteger, ForeignKey("ledger_reservations.id"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("identity", LargeBinary, nullable=False),
    Column("statistic", Text, nullable=False),
    Column("censuses", Text, nullable=False),
    Column("kinds", Text, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("clusters", Text, nullable=False),
    Column("parts", LargeBinary, nullable=False),
    Column("years", Text, nullable=False),
    Column("tables", Text, nullable=False),
    Column("hidden", Text, nullable=False),
    Column("labels", LargeBinary, nullable=False),
    Column("visible", LargeBinary, nullable=False),
    Column("flagged", Text, nullable=False, server_default=""),
    Column("rows_only", Boolean, nullable=False, server_default=false()),
    PrimaryKeyConstraint("reservation", "place"),
)
"""`clusters` are clusters, each with the parts of it that are touched; `parts` are two populations of each, by name.
`flagged` is the rule that left a number to checkers; of what is `rows_only` nobody knows how many units it is of."""

POPULATIONS = Table(
    "ledger_populations",
    METADATA,
    Column("name", LargeBinary, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

MEMBERS = Table(
    "ledger_members",
    METADATA,
    Column("project", Text, nullable=False),
    Column("is_person", Boolean, nullable=False),
    Column("who", Text, nullable=False),
    Column("since", Instant, nullable=False),
    PrimaryKeyConstraint("project", "is_person", "who"),
    Index(None, "is_person", "who"),
)
"""Everybody who ever was on a project, and every organisation that ever had a part in one. Nobody is taken off."""

SECRETS = Table(
    "ledger_secret",
    METADATA,
    Column("check", LargeBinary, primary_key=True),
)
"""Which secret the populations are sealed with: one row."""
