"""`enclave check`."""

from enclave.cli.edge import guarded
from enclave.cli.options import Home


@guarded
def check(home: Home) -> None:
    """check."""
