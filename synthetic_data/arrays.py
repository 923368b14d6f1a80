"""The array types of this package, and the few ways of drawing from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]  # whole days

NOBODY = -1  # an index that points at nothing: no school, no area, no type


def weighted(rng: np.random.Generator, weights: Sequence[float] | Floats, size: int) -> Ints:
    """`size` indices into `weights`, each as often as its weight."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    index: Ints = np.searchsorted(edges, rng.random(size) * edges[-1], side="right").clip(0, len(edges) - 1)
    return index


def weighted_rows(rng: np.random.Generator, weights: Floats) -> Ints:
    """One index per row of `weights`, each as often as its weight in that row."""
    edges = np.cumsum(weights, axis=1)
    drawn = rng.random(len(weights)) * edges[:, -1]
    index: Ints = (drawn[:, None] >= edges).sum(axis=1).clip(0, weights.shape[1] - 1)
    return index


def rank_within(groups: Ints, order: npt.NDArray[np.generic]) -> Ints:
    """The place of each element in its group, 0 for the first by `order`; ties keep their position."""
    sorting = np.lexsort((order, groups))
    ordered = groups[sorting]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    lengths = np.diff(np.r_[starts, len(ordered)])
    places = np.empty(len(groups), dtype=np.int64)
    places[sorting] = np.arange(len(groups)) - np.repeat(starts, lengths)
    return places


def standardised(values: Floats) -> Floats:
    """Mean 0 and standard deviation 1; all zeros where nothing varies."""
    spread = values.std()
    return (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")
