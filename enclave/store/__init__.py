"""What is kept, and the log of every change to it. Nothing changes without its entry."""

from enclave.store.checking import Checked, check_database_at
from enclave.store.consents import consents_at
from enclave.store.database import sqlite_url
from enclave.store.store import Clock, Store

__all__ = ["Checked", "Clock", "Store", "check_database_at", "consents_at", "sqlite_url"]
