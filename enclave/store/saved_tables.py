"""Texts that researchers keep. A row goes when its person removes it, or with the project's data."""

from sqlalchemy import CheckConstraint, Column, Table, Text, UniqueConstraint

from enclave.store.columns import Instant, Numbered
from enclave.store.tables import METADATA

KEPT_TEXTS = "saved queries"
"""The counter of texts: they go when their person removes them, and their numbers are not given again."""

SAVED = Table(
    "saved_queries",
    METADATA,
    Column("id", Numbered("S"), primary_key=True, autoincrement=False),
    Column("project", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sql", Text, nullable=False),
    Column("at", Instant, nullable=False),
    CheckConstraint("id > 0", name="id"),
    UniqueConstraint("project", "person", "name"),
)
