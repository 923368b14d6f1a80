"""What is kept, and the log of every change to it. Nothing changes without its entry."""

from enclave.store.store import Clock, Store

__all__ = ["Clock", "Store"]
