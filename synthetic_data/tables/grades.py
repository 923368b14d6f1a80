"""GCSE grades from a latent score."""

from __future__ import annotations

import numpy as np

from synthetic_data.arrays import Floats, Ints
from synthetic_data.calibration import calibration

BEST_GRADE = 9
SLOTS = 10  # Attainment 8 counts ten grades: English and mathematics twice
SUBJECT_NOISE = 0.95  # of a grade, beside what all subjects share


def grade_points(latent: Floats, rng: np.random.Generator, *, mean: float | None = None) -> Ints:
    """Whole grades 0 (ungraded) to 9, at the national mean of a grade unless another is given."""
    average = calibration().value("att8_mean") if mean is None else mean
    spread = calibration().value("att8_sd") / SLOTS
    noise = rng.normal(0, SUBJECT_NOISE, len(latent))
    return np.clip(np.rint(average / SLOTS + spread * latent + noise), 0, BEST_GRADE).astype(np.int64)
