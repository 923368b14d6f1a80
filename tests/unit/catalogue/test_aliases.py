"""Names of the source that say a term and a year."""

from pathlib import Path

import pytest

from enclave.catalogue import Catalogue, load_catalogue, resolve_alias

FOLDER = Path(__file__).parents[3] / "policies" / "catalogue"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(FOLDER)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("FSMeligible_SPR17", [("school_census_pupil.fsm_eligible", "SPR", "2016/17")]),
        ("fsmeligible_aut16", [("school_census_pupil.fsm_eligible", "AUT", "2016/17")]),
        ("FSMeligible_SUM05", [("school_census_pupil.fsm_eligible", "SUM", "2004/05")]),
        ("FSMeligible_ab19", [("absence.fsm_eligible", None, "2018/19")]),
        ("Reason_3_ex20", [("exclusion.reason", None, "2019/20")]),
        ("Reason_40_ex20", [("exclusion.reason", None, "2019/20")]),
        ("PRU_FSMeligible_SPR12", [("pru_census.fsm_eligible", "SPR", "2011/12")]),
        ("KS4_ATT8", [("ks4_pupil.att8", None, None)]),
        ("KS4_LEV2EM_94", [("ks4_pupil.basics_94", None, None)]),
        ("KS2_LAESTAB", [("ks2_exam.laestab", None, None), ("ks2_pupil.laestab", None, None)]),
        ("cla_REASON_PLACE_CHANGE", [("cla_episode.reason_place_change", None, None)]),
        ("FSMeligible", []),
        ("FSMeligible_WIN17", []),
        ("", []),
    ],
)
def test_a_name_leads_to_its_fields_with_term_and_academic_year(
    catalogue: Catalogue, name: str, expected: list[tuple[str, str | None, str | None]]
) -> None:
    found = resolve_alias(catalogue, name)
    assert [(str(alias.field), alias.term, alias.year) for alias in found] == expected


def test_a_two_digit_year_of_the_nineties_is_of_the_last_century(catalogue: Catalogue) -> None:
    (found,) = resolve_alias(catalogue, "FSMeligible_SPR98")
    assert found.year == "1997/98"


def test_every_pattern_of_the_catalogue_is_found_by_an_instance_of_it(catalogue: Catalogue) -> None:
    for table in catalogue.tables.values():
        for field in table.fields.values():
            for alias in field.aliases:
                name = alias.replace("[term]", "SPR").replace("[yy]", "17").replace("[n]", "2")
                assert field.ref in {found.field for found in resolve_alias(catalogue, name)}, alias
