"""That one process serves a home, or works on it while none does."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from enclave.wiring.home import Home, WrongUse


@contextmanager
def nobody_serves(home: Home) -> Iterator[None]:
    """One gateway for a home: what another one left running can then only be a dead one's."""
    with (home.state / "gateway.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WrongUse(f"{home.root} is served by another process already") from None
        yield
