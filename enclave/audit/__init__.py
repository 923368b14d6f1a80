"""The tamper-evident log: what is recorded of every act, and how anybody can tell that none was changed."""

from enclave.audit.entries import Entry, Json, Kind

__all__ = ["Entry", "Json", "Kind"]
