"""Trackers in three and four parts: no two of the numbers differ by few, and all together tell a few, or one."""

from tests.attacks.sessions.asking import SPRING, Notes
from tests.attacks.sessions.scoring import Attack
from tests.attacks.sessions.targets import OTHERS, WARD, Formula, by, few_smokers, of_target
from tests.attacks.sessions.world import SMALL_WARD, TARGET_WARD, Numbers, four_hospitals, one_term

REGION = "patient p JOIN hospital h ON h.hospital_id = p.hospital_id"


def _region(notes: Notes, condition: str) -> Numbers:
    return notes.ask(
        f"SELECT h.region, count(*) AS n FROM {REGION} WHERE {SPRING} AND smoker AND {condition} GROUP BY h.region"
    )


def _hospitals(notes: Notes, *places: int) -> Numbers:
    return _region(notes, f"ward = {SMALL_WARD} AND h.place IN ({', '.join(map(str, places))})")


def _mixed(notes: Notes, *pairs: tuple[int, int]) -> Numbers:
    return _region(
        notes, "(" + " OR ".join(f"(h.place = {place} AND ward = {ward})" for place, ward in pairs) + ")"
    )


def _wards(notes: Notes, *wards: int) -> Numbers:
    return _region(notes, f"h.place = 1 AND ward IN ({', '.join(map(str, wards))})")


_PARTS: dict[str, Formula] = {
    "three lists of hospitals": lambda notes: (
        (_hospitals(notes, 1, 2) + _hospitals(notes, 1, 3) - _hospitals(notes, 2, 3)) / 2
    ),
    "four lists of hospitals": lambda notes: (
        (
            _hospitals(notes, 1, 2)
            + _hospitals(notes, 1, 3)
            + _hospitals(notes, 1, 4)
            - _hospitals(notes, 2, 3, 4)
        )
        / 3
    ),
    "three parts with OR": lambda notes: (
        (
            _mixed(notes, (1, SMALL_WARD), (2, 3))
            + _mixed(notes, (1, SMALL_WARD), (3, 3))
            - _mixed(notes, (2, 3), (3, 3))
        )
        / 2
    ),
    "four parts with OR": lambda notes: (
        (
            _mixed(notes, (1, SMALL_WARD), (2, 3))
            + _mixed(notes, (1, SMALL_WARD), (3, 3))
            + _mixed(notes, (1, SMALL_WARD), (4, 3))
            - _mixed(notes, (2, 3), (3, 3), (4, 3))
        )
        / 3
    ),
    "three lists of wards": lambda notes: (
        (_wards(notes, 1, SMALL_WARD) + _wards(notes, 2, SMALL_WARD) - _wards(notes, 1, 2)) / 2
    ),
    "four lists of wards": lambda notes: (
        (
            _wards(notes, 1, SMALL_WARD)
            + _wards(notes, 2, SMALL_WARD)
            + _wards(notes, 3, SMALL_WARD)
            - _wards(notes, 1, 2, 3)
        )
        / 3
    ),
}
PARTS = Attack(
    "trackers in three and four parts",
    "our measurement: no two of the parts differ by few",
    four_hospitals,
    few_smokers,
    {name: by(formula) for name, formula in _PARTS.items()},
)
AUDIT_ORACLE = Attack(
    "the audit as a zero oracle",
    "a rest of 1 to 9 is denied and a rest of 0 is not: our measurement",
    lambda: four_hospitals(most=1),
    few_smokers,
    {name: by(formula) for name, formula in _PARTS.items()},
)
HER_PARTS = Attack(
    "one person in three and four parts",
    "as above, about a known person",
    one_term,
    of_target("smoker"),
    {
        "three parts": by(
            lambda notes: (
                notes.count(f"{WARD} AND smoker AND month <= 6")
                + notes.count(f"{WARD} AND smoker AND month > 6")
                - notes.count(f"{OTHERS} AND smoker")
            )
        ),
        "four parts": by(
            lambda notes: (
                notes.count(f"ward IN ({TARGET_WARD}, 1) AND smoker AND month <= 6")
                + notes.count(f"ward IN ({TARGET_WARD}, 1) AND smoker AND month > 6")
                - notes.count(f"{OTHERS} AND smoker")
                - notes.count("ward = 1 AND smoker")
            )
        ),
    },
)
ATTACKS = (PARTS, AUDIT_ORACLE, HER_PARTS)
