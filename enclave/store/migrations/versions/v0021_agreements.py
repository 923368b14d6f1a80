"""What takes two people, held by the database too: widenings of the policies, retractions, decisions of cases."""

import sqlalchemy as sa
from alembic import op

from enclave.store.agreement_tables import agreement_rules
from enclave.store.rights_tables import decision_rules

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("written_by", sa.Text()),
        sa.Column("second", sa.Text()),
        sa.Column("second_at", sa.BigInteger()),
        sa.CheckConstraint("id > 0", name=op.f("ck_agreements_id")),
        sa.CheckConstraint("second <> first", name=op.f("ck_agreements_two_people")),
        sa.CheckConstraint("second <> written_by", name=op.f("ck_agreements_not_its_author")),
        sa.CheckConstraint("(second IS NULL) = (second_at IS NULL)", name=op.f("ck_agreements_agreed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
    )
    op.create_index(op.f("ix_agreements_matter_about"), "agreements", ["matter", "about"])
    dialect = op.get_bind().dialect.name
    for rule in (*agreement_rules(dialect), *decision_rules(dialect)):
        op.execute(rule)
