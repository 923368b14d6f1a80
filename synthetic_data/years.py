"""The calendar of the panel: one warm-up year, which nobody sees, and three that are written.

Time inside the panel counts terms: `term = 3 * year + place`, both from 0, the warm-up year included. The
warm-up gives the first census its leavers, its off-roll rows and its history.
"""

from __future__ import annotations

import numpy as np

from synthetic_data.arrays import Days, Ints, day

YEARS = ("2021/22", "2022/23", "2023/24", "2024/25")
WARM_UP = 1  # years before the first that is written
WRITTEN = YEARS[WARM_UP:]
FIRST_SCALED_YEAR = (
    2015  # scaled scores of Key stage 2 begin in 2015/16: the first year that is written of anything
)
TERMS = ("AUT", "SPR", "SUM")
TERMS_A_YEAR = len(TERMS)
ALL_TERMS = len(YEARS) * TERMS_A_YEAR

CENSUS_DATES: Days = np.array(
    (
        ("2021-10-07", "2022-01-20", "2022-05-19"),
        ("2022-10-06", "2023-01-19", "2023-05-18"),
        ("2023-10-05", "2024-01-18", "2024-05-16"),
        ("2024-10-03", "2025-01-16", "2025-05-15"),
    ),
    dtype="datetime64[D]",
).ravel()
REPORTING_YEARS = (2023, 2024, 2025)  # children looked after: the year that ends on 31 March

RECEPTION = 0  # a year group is a number: 0 is Reception, 1 is Year 1, -1 and -2 are the nursery years
OLDEST_GROUP = 14
YOUNGEST_GROUP = -2
GROUP_CODES = ("N1", "N2", "R", *(str(group) for group in range(1, OLDEST_GROUP + 1)))


def year_named(start: int) -> str:
    """2022 gives 2022/23."""
    return f"{start}/{(start + 1) % 100:02d}"


def first_september(year: int) -> np.datetime64:
    """The first day of a panel year, by its place in YEARS."""
    return day(f"{YEARS[year][:4]}-09-01")


def years_before(days: Days, when: np.datetime64 | Days) -> Ints:
    """Whole years from `days` to `when`: an age."""
    return months_before(days, when) // 12


def months_before(days: Days, when: np.datetime64 | Days) -> Ints:
    """Whole months from `days` to `when`."""
    then, now = days.astype("datetime64[M]"), np.asarray(when).astype("datetime64[M]")
    short = day_of_month(days) > day_of_month(np.asarray(when, dtype="datetime64[D]"))
    months: Ints = (now - then).astype(np.int64) - short
    return months


def day_of_month(days: Days) -> Ints:
    number: Ints = (days.astype("datetime64[D]") - days.astype("datetime64[M]")).astype(np.int64) + 1
    return number


def month_of(days: Days) -> Ints:
    return days.astype("datetime64[M]").astype(np.int64) % 12 + 1


def year_of(days: Days) -> Ints:
    return days.astype("datetime64[Y]").astype(np.int64) + 1970
