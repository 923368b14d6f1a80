"""Cases of people about their own records, and every opening of the vault."""

import sqlalchemy as sa
from alembic import op

from enclave.store.rights_tables import rights_rules

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rights_cases",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("through", sa.Text(), nullable=False),
        sa.Column("on_behalf", sa.Boolean(), nullable=False),
        sa.Column("received_on", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Text(), nullable=False),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id > 0", name=op.f("ck_rights_cases_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_cases")),
    )
    op.create_index(op.f("ix_rights_cases_state"), "rights_cases", ["state"], unique=False)
    op.create_table(
        "rights_lookups",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_role", sa.Text(), nullable=False),
        sa.Column("allowed_by", sa.Text(), nullable=False),
        sa.Column("allowed_role", sa.Text(), nullable=False),
        sa.CheckConstraint("asked_by <> allowed_by", name=op.f("ck_rights_lookups_two_people")),
        sa.CheckConstraint("asked_role <> allowed_role", name=op.f("ck_rights_lookups_two_roles")),
        sa.ForeignKeyConstraint(["case_id"], ["rights_cases.id"], name=op.f("fk_rights_lookups_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_lookups")),
    )
    op.create_index(op.f("ix_rights_lookups_case_id"), "rights_lookups", ["case_id"], unique=False)
    for rule in rights_rules(op.get_bind().dialect.name):
        op.execute(rule)
