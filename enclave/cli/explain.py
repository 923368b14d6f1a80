"""`enclave explain`."""

from enclave.cli.edge import guarded
from enclave.cli.options import Home


@guarded
def explain(home: Home) -> None:
    """explain."""
