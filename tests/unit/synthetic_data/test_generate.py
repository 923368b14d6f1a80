import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from enclave.catalogue import Catalogue
from synthetic_data.__main__ import main
from synthetic_data.generate import Made, generate
from synthetic_data.quirks import NO_QUIRKS, Quirks
from synthetic_data.scale import MOST_AUTHORITIES, SMALL, TINY, Scale
from synthetic_data.shape import Shape, arrow_type
from synthetic_data.streams import Streams
from synthetic_data.tables import MAKERS
from synthetic_data.world.places import authorities
from tests.unit.synthetic_data.conftest import Ask, asking

HAMLET = Scale(authorities=1, primaries=3, secondaries=1, primary_size=60)


def hashes(made: Made) -> dict[str, str]:
    return {
        str(file.path.relative_to(made.destination)): hashlib.sha256(file.path.read_bytes()).hexdigest()
        for file in made.files
    }


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_ones(shape: Shape, tmp_path: Path) -> None:
    first = hashes(generate(tmp_path / "first", shape, seed=7, scale=HAMLET))
    again = hashes(generate(tmp_path / "again", shape, seed=7, scale=HAMLET))
    other = hashes(generate(tmp_path / "other", shape, seed=8, scale=HAMLET))
    assert first == again
    same = {name for name in first if first[name] == other[name]}
    assert same == {"local_authority.parquet"}  # the public list has no chance in it


def test_every_file_has_exactly_the_fields_of_its_table_in_the_types_of_the_catalogue(
    made: Made, catalogue: Catalogue
) -> None:
    assert {file.table for file in made.files} == set(MAKERS)
    for file in made.files:
        wanted = [
            (field.name, arrow_type(field.type)) for field in catalogue.tables[file.table].fields.values()
        ]
        found = pq.read_schema(file.path)
        assert [(column.name, column.type) for column in found] == wanted, file.path
        assert found.metadata is None, "nothing in a file says when or by what it was made"


def test_types_that_other_engines_misread_are_not_used(made: Made) -> None:
    for file in made.files:
        for column in pq.read_schema(file.path):
            assert not pa.types.is_dictionary(column.type)
            assert not pa.types.is_unsigned_integer(column.type)


def test_a_type_never_written_before_is_refused() -> None:
    with pytest.raises(ValueError, match="GEOMETRY"):
        arrow_type("GEOMETRY")


def test_nothing_is_overwritten(shape: Shape, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        generate(tmp_path, shape, scale=HAMLET)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_stream_depends_on_the_seed_and_its_own_name_alone() -> None:
    streams = Streams(1)
    alone = streams.of("ks2_pupil", 2022).random(5).tolist()
    streams.of("another table").random(1000)
    assert streams.of("ks2_pupil", 2022).random(5).tolist() == alone
    assert streams.of("ks2_pupil", 2023).random(5).tolist() != alone
    assert Streams(2).of("ks2_pupil", 2022).random(5).tolist() != alone


def test_without_quirks_there_is_one_row_a_person_and_census_and_nothing_is_missing(
    shape: Shape, tmp_path: Path
) -> None:
    generate(tmp_path / "clean", shape, seed=1, scale=HAMLET, quirks=NO_QUIRKS)
    ask: Ask = asking(tmp_path / "clean")
    assert ask("SELECT count(*) FROM school_census_pupil WHERE NOT on_roll OR record_status IS NOT NULL") == [
        (0,)
    ]
    assert ask("SELECT count(*) FROM school_census_pupil WHERE lsoa11 IS NULL OR postcode IS NULL") == [(0,)]
    assert ask("SELECT count(*) FROM school_census_pupil WHERE former_upn IS NOT NULL") == [(0,)]
    assert ask("SELECT count(*) FROM school_census_pupil WHERE entry_date < date_of_birth") == [(0,)]
    assert ask("SELECT count(*) FROM ks4_pupil WHERE NOT in_national") == [(0,)]
    assert ask("SELECT count(*) FROM cla_child WHERE pmr_anon IS NULL") == [(0,)]
    assert ask("SELECT count(*) FROM school WHERE close_date IS NOT NULL") == [(0,)]
    assert ask("""SELECT count(*) FROM (SELECT pmr_anon FROM school_census_pupil GROUP BY ALL
                  HAVING count(DISTINCT ethnicity) > 1)""") == [(0,)]


@pytest.mark.parametrize("rate", [-0.1, 1.1])
def test_a_rate_lies_between_none_and_all(rate: float) -> None:
    with pytest.raises(ValueError, match="off_roll"):
        Quirks(off_roll=rate)


@pytest.mark.parametrize("text", ["big", "0", "-1", "nan", "inf", "1e9"])
def test_a_scale_that_is_no_positive_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Scale.named(text)


def test_a_larger_scale_has_more_schools_of_the_same_size() -> None:
    assert Scale.named("small") == Scale.named("1") == SMALL
    assert Scale.named("tiny") == TINY
    assert Scale.of(3).authorities == 3 * SMALL.authorities
    assert Scale.of(3).primary_size == SMALL.primary_size
    assert Scale.of(60).authorities == MOST_AUTHORITIES
    assert Scale.of(60).primaries > SMALL.primaries


def test_the_command_tells_what_it_made_and_refuses_a_folder_in_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--out", str(tmp_path / "made"), "--scale", "0.05", "--seed", "3"]
    assert main(asked) == 0
    assert "school_census_pupil" in capsys.readouterr().out
    assert main(asked) == 1
    assert "not empty" in capsys.readouterr().err


@pytest.mark.parametrize("seed", range(5))
def test_every_authority_stood_from_the_first_results_to_the_end(shape: Shape, seed: int) -> None:
    codes = shape.codes["la"]
    found = authorities(codes, Scale.of(MOST_AUTHORITIES / SMALL.authorities), Streams(seed))
    assert len(found.code) == MOST_AUTHORITIES
    assert not any(codes.valid_to[place] for place in found.code)
    assert all((codes.valid_from[place] or "") <= "2015" for place in found.code)
