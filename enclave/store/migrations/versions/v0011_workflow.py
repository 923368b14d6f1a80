"""The release workflow, complete: baskets, moves, threads, looks afterwards, two people to revoke."""

import sqlalchemy as sa
from alembic import op

from enclave.store.workflow_rules import workflow_rules_for

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _columns()
    _requests_and_moves()
    _comments()
    _looks()
    for rule in workflow_rules_for(op.get_bind().dialect.name):
        op.execute(rule)


def _columns() -> None:
    for name in ("request_id", "supersedes", "superseded_by", "revocation_at"):
        op.add_column("outputs", sa.Column(name, sa.BigInteger(), nullable=True))
    for name in ("revocation_by", "revocation_confirmed_by"):
        op.add_column("outputs", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("outputs", _flag("seeded"))
    op.create_index(op.f("ix_outputs_request_id"), "outputs", ["request_id"], unique=False)
    op.add_column("reviews", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    op.add_column("reviews", _flag("carried"))


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _requests_and_moves() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id > 0", name=op.f("ck_requests_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    op.create_index(op.f("ix_requests_project_id"), "requests", ["project", "id"], unique=False)
    op.create_table(
        "moves",
        _output(),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["output_id"], ["outputs.id"], name=op.f("fk_moves_output_id")),
        sa.PrimaryKeyConstraint("output_id", "version", name=op.f("pk_moves")),
    )


def _comments() -> None:
    op.create_table(
        "comments",
        sa.Column("id", sa.Integer(), nullable=False),
        _output(),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("by_checker", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reply_to", sa.Integer(), nullable=True),
        sa.Column("cell_row", sa.Integer(), nullable=True),
        sa.Column("cell_column", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["output_id"], ["outputs.id"], name=op.f("fk_comments_output_id")),
        sa.ForeignKeyConstraint(["reply_to"], ["comments.id"], name=op.f("fk_comments_reply_to")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index(op.f("ix_comments_output_id"), "comments", ["output_id"], unique=False)


def _looks() -> None:
    op.create_table(
        "drawn",
        sa.Column("output_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["output_id"], ["outputs.id"], name=op.f("fk_drawn_output_id")),
        sa.PrimaryKeyConstraint("output_id", name=op.f("pk_drawn")),
    )
    op.create_table(
        "looks",
        _output(),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["output_id"], ["drawn.output_id"], name=op.f("fk_looks_output_id")),
        sa.PrimaryKeyConstraint("output_id", "person", name=op.f("pk_looks")),
    )
    op.create_table(
        "seeded_results",
        sa.Column("output_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("table", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=False),
        sa.Column("table_hash", sa.Text(), nullable=False),
        sa.Column("report_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["output_id"], ["outputs.id"], name=op.f("fk_seeded_results_output_id")),
        sa.PrimaryKeyConstraint("output_id", name=op.f("pk_seeded_results")),
    )


def _output() -> sa.Column[int]:
    return sa.Column("output_id", sa.BigInteger(), nullable=False)
