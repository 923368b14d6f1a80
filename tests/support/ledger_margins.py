"""Margins of made-up censuses, entered as the ledger enters them."""

from collections.abc import Sequence

from enclave.disclosure.ledger.counted import CensusRows
from enclave.disclosure.ledger.margins import Margins, margins_of


def entered(censuses: Sequence[CensusRows], by: Sequence[tuple[str, ...]], *, min_units: int) -> Margins:
    """All margins of some censuses, and who is in a table over several of them."""
    found = margins_of(censuses, by, min_units=min_units)
    return Margins([part for part in found.values() if part is not None])
