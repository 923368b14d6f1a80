"""No identifier can be anybody's: each stands in a range that is never issued."""

import pytest

from tests.unit.synthetic_data.conftest import Ask

LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


@pytest.mark.parametrize(
    ("table", "column", "pattern"),
    [
        ("pupil_identity", "upn", "[A-Z]0[0-9]{11}"),
        ("pupil_identity", "former_upn", "[A-Z]0[0-9]{11}"),
        ("school_census_pupil", "upn", "[A-Z]0[0-9]{10}[0-9A-Z]"),
        ("school_census_pupil", "former_upn", "[A-Z]0[0-9]{11}"),
        ("school_census_pupil", "uln", "99999[0-9]{5}"),
        ("school_census_pupil", "postcode", "ZZ[0-9]{2} [0-9][A-Z]{2}"),
        ("school_census_pupil", "thirty_hour_code", "99[0-9]{9}"),
        ("school_census_pupil", "lsoa11", "E99[0-9]{6}"),
        ("school_census_pupil", "msoa11", "E98[0-9]{6}"),
        ("school_census_pupil", "output_area", "E97[0-9]{6}"),
        ("cla_episode", "home_postcode", "ZZ[0-9]{2} [0-9][A-Z]{2}"),
        ("cla_episode", "placement_postcode", "ZZ[0-9]{2} [0-9][A-Z]{2}"),
        ("area_lsoa", "lsoa_code", "E99[0-9]{6}"),
        ("school", "postcode", "ZZ[0-9]{2} [0-9][A-Z]{2}"),
        ("school", "urn", "9[0-9]{5}"),
        ("school", "ukprn", "99[0-9]{6}"),
        ("school", "laestab", "[0-9]{3}9[0-9]{3}"),
        ("school", "constituency", "E96[0-9]{6}"),
    ],
)
def test_an_identifier_stands_in_a_range_that_is_never_issued(
    ask: Ask, table: str, column: str, pattern: str
) -> None:
    real = f"NOT regexp_full_match({column}::VARCHAR, '{pattern}')"
    assert ask(f"SELECT count(*) FROM {table} WHERE {real}") == [(0,)]
    assert ask(f"SELECT count({column}) > 0 FROM {table}") == [(True,)]


def test_the_check_letter_of_a_pupil_number_holds(ask: Ask) -> None:
    for (upn,) in ask("SELECT upn FROM pupil_identity LIMIT 50"):
        assert isinstance(upn, str)
        total = sum(weight * int(digit) for weight, digit in zip(range(2, 14), upn[1:], strict=True))
        assert upn[0] == LETTERS[total % 23]


def test_references_say_nothing_about_the_order_of_people(ask: Ask) -> None:
    places = "SELECT row_number() OVER (ORDER BY pmr_anon) AS place, household_id FROM pupil_identity"
    [(correlation,)] = ask(f"SELECT corr(place, household_id) FROM ({places})")
    assert isinstance(correlation, float)
    assert abs(correlation) < 0.1


def test_one_reference_does_not_give_the_other_away(ask: Ask) -> None:
    alike = "length(pmr) <> 18 OR length(pmr_anon) <> 18 OR pmr[3:] = pmr_anon[3:]"
    assert ask(f"SELECT count(*) FROM pupil_identity WHERE {alike}") == [(0,)]
