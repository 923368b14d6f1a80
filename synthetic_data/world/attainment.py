"""What people achieve: one latent score from which both key stages are drawn.

A person's key stage 2 result is fixed, whenever it was taken, because key stage 4 is measured against it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_data.arrays import NOBODY, Flags, Floats, Ints
from synthetic_data.calibration import calibration
from synthetic_data.streams import Streams
from synthetic_data.world.care import Care
from synthetic_data.world.circumstances import PLAN, SUPPORT, Circumstances
from synthetic_data.world.ethnicity import Ethnicities
from synthetic_data.world.people import People
from synthetic_data.world.places import Areas, deprivation_z
from synthetic_data.world.sites import Sites
from synthetic_data.years import WARM_UP, YEARS, month_of

# In standard deviations of attainment. FSM and group interact: poverty costs some groups much less.
POOR = -0.46
DEPRIVED = -0.08  # for each standard deviation of the area's log score
SUPPORTED, PLANNED = -0.82, -2.0
LOOKED_AFTER = -0.8
ABSENT = -0.50  # for each standard deviation of the person's part of absence
TROUBLED = -0.16  # for each unit of log conduct
PRIMARY_QUALITY, SECONDARY_QUALITY = 0.22, 0.30
ABILITY = 0.78
BY_GROUP = {
    "WBRI": 0.0, "WIRI": 0.25, "WIRT": -0.8, "WROM": -1.2, "WOTH": 0.15, "MWBC": -0.15, "MWBA": 0.1, "MWAS": 0.4,
    "MOTH": 0.2, "AIND": 0.8, "APKN": 0.12, "ABAN": 0.4, "AOTH": 0.5, "BCRB": -0.15, "BAFR": 0.3, "BOTH": 0.05,
    "CHNE": 1.1, "OOTH": 0.3, "UNCL": 0.0,
}  # fmt: skip
POOR_BY_GROUP = {
    "WBRI": -0.22, "ABAN": 0.32, "CHNE": 0.3, "APKN": 0.22, "BAFR": 0.2, "AIND": 0.05, "BCRB": 0.1, "OOTH": 0.25
}  # fmt: skip
GIRLS = {"read": 0.2, "maths": -0.06, "gps": 0.22, "write": 0.35}
SUMMER_BORN = -0.3  # August against September, at eleven
SUBJECTS = ("read", "maths", "gps", "write")
SUBJECT_NOISE = 0.57
YEAR_6 = 6
SCORE_LEAST, SCORE_MOST, EXPECTED, HIGHER = 80, 120, 100, 110
# Those below the tests have no score: what is left is higher and narrower than the whole, which is put right here.
UNSCORED_PULL, UNSCORED_SPREAD = 0.75, 1.14
BELOW_TESTS = -1.75  # of the latent score: people below the standard of the tests


@dataclass(frozen=True, slots=True)
class Attainment:
    latent: Floats  # standard: what both key stages share
    scores: dict[str, Floats]  # latent by subject at key stage 2, standard
    below: Flags  # below the tests of key stage 2

    def scaled(self, subject: str) -> Ints:
        """The scaled score of key stage 2, for everybody; `below` and absence hide it elsewhere."""
        mean = calibration().value(f"ks2_{subject}_score_mean")
        spread = calibration().value(f"ks2_{subject}_score_sd")
        whole = np.rint(mean - UNSCORED_PULL + UNSCORED_SPREAD * spread * self.scores[subject])
        return np.clip(whole, SCORE_LEAST, SCORE_MOST).astype(np.int64)


def attainment(
    people: People,
    lives: Circumstances,
    found: Areas,
    known: Ethnicities,
    schools: Sites,
    primary: Ints,
    care: Care,
    streams: Streams,
) -> Attainment:
    rng = streams.of("attainment")
    year = np.clip(YEAR_6 - people.group + WARM_UP, 0, len(YEARS) - 1)
    everyone = np.arange(len(people))
    effects = group_effects(known, lives.minor[everyone, year], lives.ever_6[everyone, year])
    effects += need_effects(lives.provision[everyone, year])
    effects += DEPRIVED * deprivation_z(found)[lives.home[everyone, year]]
    effects += LOOKED_AFTER * care.ever + ABSENT * people.attendance
    effects += TROUBLED * np.log(people.conduct + 0.02)
    month = (month_of(people.born) - 9) % 12
    latent = _standard(effects + SUMMER_BORN * month / 11 + ABILITY * people.ability)
    taught = latent + PRIMARY_QUALITY * schools.quality[primary]
    scores = {
        subject: _standard(
            taught + GIRLS[subject] * people.girl + SUBJECT_NOISE * rng.standard_normal(len(people))
        )
        for subject in SUBJECTS
    }
    below = (latent < BELOW_TESTS) | ((lives.provision[everyone, year] == PLAN) & lives.special)
    return Attainment(latent, scores, below & (primary != NOBODY))


def group_effects(known: Ethnicities, minor: Ints, poor: Flags) -> Floats:
    """What group and means add together, in standard deviations."""
    base = np.array([BY_GROUP.get(code, 0.0) for code in known.minor.values])
    interaction = np.array([POOR_BY_GROUP.get(code, 0.0) for code in known.minor.values])
    return base[minor] + poor * (POOR + interaction[minor])


def need_effects(provision: Ints) -> Floats:
    return np.select([provision == SUPPORT, provision == PLAN], [SUPPORTED, PLANNED], 0.0)


def _standard(values: Floats) -> Floats:
    scores: Floats = (values - values.mean()) / values.std()
    return scores
