"""Bringing a database up to date."""

from sqlalchemy import Engine, inspect

from enclave.store.database import SQLITE, writing
from enclave.store.rules import postgresql_rules, sqlite_rules
from enclave.store.tables import METADATA, QUERIES


def bring_up_to_date(engine: Engine) -> None:
    with writing(engine) as connection:
        if inspect(connection).has_table(QUERIES.name):
            return
        METADATA.create_all(connection)
        for rule in sqlite_rules() if engine.dialect.name == SQLITE else postgresql_rules():
            connection.exec_driver_sql(rule)
