"""Tables with all their margins as systems: what a CUBE gives, and one by fields with levels."""

from collections.abc import Sequence
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


def nested_table(inner: Floats, groups: Sequence[int]) -> System:
    """The table with every margin, where the places of a side stand in so many groups that have totals, too.

    As nearly the same number in each, in order; a side with as many groups as places has none. Costs as `full_table`.
    """
    levels = []
    for side, count in enumerate(groups):
        size = inner.shape[side]
        parts = [tuple(some.tolist()) for some in np.array_split(np.arange(size), count)]
        sums = parts if count < size else []
        own = [(size + at, some) for at, some in enumerate(sums)]
        all_ = tuple(range(size, size + count)) if sums else tuple(range(size))
        levels.append([*own, (size + len(sums), all_)])
        for some in [*parts, range(size)] if sums else [range(size)]:
            more = inner.take(list(some), axis=side).sum(axis=side, keepdims=True)
            inner = np.concatenate([inner, more], axis=side)
    places = np.arange(inner.size).reshape(inner.shape)
    equations = [
        Equation(int(line[total]), tuple(line[list(some)].tolist()))
        for side, made in enumerate(levels)
        for line in np.moveaxis(places, side, -1).reshape(-1, inner.shape[side])
        for total, some in made
    ]
    values = inner.ravel().astype(np.float64)
    return System(values, np.maximum(values, 1), tuple(equations))


def _along(places: Places) -> list[Equation]:
    lines = product(*(range(size) for size in places.shape[:-1]))
    return [Equation(int(places[line][-1]), tuple(places[line][:-1].tolist())) for line in lines]
