"""Echelon forms that nobody looks at, in little room: of their residues three in a hundred are not 0.

A project that asks for tables by school has tens of thousands of forms, and a question looks at a few.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from enclave.disclosure.ledger.atoms import Whole
from enclave.disclosure.ledger.echelon import Echelon

FOLDED_FROM: Final = 256
"""Residues of a form that is worth it."""
Small: TypeAlias = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """A form by what is in its rows that is not 0. A value, like the form."""

    places: Small  # in the rows, one after the other
    residues: Small
    pivots: Whole
    width: int

    @property
    def rank(self) -> int:
        return len(self.pivots)


def folded(form: Echelon) -> Echelon | Folded:
    """The form in little room, or itself where that saves nothing."""
    size = form.rows.size
    if not FOLDED_FROM <= size <= np.iinfo(np.uint32).max:
        return form
    flat = form.rows.reshape(-1)
    places = flat.nonzero()[0]
    return Folded(places.astype(np.uint32), flat[places].astype(np.uint32), form.pivots, form.width)


def unfolded(form: Echelon | Folded) -> Echelon:
    """The very form that was folded."""
    if isinstance(form, Echelon):
        return form
    rows = np.zeros(form.rank * (form.width + form.rank), dtype=np.int64)
    rows[form.places] = form.residues
    return Echelon(rows.reshape(form.rank, form.width + form.rank), form.pivots, form.width)
