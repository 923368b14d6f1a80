"""Protection levels: what an attacker has to hold possible of a cell that a primary rule hides."""

from enclave.disclosure.suppression.system import Primary


def below_threshold(cell: int, threshold: float, *, nobody: bool, alone: bool = False) -> Primary:
    """A count below the threshold: it may be one that could be shown, and one person, or nobody where zeros are hidden.

    The same for each count below it: what is hidden beside a cell must not depend on how many are in it.
    """
    return Primary(cell, 0.0 if nobody else 1.0, threshold, alone)


def around(cell: int, value: float, width: float, *, alone: bool = False) -> Primary:
    """A cell that is hidden for another reason than its size: it may be this much apart, half of it either way."""
    return Primary(cell, max(0.0, value - width / 2), value + width / 2, alone)


def by_percent(cell: int, value: float, percent: float, *, alone: bool = False) -> Primary:
    """A sum that the largest contributors dominate: it may be this share of it larger or smaller."""
    return around(cell, value, 2 * value * percent / 100, alone=alone)
