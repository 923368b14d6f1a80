"""The first tables, and what the database itself refuses.

A later migration that changes the rules drops all of them and makes them anew.
"""

import sqlalchemy as sa
from alembic import op

from enclave.store.rules import rules_for

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _queries()
    _outputs()
    _log()
    for rule in rules_for(op.get_bind().dialect.name):
        op.execute(rule)


def _queries() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "queries",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("sql", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.Column("data_version", sa.Text(), nullable=False),
        sa.Column("route_checkers", sa.Integer(), nullable=False),
        sa.Column("route_reasons", sa.Text(), nullable=False),
        sa.Column("cells", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("output_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id > 0", name=op.f("ck_queries_id")),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name=op.f("ck_queries_progress")),
        sa.CheckConstraint("route_checkers >= 0", name=op.f("ck_queries_route")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queries")),
    )
    op.create_index(op.f("ix_queries_person_id"), "queries", ["person", "id"], unique=False)
    op.create_index(op.f("ix_queries_project_id"), "queries", ["project", "id"], unique=False)
    op.create_table(
        "results",
        sa.Column("query_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("table", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=False),
        sa.Column("table_hash", sa.Text(), nullable=False),
        sa.Column("report_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["query_id"], ["queries.id"], name=op.f("fk_results_query_id")),
        sa.PrimaryKeyConstraint("query_id", name=op.f("pk_results")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("query_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=True),
        sa.Column("heartbeat", sa.BigInteger(), nullable=True),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["query_id"], ["queries.id"], name=op.f("fk_jobs_query_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("query_id", name=op.f("uq_jobs_query_id")),
    )
    op.create_index(op.f("ix_jobs_state_id"), "jobs", ["state", "id"], unique=False)
    op.create_table(
        "answers",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", "key", name=op.f("pk_answers")),
    )
    op.create_index(op.f("ix_answers_at"), "answers", ["at"], unique=False)


def _outputs() -> None:
    op.create_table(
        "outputs",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("query_id", sa.BigInteger(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("sql_hash", sa.Text(), nullable=False),
        sa.Column("table_hash", sa.Text(), nullable=False),
        sa.Column("report_hash", sa.Text(), nullable=False),
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.Column("data_version", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("manifest", sa.Text(), nullable=True),
        sa.Column("tombstone", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id > 0", name=op.f("ck_outputs_id")),
        sa.CheckConstraint("k >= 0", name=op.f("ck_outputs_k")),
        sa.CheckConstraint("round >= 1", name=op.f("ck_outputs_round")),
        sa.ForeignKeyConstraint(["query_id"], ["queries.id"], name=op.f("fk_outputs_query_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outputs")),
    )
    op.create_index(op.f("ix_outputs_project_id"), "outputs", ["project", "id"], unique=False)
    op.create_index(op.f("ix_outputs_query_id"), "outputs", ["query_id"], unique=False)
    op.create_index(op.f("ix_outputs_state_id"), "outputs", ["state", "id"], unique=False)
    op.create_table(
        "parties",
        sa.Column("output_id", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["output_id"], ["outputs.id"], name=op.f("fk_parties_output_id")),
        sa.PrimaryKeyConstraint("output_id", "person", "organisation", name=op.f("pk_parties")),
    )
    op.create_table(
        "claims",
        sa.Column("output_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["output_id"], ["outputs.id"], name=op.f("fk_claims_output_id")),
        sa.PrimaryKeyConstraint("output_id", "round", "person", name=op.f("pk_claims")),
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("output_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("reviewer_organisation", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("hashes", sa.Text(), nullable=False),
        sa.Column("adjudicates", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["output_id"], ["outputs.id"], name=op.f("fk_reviews_output_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint(
            "output_id", "round", "reviewer", name=op.f("uq_reviews_output_id_round_reviewer")
        ),
    )


def _log() -> None:
    op.create_table(
        "audit_leaves",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq >= 0", name=op.f("ck_audit_leaves_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_leaves")),
    )
    op.create_table(
        "audit_inside",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("body_salt", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["seq"], ["audit_leaves.seq"], name=op.f("fk_audit_inside_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_inside")),
    )
    op.create_index(op.f("ix_audit_inside_actor_seq"), "audit_inside", ["actor", "seq"], unique=False)
    op.create_index(op.f("ix_audit_inside_kind_seq"), "audit_inside", ["kind", "seq"], unique=False)
    op.create_index(op.f("ix_audit_inside_project_seq"), "audit_inside", ["project", "seq"], unique=False)
    op.create_table(
        "audit_things",
        sa.Column("thing", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["audit_leaves.seq"], name=op.f("fk_audit_things_seq")),
        sa.PrimaryKeyConstraint("thing", "seq", name=op.f("pk_audit_things")),
    )
    op.create_table(
        "audit_salts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", "digest", name=op.f("pk_audit_salts")),
    )
