"""What is asked with each question is found without reading all that ever was asked."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_queries_project_created_at", "queries", ["project", "created_at"])
    op.create_index("ix_audit_inside_project_kind_at", "audit_inside", ["project", "kind", "at"])
    op.create_index("ix_reach_uses_query_id", "reach_uses", ["query_id"])
