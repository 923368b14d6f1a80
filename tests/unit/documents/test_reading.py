"""Reading one file: values, places, and what a policy may not hold."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enclave.documents import Document, Finding, Report, read_document


def tried(folder: Path, text: str | bytes, report: Report, cache: Path | None = None) -> Document | None:
    path = folder / "file.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_document(path, file="file.yaml", report=report, cache=cache)


def read(folder: Path, text: str, *, report: Report | None = None, cache: Path | None = None) -> Document:
    document = tried(folder, text, report or Report(), cache)
    assert document is not None
    return document


def findings(folder: Path, text: str | bytes) -> tuple[Finding, ...]:
    report = Report()
    tried(folder, text, report)
    return report.findings()


def test_values_are_yaml_1_2_and_numbers_are_exact(tmp_path: Path) -> None:
    text = "a: 0.1\nb: 2026-04-01\nc: no\nd: 2022/23\ne: true\nf: 007\ng:\nh: [1, 0x10]\n1: one\n"
    assert read(tmp_path, text).values == {
        "a": Decimal("0.1"),
        "b": date(2026, 4, 1),
        "c": "no",
        "d": "2022/23",
        "e": True,
        "f": 7,
        "g": None,
        "h": [1, 16],
        1: "one",
    }


def test_a_place_is_the_line_and_column_of_the_value_from_1(tmp_path: Path) -> None:
    place = read(tmp_path, "a:\n  - { b: some words }  # why\n").place("a", 0, "b").found()
    assert (place.line, place.column, place.length) == (2, 10, len("some words"))


def test_the_place_of_something_absent_is_the_nearest_thing_above_it(tmp_path: Path) -> None:
    place = read(tmp_path, "a:\n  b: 1\n").place("a", "b", "c", 3).found()
    assert (place.line, place.column) == (2, 6)


def test_every_repeated_key_is_reported_not_only_the_first(tmp_path: Path) -> None:
    found = findings(tmp_path, "a: 1\nb: 2\na: 3\nb: 4\nb: 5\n")
    assert [(one.line, one.code) for one in found] == [
        (3, "duplicate-key"),
        (4, "duplicate-key"),
        (5, "duplicate-key"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: &x 1\nb: *x\n", 1, "anchors"),
        ("a: !!python/object:os.system x\n", 1, "tags"),
        ("a: !mine x\n", 1, "tags"),
        ("<<: { a: 1 }\n", 1, None),
        ("a: 2026-02-30\n", 1, "not a date"),
        ("[a, b]: 1\n", 1, "single word"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a:\n\tb: 1\n", 2, "tab"),
        ("a: 'open\n", None, "not closed"),
        ("a: [1, 2\nb: 3\n", None, "valid YAML"),
        ("a: b: c\n", 1, '":"'),
        ("a: \x07\n", 1, "not allowed"),
    ],
)
def test_what_a_policy_may_not_hold_is_reported_in_place(
    tmp_path: Path, text: str, line: int | None, words: str | None
) -> None:
    found = findings(tmp_path, text)
    if words is None:
        assert found == ()  # an ordinary key, which no model knows
        return
    assert {one.code for one in found} == {"yaml"}
    assert words in found[0].message
    assert line is None or found[0].line == line


def test_aliases_cannot_make_a_small_file_large(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    found = findings(tmp_path, "\n".join(lines))
    assert {one.code for one in found} == {"yaml"}
    assert len(found) == 40


@pytest.mark.parametrize("depth", [60, 20_000])
def test_deep_nesting_ends_in_a_finding(tmp_path: Path, depth: int) -> None:
    found = findings(tmp_path, "a: " + "[" * depth + "]" * depth)
    assert "deep" in found[0].message


def test_a_file_that_is_not_text_is_reported_as_a_whole(tmp_path: Path) -> None:
    assert [(one.code, one.line) for one in findings(tmp_path, b"\xff\xfe")] == [("unreadable", 0)]


def test_a_very_long_file_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    assert [one.code for one in findings(tmp_path, "#" * 2_000_001)] == ["too-long"]


def test_a_file_without_content_has_no_values(tmp_path: Path) -> None:
    assert read(tmp_path, "# nothing\n").values is None


TEXT = "a: 0.10\nb: 2026-04-01\nc: { 1: x, '!date': y, '!pairs': [1] }\nd: [null, true, 2026-06-01T09:00:00+01:00]\n"


def test_a_file_that_was_parsed_before_gives_the_same_values_and_places(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first, second = read(tmp_path, TEXT, cache=cache), read(tmp_path, TEXT, cache=cache)
    assert second.root is None  # it was not parsed again
    assert repr(second.values) == repr(first.values)
    assert second.place("c", 1).found() == first.place("c", 1).found()


def test_a_changed_file_is_parsed_again(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    read(tmp_path, "a: 1\n", cache=cache)
    assert read(tmp_path, "a: 2\n", cache=cache).values == {"a": 2}


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"!decimal": "x"}', b'{"!date": 3}', b"\xff", b'{"!pairs": 1}']
)
def test_a_spoilt_memory_is_not_believed(tmp_path: Path, content: bytes) -> None:
    cache = tmp_path / "cache"
    read(tmp_path, "a: 1\n", cache=cache)
    for file in cache.iterdir():
        file.write_bytes(content)
    assert read(tmp_path, "a: 1\n", cache=cache).values == {"a": 1}


def test_a_file_with_an_error_is_never_remembered(tmp_path: Path) -> None:
    cache, report = tmp_path / "cache", Report()
    for _ in range(2):
        read(tmp_path, "a: 1\na: 2\n", report=report, cache=cache)
    assert len(report.found) == 2


def test_a_memory_that_cannot_be_written_costs_time_only(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.write_text("a file where a folder should be")
    assert read(tmp_path, "a: 1\n", cache=cache).values == {"a": 1}


@given(st.text(max_size=200))
def test_no_text_at_all_makes_reading_fail_otherwise_than_by_a_finding(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    report = Report()
    folder = tmp_path_factory.mktemp("any")
    document = tried(folder, text.encode("utf-8", "surrogatepass"), report)
    assert document is not None or report.errors
