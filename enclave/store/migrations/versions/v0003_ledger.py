"""The ledger: what was shown to whom, and what the database itself refuses to do to it."""

import sqlalchemy as sa
from alembic import op

from enclave.store.ledger_rules import ledger_rules_for

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _reservations()
    _numbers()
    op.create_table(
        "ledger_members",
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("is_person", sa.Boolean(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project", "is_person", "who", name=op.f("pk_ledger_members")),
    )
    op.create_index(op.f("ix_ledger_members_is_person_who"), "ledger_members", ["is_person", "who"])
    op.create_table(
        "ledger_secret",
        sa.Column("check", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("check", name=op.f("pk_ledger_secret")),
    )
    for rule in ledger_rules_for(op.get_bind().dialect.name):
        op.execute(rule)


def _reservations() -> None:
    op.create_table(
        "ledger_reservations",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("query_id", sa.BigInteger(), nullable=True),
        sa.Column("data_version", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("judged_seq", sa.BigInteger(), nullable=False),
        sa.Column("judged_projects", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "id > 0 AND seq >= id AND changed >= seq", name=op.f("ck_ledger_reservations_order")
        ),
        sa.CheckConstraint("judged_seq < changed", name=op.f("ck_ledger_reservations_judged")),
        sa.ForeignKeyConstraint(["query_id"], ["queries.id"], name=op.f("fk_ledger_reservations_query_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_reservations")),
        sa.UniqueConstraint("seq", name=op.f("uq_ledger_reservations_seq")),
        sa.UniqueConstraint("changed", name=op.f("uq_ledger_reservations_changed")),
    )
    op.create_index(op.f("ix_ledger_reservations_project_seq"), "ledger_reservations", ["project", "seq"])
    op.create_index(op.f("ix_ledger_reservations_query_id"), "ledger_reservations", ["query_id"])


def _numbers() -> None:
    op.create_table(
        "ledger_numbers",
        sa.Column("reservation", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("statistic", sa.Text(), nullable=False),
        sa.Column("censuses", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("clusters", sa.Text(), nullable=False),
        sa.Column("parts", sa.LargeBinary(), nullable=False),
        sa.Column("years", sa.Text(), nullable=False),
        sa.Column("tables", sa.Text(), nullable=False),
        sa.Column("hidden", sa.Text(), nullable=False),
        sa.Column("labels", sa.LargeBinary(), nullable=False),
        sa.Column("visible", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reservation"], ["ledger_reservations.id"], name=op.f("fk_ledger_numbers_reservation")
        ),
        sa.PrimaryKeyConstraint("reservation", "place", name=op.f("pk_ledger_numbers")),
    )
    op.create_table(
        "ledger_populations",
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ledger_populations")),
    )
