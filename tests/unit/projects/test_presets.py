"""Presets: what a house that names one must keep to, and where it is told that it does not."""

from pathlib import Path

import pytest

from enclave.projects.presets import PRESETS
from tests.unit.projects.policy_copy import Copy

HOUSE = "house.yaml"
NAMED = "presets: [ons_srs]"
PAGES = Path(__file__).parents[3] / "docs" / "reference" / "presets"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  min_units: 10 ", "  min_units: 9 "),
        ("nk: { n: 2, percent: 90 }", "nk: { n: 1, percent: 90 }"),
        ("nk: { n: 2, percent: 90 }", "nk: { n: 2, percent: 90.5 }"),
        ("p_percent: 10 ", "p_percent: 9.5 "),
        ("  residual_degrees_of_freedom: 10 ", "  residual_degrees_of_freedom: 9 "),
    ],
)
def test_a_number_of_the_house_looser_than_its_preset_is_found_where_it_stands(
    policies: Copy, old: str, new: str
) -> None:
    (found,) = policies.change(HOUSE, old, new).check().findings
    assert (found.code, found.file) == ("looser-than-preset", HOUSE)
    assert "but ons_srs asks for" in found.message
    assert found.line == 1 + policies.folder.joinpath(HOUSE).read_text().splitlines().index(
        next(line for line in policies.folder.joinpath(HOUSE).read_text().splitlines() if new.strip() in line)
    )


def test_a_stricter_house_keeps_to_its_preset(policies: Copy) -> None:
    policies.change(HOUSE, "percent: 90 }", "percent: 85 }").change(HOUSE, "p_percent: 10 ", "p_percent: 12 ")
    assert policies.codes() == []


def test_a_house_without_a_preset_has_its_own_floors(policies: Copy) -> None:
    policies.change(HOUSE, NAMED, "presets: [none]").change(HOUSE, "p_percent: 10 ", "p_percent: 9 ")
    assert policies.codes() == []


def test_of_two_presets_the_stricter_number_counts(policies: Copy) -> None:
    policies.change(HOUSE, NAMED, "presets: [dfe, ons_srs]").change(
        HOUSE, "  min_units: 10 ", "  min_units: 9 "
    )
    (found,) = policies.check().findings
    assert "min_units is 9, but ons_srs asks for 10 or more" in found.message


@pytest.mark.parametrize("preset", [preset.id for preset in PRESETS.values() if preset.rounding_base])
def test_a_preset_that_rounds_asks_for_a_house_that_does(policies: Copy, preset: str) -> None:
    found = policies.change(HOUSE, NAMED, f"presets: [{preset}]").check().findings
    rounding = next(finding for finding in found if "shows counts" in finding.message)
    assert (rounding.code, rounding.file) == ("looser-than-preset", HOUSE)
    assert f"{preset} shows counts to the nearest 5; the method of the house is suppress" in rounding.message


def test_a_house_that_rounds_keeps_to_a_preset_that_does(policies: Copy) -> None:
    policies.change(HOUSE, "  method: suppress ", "  method: round ")
    for project in ("014", "021"):
        policies.change(f"projects/P-2026-{project}.yaml", "  method: suppress", "  method: round")
    assert policies.change(HOUSE, NAMED, "presets: [opensafely, ofqual]").codes() == []


def test_the_preset_with_a_rule_for_shares_asks_it_of_every_number(policies: Copy) -> None:
    """Which ratio of counts is a share cannot be told."""
    found = policies.change(HOUSE, NAMED, "presets: [hesa]").check().findings
    assert any("min_units is 10, but hesa asks for 23 or more" in one.message for one in found)


@pytest.mark.parametrize(
    ("presets", "code"),
    [
        ("[ons_srs, none]", "not-allowed-value"),
        ("[ons_srs, ons_srs]", "duplicate"),
        ("[ons_sre]", "not-allowed-value"),
    ],
)
def test_presets_are_named_once_and_none_stands_alone(policies: Copy, presets: str, code: str) -> None:
    assert policies.change(HOUSE, NAMED, f"presets: {presets}").codes() == [code]


def test_a_field_about_people_that_shows_its_zeros_breaks_a_preset_against_class_disclosure(
    policies: Copy,
) -> None:
    catalogue = policies.folder / "catalogue"
    original = catalogue.resolve()
    catalogue.unlink()
    catalogue.mkdir()
    for entry in original.iterdir():
        (catalogue / entry.name).symlink_to(entry)
    shared = (original / "catalogue.yaml").read_text(encoding="utf-8")
    (catalogue / "catalogue.yaml").unlink()
    (catalogue / "catalogue.yaml").write_text(shared.replace("2: hidden", "2: shown"), encoding="utf-8")
    (found,) = policies.check().findings
    assert (found.code, found.file) == ("looser-than-preset", HOUSE)
    assert "ons_srs forbids class disclosure" in found.message


@pytest.mark.parametrize("preset", list(PRESETS.values()), ids=list(PRESETS))
def test_each_preset_has_a_page_with_its_source_and_every_number(preset: object) -> None:
    page = (PAGES / f"{preset.id}.md").read_text(encoding="utf-8")  # type: ignore[attr-defined]
    text = " ".join(page.split())
    assert preset.source.split(";")[0].split(",")[0] in text  # type: ignore[attr-defined]
    for heading in ("## Source", "## What it sets", "## What it does not set"):
        assert heading in page
