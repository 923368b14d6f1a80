"""Changes to a refused query that would let it be asked. Every one is tried by planning the changed query.

Nothing here decides what may be asked: a proposal is a guess at what the reader meant, and the planner judges it. So a
bad proposal costs a moment and is never seen.
"""

from enclave.query.fixes.case import Around, Attempt, Tried
from enclave.query.fixes.trying import with_fixes

__all__ = ["Around", "Attempt", "Tried", "with_fixes"]
