"""Answers that were never released can be emptied when their project is over."""

from alembic import op

from enclave.store.drafts import draft_rules

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for rule in draft_rules(op.get_bind().dialect.name):
        op.execute(rule)
