"""Corrections of records that were granted, for the next data version."""

import sqlalchemy as sa
from alembic import op

from enclave.store.rights_tables import correction_rules

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rights_corrections",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["rights_cases.id"], name=op.f("fk_rights_corrections_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_corrections")),
    )
    op.create_index(op.f("ix_rights_corrections_case_id"), "rights_corrections", ["case_id"], unique=False)
    for rule in correction_rules(op.get_bind().dialect.name):
        op.execute(rule)
