"""Webhooks, and what they are to be told: written with what happened, gone when it was told."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Table, Text

from enclave.outputs.hooks import HookState
from enclave.store.columns import Instant, JsonText, Numbered, Word
from enclave.store.tables import METADATA

HOOK, EVENT = Numbered("W"), Numbered("E")
EVENTS = "hook events"
"""The counter of events: they go, and their numbers are not given again."""

HOOKS = Table(
    "hooks",
    METADATA,
    Column("id", HOOK, primary_key=True, autoincrement=False),
    Column("project", Text),
    Column("person", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("salt", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("state", Word(HookState), nullable=False),
    Column("reason", Text, nullable=False),
    Column("failures", BigInteger, nullable=False),
    Column("failing_since", Instant),
    Column("delivered_at", Instant),
    CheckConstraint("id > 0", name="id"),
    Index(None, "person", "id"),
    Index(None, "state", "project"),
)

HOOK_EVENTS = Table(
    "hook_events",
    METADATA,
    Column("id", EVENT, primary_key=True, autoincrement=False),
    Column("hook_id", HOOK, ForeignKey("hooks.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("body", JsonText, nullable=False),
    CheckConstraint("id > 0", name="id"),
    Index(None, "hook_id", "id"),
)
