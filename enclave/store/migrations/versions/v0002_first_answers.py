"""What a call with a key was answered first, sealed, beside what it made."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("answers", sa.Column("answer", sa.LargeBinary(), nullable=True))
