"""What Alembic runs: the migrations, in the transaction that `bring_up_to_date` has begun."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=False)
context.run_migrations()
