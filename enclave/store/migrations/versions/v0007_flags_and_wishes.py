"""Which numbers were left to checkers, and which queries their askers sent to checkers."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ledger_numbers", sa.Column("flagged", sa.Text(), nullable=False, server_default=""))
    op.add_column("queries", sa.Column("wanted", sa.Text(), nullable=False, server_default="ordinary"))
