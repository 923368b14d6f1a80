"""What was freed since a moment is found without reading all that ever was reserved."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_ledger_reservations_state_changed", "ledger_reservations", ["state", "changed"])
