"""A run in blocks: one map, people in parts, and nothing that two parts both have."""

from pathlib import Path

import numpy as np
import pytest

from synthetic_data.blocks import PRIMARIES_A_BLOCK, blocks_of
from synthetic_data.generate import generate
from synthetic_data.names import school_name
from synthetic_data.quirks import Quirks
from synthetic_data.scale import MOST_AUTHORITIES, SMALL, TINY, NotAScale, Scale
from synthetic_data.shape import Shape
from synthetic_data.streams import Streams
from synthetic_data.world.places import AREAS_OF_ENGLAND
from synthetic_data.world.sites import PRIMARY
from synthetic_data.world.world import Map, chart
from tests.unit.synthetic_data.conftest import SEVERAL, asking
from tests.unit.synthetic_data.test_generate import hashes

ENGLAND = Scale.of(144)
REGIONS = 9


@pytest.fixture(scope="module")
def england(shape: Shape) -> Map:
    return chart(ENGLAND, shape.codes, Quirks(), Streams(1))


@pytest.fixture(scope="module")
def in_blocks(shape: Shape, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("blocks")
    generate(folder, shape, seed=2, scale=SEVERAL, most_primaries=SEVERAL.primaries)
    return folder


def test_a_run_of_a_block_or_less_does_not_know_that_there_are_blocks(shape: Shape, tmp_path: Path) -> None:
    usual = generate(tmp_path / "usual", shape, seed=7, scale=TINY)
    exact = generate(tmp_path / "exact", shape, seed=7, scale=TINY, most_primaries=14)
    assert hashes(usual) == hashes(exact)


def test_the_same_blocks_give_the_same_bytes(shape: Shape, tmp_path: Path) -> None:
    small = Scale(authorities=2, primaries=3, secondaries=1, primary_size=60)
    first = generate(tmp_path / "first", shape, seed=7, scale=small, most_primaries=3)
    again = generate(tmp_path / "again", shape, seed=7, scale=small, most_primaries=3)
    assert hashes(first) == hashes(again)
    by_block = [digest for name, digest in hashes(first).items() if name.startswith("pupil_identity/")]
    assert len(by_block) == len(set(by_block)) == 2, "no block repeats another"


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("pupil_identity", "household_id"),
        ("pupil_identity", "upn"),
        ("pupil_identity", "former_upn"),
        ("pupil_identity", "pmr"),
        ("school_census_pupil", "pmr_anon"),
        ("school_census_pupil", "uln"),
        ("school_census_pupil", "lsoa11"),
        ("school_census_pupil", "urn"),
        ("cla_child", "cla_child_id"),
        ("cla_child", "la_child_code"),
    ],
)
def test_no_two_blocks_have_one_of_these(in_blocks: Path, table: str, column: str) -> None:
    files = f"read_parquet('{in_blocks}/{table}/**/*.parquet', filename = true)"
    blocks = f"""SELECT {column}, list(DISTINCT parse_filename(filename)) AS blocks FROM {files}
                 WHERE {column} IS NOT NULL GROUP BY 1"""
    asked = f"SELECT max(len(blocks)), count(DISTINCT blocks) FROM ({blocks})"
    assert asking(in_blocks)(asked) == [(1, SEVERAL.authorities)]


def test_the_scale_of_england_has_a_school_and_a_rank_for_everybody(england: Map) -> None:
    assert len(england.areas) <= AREAS_OF_ENGLAND
    assert len(np.unique(england.areas.rank)) == len(england.areas)
    assert 1 <= england.areas.rank.min() <= england.areas.rank.max() <= AREAS_OF_ENGLAND
    primaries = england.sites.of_kind(PRIMARY)
    assert len(primaries) == ENGLAND.authorities * ENGLAND.primaries
    assert np.array_equal(np.unique(england.areas.neighbourhood), np.arange(len(primaries)))
    names = {school_name(number, 1, academy=False) for number in range(len(england.register))}
    assert len(names) == len(england.register)


def test_each_authority_is_in_one_block_and_each_block_is_a_country_in_small(england: Map) -> None:
    region = np.array(england.authorities.region)
    blocks = list(blocks_of(england.authorities.region, ENGLAND, Streams(1)))
    assert np.array_equal(
        np.sort(np.concatenate([block.authorities for block in blocks])), np.arange(len(region))
    )
    for block in blocks:
        assert len(block.authorities) * ENGLAND.primaries <= PRIMARIES_A_BLOCK
        assert len(set(region[block.authorities])) >= REGIONS - 1
        for name in set(region):
            fair = (region == name).sum() / len(blocks)
            assert abs((region[block.authorities] == name).sum() - fair) < 1


def test_numbers_shared_by_all_blocks_are_shared_out_to_the_last() -> None:
    regions = ["London"] * 7
    shares = [block.share(100) for block in blocks_of(regions, SMALL, Streams(1), most_primaries=24)]
    assert [first for first, _ in shares] == [0, 25, 50, 75]
    assert sum(many for _, many in shares) == 100


def test_more_schools_than_england_has_areas_are_refused_in_true_words() -> None:
    assert Scale.named("227").authorities == MOST_AUTHORITIES
    with pytest.raises(
        NotAScale, match=r"32,844 primary schools, one for each small area of England \(up to 227 "
    ):
        Scale.named("300")
    with pytest.raises(NotAScale, match="'big' is no scale: tiny, small, or how many times small"):
        Scale.named("big")
