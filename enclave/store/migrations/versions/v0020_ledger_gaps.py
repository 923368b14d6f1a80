"""The ledger remembers when numbers were freed that were reserved anew later."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ledger_reservations", sa.Column("gaps", sa.Text(), nullable=False, server_default="[]"))
