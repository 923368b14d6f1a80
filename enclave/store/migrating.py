"""Bringing a database up to date, whoever comes first: in one transaction, under the writers' lock."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from enclave.problems import Problem
from enclave.store.database import writing

MIGRATIONS = Path(__file__).parent / "migrations"
HEAD = "0024"
VERSION_TABLE = "alembic_version"


class DatabaseTooNew(Problem):
    code = "database-too-new"
    title = "The database was written by a newer version of the program"
    status = 500


def bring_up_to_date(engine: Engine) -> None:
    """Run the migrations that the database does not have yet.

    Raises:
        DatabaseTooNew: it has one that this program does not know.
    """
    with engine.connect() as connection:
        if _revision(connection) == HEAD:
            return
    with writing(engine) as connection:
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    from alembic import command  # it takes a third of a second, and is needed once
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    there = _revision(connection)
    if there is not None and there not in known:
        raise DatabaseTooNew(detail=f"It is at {there}, and this program knows up to {HEAD}.")
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))
    return None if found is None else str(found)
