"""What is wrong with real data, each fault behind a switch with its rate.

The rates are those which researchers meet in the real collections. `NO_QUIRKS` makes clean data: one record
per person, term and year, nothing missing that should be there.
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """Rates from 0 (off) to 1. What each counts stands beside it."""

    dual_registration: float = 0.003  # of people on roll in a year: a second, subsidiary registration
    off_roll: float = 0.3  # of those who change school in summer: still returned by the old one in autumn
    off_roll_movers: float = 1.0  # of those who change school or leave in mid-year: the same
    upn_changed: float = 0.03  # of persons: another number before some year
    upn_temporary: float = 0.002  # of rows
    split_person: float = 0.001  # of persons: a second reference and number from some year on
    ethnicity_changed: float = 0.0075  # of persons, each year
    sen_type_missing: float = 0.02  # of rows with a provision
    home_missing: float = 0.005  # of rows: no postcode, no area
    date_implausible: float = 0.001  # of rows: entry before birth; of off-roll rows: no leaving date
    year_group_odd: float = 0.001  # of persons: a year above or below their age
    repeated_results: float = 0.005  # of people in a key-stage table: a second row from another school
    not_scored: float = 0.01  # of key stage 2 results: absent, beside those below the tests
    cla_unmatched: float = 0.28  # of looked-after children: no pupil record
    cla_second_authority: float = 0.02  # of looked-after pupils: a second child number with another authority
    name_variant: float = 0.01  # of rows: another spelling, names swapped, or day and month swapped
    conversion: float = 0.04  # of schools: closed and opened again as an academy in the panel

    def __post_init__(self) -> None:
        for field in fields(self):
            if not 0 <= getattr(self, field.name) <= 1:
                raise ValueError(f"{field.name} is a rate: from 0 to 1")


NO_QUIRKS = Quirks(
    dual_registration=0,
    off_roll=0,
    off_roll_movers=0,
    upn_changed=0,
    upn_temporary=0,
    split_person=0,
    ethnicity_changed=0,
    sen_type_missing=0,
    home_missing=0,
    date_implausible=0,
    year_group_odd=0,
    repeated_results=0,
    not_scored=0,
    cla_unmatched=0,
    cla_second_authority=0,
    name_variant=0,
    conversion=0,
)
