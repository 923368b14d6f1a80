"""Which remembered numbers are sums of rows alone."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "ledger_numbers", sa.Column("rows_only", sa.Boolean(), nullable=False, server_default=sa.false())
    )
