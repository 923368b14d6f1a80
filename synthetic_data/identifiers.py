"""Numbers and codes that look right and cannot be anybody's.

A pupil number has an authority part `0xx`, which is never issued; a learner number starts with 99999; postcodes
start with ZZ, area codes with E99 (E98, E97 and E96 for the larger and smaller ones), school numbers with 900000,
establishment numbers and provider numbers with 9.

Limit: a learner number's check digit does not hold. Under 99999 only 9,091 valid numbers exist.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from synthetic_data.arrays import Ints
from synthetic_data.columns import Cells, either, fixed_text

UPN_LETTERS = np.frombuffer(b"ABCDEFGHJKLMNPQRTUVWXYZ", dtype=np.uint8)  # without I, O and S
UPN_WEIGHTS = np.arange(2, 14)
POSTCODE_LETTERS = np.frombuffer(b"ABDEFGHJLNPQRSTUWXYZ", dtype=np.uint8)
HEX = np.frombuffer(b"0123456789ABCDEF", dtype=np.uint8)
FIRST_URN = 900_000
FIRST_UKPRN = 99_000_000
FIRST_TRUST = 990_000
FIRST_ESTABLISHMENT = 9_000
LEARNER_NUMBERS = 100_000  # under the prefix

Letters = npt.NDArray[np.uint8]


def digits(values: Ints, width: int) -> Letters:
    """Decimal digits, leading zeros kept: a row of ASCII codes per value."""
    places = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (values[:, None] // places % 10 + ord("0")).astype(np.uint8)


def text(letters: str, rows: int) -> Letters:
    return np.repeat(np.frombuffer(letters.encode("ascii"), dtype=np.uint8)[None, :], rows, axis=0)


def prefixed(prefix: str, values: Ints, width: int) -> Cells:
    """A prefix and a number of fixed width."""
    return fixed_text(np.hstack([text(prefix, len(values)), digits(values, width)]))


def references(serial: Ints, prefix: str, key: int) -> Cells:
    """Meaningless references of 18 characters: different for different serials, without their order."""
    mixed = _scrambled(serial.astype(np.uint64) + np.uint64(key))
    nibbles = mixed[:, None] >> np.arange(60, -4, -4, dtype=np.uint64) & np.uint64(15)
    return fixed_text(np.hstack([text(prefix, len(serial)), HEX[nibbles.astype(np.int64)]]))


def _scrambled(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele and others, 2014): one to one on 64 bits."""
    values = (values ^ values >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ values >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return values ^ values >> np.uint64(31)


def pupil_numbers(serial: Ints, year: Ints) -> Cells:
    """Unique pupil numbers: check letter, authority 0xx, establishment, year of first entry, serial."""
    return fixed_text(_with_check(_upn_digits(serial, year)))


def temporary_pupil_numbers(serial: Ints, year: Ints) -> Cells:
    """The same with a letter at the end, which marks a number as temporary."""
    found = _with_check(_upn_digits(serial, year))
    found[:, -1] = UPN_LETTERS[serial % len(UPN_LETTERS)]
    return fixed_text(found)


def _upn_digits(serial: Ints, year: Ints) -> Letters:
    authority = digits(serial // 9_000_000 % 100, 2)
    establishment = digits(serial // 1000 % 9000 + 1000, 4)
    zero = text("0", len(serial))
    return np.hstack([zero, authority, establishment, digits(year % 100, 2), digits(serial % 1000, 3)])


def _with_check(body: Letters) -> Letters:
    total = ((body.astype(np.int64) - ord("0")) * UPN_WEIGHTS).sum(axis=1)
    return np.hstack([UPN_LETTERS[total % len(UPN_LETTERS)][:, None], body])


def learner_numbers(serial: Ints) -> Cells:
    """Numbers under 99999; null once the hundred thousand are used up."""
    return either(serial < LEARNER_NUMBERS, prefixed("99999", serial % LEARNER_NUMBERS, 5))


def postcodes(area: Ints, street: Ints) -> Cells:
    """`ZZ12 3AB`: the area gives the district and sector, the street the rest."""
    letters = POSTCODE_LETTERS
    size = len(letters)
    parts = [
        text("ZZ", len(area)),
        digits(area // 10 % 90 + 10, 2),
        text(" ", len(area)),
        digits(area % 10, 1),
        letters[street % size][:, None],
        letters[street // size % size][:, None],
    ]
    return fixed_text(np.hstack(parts))


def area_codes(area: Ints) -> Cells:
    return prefixed("E99", area, 6)


def middle_area_codes(area: Ints) -> Cells:
    return prefixed("E98", area, 6)


def output_area_codes(area: Ints) -> Cells:
    return prefixed("E97", area, 6)


def constituency_codes(number: Ints) -> Cells:
    return prefixed("E96", number, 6)
