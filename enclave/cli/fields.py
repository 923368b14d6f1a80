"""`enclave fields`."""

from enclave.cli.edge import guarded
from enclave.cli.options import Home


@guarded
def fields(home: Home) -> None:
    """fields."""
