"""What the linear audit costs: one system of 1,000 atoms and rank 500, the largest that a base of 5,000 units may have.

Every number is the union of about half of the atoms, drawn at random: an ordinary table is kinder, since its cells are
few atoms each.
"""

from dataclasses import dataclass

import numpy as np

from benchmarks.measure import Times, timed
from enclave.disclosure.ledger.linear import System
from enclave.disclosure.ledger.numbers import Labels, labels_of

UNITS, ATOMS, RANK, NEW = 5_000, 1_000, 500, 40
MIN_UNITS = 10


@dataclass(frozen=True, slots=True)
class LinearAudit:
    """Milliseconds to judge one new number, and to rebuild the system from the record."""

    judged: Times
    rebuilt: float
    rank: int


def linear_audit(*, units: int = UNITS, atoms: int = ATOMS, rank: int = RANK, new: int = NEW) -> LinearAudit:
    """Rebuild a system of `rank` random numbers, and judge `new` more one after the other."""
    draw = np.random.default_rng(1)
    atom_of = np.sort(draw.integers(0, atoms, units))
    recorded = [_number(draw, atom_of, atoms) for _ in range(rank)]
    system = System(min_units=MIN_UNITS, most_rank=None)
    rebuilt = timed(lambda: _rebuild(system, recorded))
    judged = []
    for _ in range(new):
        labels = _number(draw, atom_of, atoms)
        judged.append(timed(lambda: system.judge(labels, labels)))  # noqa: B023 - called at once
    return LinearAudit(Times(tuple(judged)), rebuilt, system.rank)


def _number(draw: np.random.Generator, atom_of: np.ndarray, atoms: int) -> Labels:
    inside = draw.random(atoms) < 0.5
    return labels_of(np.flatnonzero(inside[atom_of]))


def _rebuild(system: System, recorded: list[Labels]) -> int:
    for labels in recorded:
        system.add(labels, labels)
    return system.rank
