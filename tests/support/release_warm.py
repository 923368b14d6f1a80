"""What each process of `release_run` would make anew, made once before they are forked."""

from tests.support import release_run
from tests.support.service import policies, world

policies()
world(7, 200)

__all__ = ["release_run"]
