"""A hash of the numbers of a reservation, for the log to tell."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "ledger_reservations", sa.Column("digest", sa.LargeBinary(), nullable=False, server_default="")
    )
