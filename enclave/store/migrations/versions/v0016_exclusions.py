"""Those who objected, in the order in which it came into force."""

import sqlalchemy as sa
from alembic import op

from enclave.store.rights_tables import exclusion_rules

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rights_exclusions",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["rights_cases.id"], name=op.f("fk_rights_exclusions_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_exclusions")),
    )
    op.create_index(op.f("ix_rights_exclusions_case_id"), "rights_exclusions", ["case_id"], unique=False)
    for rule in exclusion_rules(op.get_bind().dialect.name):
        op.execute(rule)
