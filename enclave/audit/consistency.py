"""That a newer tree begins with an older one (RFC 9162, section 2.1.4.2), as one checks it who has both roots.

It shares no code with what makes the proofs (`tree`).
"""

import hashlib
from collections.abc import Sequence

from enclave.audit.verify import Head


def verify_consistency(old: Head, new: Head, path: Sequence[bytes]) -> bool:
    """RFC 9162, section 2.1.4.2: the newer tree begins with the older one."""
    if old.size == new.size:
        return not path and old.root == new.root
    if not 0 < old.size < new.size or not path:
        return False
    hashes = [old.root, *path] if old.size & (old.size - 1) == 0 else list(path)
    place, last = old.size - 1, new.size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = hashes[0]
    for other in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = _node_hash(other, first), _node_hash(other, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = _node_hash(second, other)
        place, last = place >> 1, last >> 1
    return last == 0 and first == old.root and second == new.root


def _node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
