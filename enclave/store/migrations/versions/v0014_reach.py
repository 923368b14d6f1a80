"""Whose records queries reach."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reach_definitions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("data_version", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("inputs", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reach_definitions")),
        sa.UniqueConstraint("name", name=op.f("uq_reach_definitions_name")),
    )
    op.create_index(op.f("ix_reach_definitions_data_version"), "reach_definitions", ["data_version"])
    op.create_table(
        "reach_uses",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.Column("query_id", sa.BigInteger(), nullable=True),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("shown", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition"], ["reach_definitions.id"], name=op.f("fk_reach_uses_definition_reach_definitions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reach_uses")),
    )
    op.create_index(op.f("ix_reach_uses_definition_id"), "reach_uses", ["definition", "id"])
    op.create_index(op.f("ix_reach_uses_project_id"), "reach_uses", ["project", "id"])
