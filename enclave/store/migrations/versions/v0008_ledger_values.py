"""The values of the numbers of a reservation, sealed: to be shown again over a newer version of the data."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "ledger_reservations", sa.Column("told", sa.LargeBinary(), nullable=False, server_default="")
    )
