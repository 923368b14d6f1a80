"""The tamper-evident log: what is recorded of every act, and how anybody can tell that none was changed."""

from enclave.audit.entries import Entry, Json, Kind
from enclave.audit.files import RecordChanged
from enclave.audit.keys import make_audit_key, read_audit_key
from enclave.audit.log import AuditLog
from enclave.audit.notes import Checkpoint

__all__ = [
    "AuditLog",
    "Checkpoint",
    "Entry",
    "Json",
    "Kind",
    "RecordChanged",
    "make_audit_key",
    "read_audit_key",
]
