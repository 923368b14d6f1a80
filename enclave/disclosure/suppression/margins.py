"""Tables with all their margins as systems: what a CUBE gives."""

from itertools import product

import numpy as np

from enclave.disclosure.suppression.system import Equation, Floats, Places, System


def full_table(inner: Floats, *, costs: Floats | None = None) -> System:
    """The table with every margin; the last place of each side is its total. A cell costs its value, or 1."""
    for side in range(inner.ndim):
        inner = np.concatenate([inner, inner.sum(axis=side, keepdims=True)], axis=side)
    places = np.arange(inner.size).reshape(inner.shape)
    equations = tuple(
        equation for side in range(inner.ndim) for equation in _along(np.moveaxis(places, side, -1))
    )
    values = inner.ravel().astype(np.float64)
    return System(values, np.maximum(values, 1) if costs is None else costs, equations)


def _along(places: Places) -> list[Equation]:
    lines = product(*(range(size) for size in places.shape[:-1]))
    return [Equation(int(places[line][-1]), tuple(places[line][:-1].tolist())) for line in lines]
