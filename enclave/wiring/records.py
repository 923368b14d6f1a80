"""The record of a home: its database, its log, and the key that signs it."""

import secrets
from pathlib import Path

from enclave.audit import AuditLog, read_audit_key
from enclave.audit.leaves import SALT_BYTES
from enclave.store import Clock, Store
from enclave.wiring.home import Home

DATABASE, AUDIT = "enclave.db", "audit"


def database_url(home: Home) -> str:
    return f"sqlite:///{home.state / DATABASE}"


def audit_folder(home: Home) -> Path:
    """The public files of the log: what may be served to anybody as it is."""
    return home.state / AUDIT


def open_records(home: Home, *, clock: Clock, url: str | None = None) -> Store:
    """The store of the home, or the one at `url` where several gateways share a database.

    Raises:
        RecordChanged: the database is not what the log has signed. Nothing is opened.
    """
    log = AuditLog(audit_folder(home), read_audit_key(home.keys))
    return Store.open(url or database_url(home), log=log, clock=clock, new_salt=_new_salt)


def _new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)
