"""Sketches of the numbers of a reservation, sealed: for the index, which need not open their populations."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "ledger_reservations", sa.Column("sketches", sa.LargeBinary(), nullable=False, server_default="")
    )
