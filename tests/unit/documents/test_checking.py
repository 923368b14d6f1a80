"""What is wrong with a file, by its model, in a writer's words."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

from enclave.documents import (
    Document,
    Entry,
    Finding,
    Number,
    Place,
    Report,
    Severity,
    parse,
    parse_what_can_be,
    read_document,
    render,
)

Make = Callable[[str], Document]


class Item(Entry):
    name: str
    use: list[Literal["group", "filter"]] = Field(default=[])
    why: str = Field(json_schema_extra={"why": "the register shows it", "fix": 'add why: "..."'})


class File(Entry):
    kind: Literal["File"]
    limit: Number = Field(alias="max")
    items: list[Item]
    note: str = ""


@pytest.fixture
def document(tmp_path: Path) -> Make:
    def made(text: str) -> Document:
        path = tmp_path / "file.yaml"
        path.write_text(text, encoding="utf-8")
        found = read_document(path, file="file.yaml", report=Report())
        assert found is not None
        return found

    return made


def messages(document: Document, model: type[Entry] = File) -> list[tuple[int, str, str, str]]:
    report = Report()
    parse(document, model, report)
    return [(one.line, one.code, one.message, one.fix) for one in report.findings()]


def test_an_unknown_setting_is_compared_with_the_names_that_files_use(document: Make) -> None:
    found = messages(document("kind: File\nmaxx: 1\nmax: 1\nitems: []\n"))
    fix = "correct the spelling or remove the line; allowed: kind, max, items, note"
    assert found == [(2, "unknown-key", '"maxx" is not a setting here. Did you mean "max"?', fix)]


def test_the_name_of_a_setting_in_code_is_not_its_name_in_files(document: Make) -> None:
    found = messages(document("kind: File\nlimit: 1\nitems: []\n"))
    assert [(code, message) for _, code, message, _ in found] == [
        ("missing", 'this file has no "max"'),
        ("unknown-key", '"limit" is not a setting here.'),
    ]


def test_a_missing_setting_brings_the_help_of_its_model(document: Make) -> None:
    found = messages(document("kind: File\nmax: 1\nitems:\n  - { name: a, why: b }\n  - { name: c }\n"))
    assert found == [(5, "missing", 'c has no "why"', 'add why: "..."')]


def test_a_word_that_is_none_of_the_choices_is_shown_them(document: Make) -> None:
    found = messages(document("kind: File\nmax: 1\nitems: [{ name: a, why: b, use: [groop] }]\n"))
    assert found == [
        (3, "not-allowed-value", '"groop" is not a use. Did you mean "group"?', "write one of: group, filter")
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kind: File\nmax: many\nitems: []\n", "a number was expected"),
        ("kind: File\nmax: true\nitems: []\n", "a number was expected"),
        ("kind: File\nmax: 1\nitems: a\n", "a list was expected"),
        ("kind: File\nmax: 1\nitems: [a]\n", "settings were expected"),
        ("kind: File\nmax: 1\nitems: []\nnote: 2026\n", "text was expected"),
    ],
)
def test_a_value_of_the_wrong_kind_is_said_to_be_so(document: Make, text: str, expected: str) -> None:
    (found,) = messages(document(text))
    assert found[1] == "wrong-kind"
    assert expected in found[2]


def test_nothing_is_converted_silently(document: Make) -> None:
    assert messages(document("kind: File\nmax: '1'\nitems: []\n"))


def test_an_empty_file_is_a_finding(document: Make) -> None:
    assert [code for _, code, _, _ in messages(document("# nothing\n"))] == ["wrong-kind"]


def test_what_cannot_be_made_out_is_left_out_and_the_rest_keeps_its_places(document: Make) -> None:
    report = Report()
    text = "kind: File\nmax: 1\nitems:\n  - { name: a }\n  - { name: b, why: c }\nnote: 1\n"
    parsed = parse_what_can_be(document(text), File, report)
    assert parsed is not None
    assert [item.name for item in parsed.entry.items] == ["b"]
    assert parsed.place("items", 0, "name").found().line == 5
    assert parsed.has_lost("items")
    assert not parsed.has_lost("max")
    assert {finding.code for finding in report.found} == {"missing", "wrong-kind"}


def test_a_file_without_something_it_cannot_do_without_is_not_made_out(document: Make) -> None:
    assert parse_what_can_be(document("kind: File\nitems: []\n"), File, Report()) is None


def test_a_finding_shows_its_line_without_the_comment_and_underlines_the_words() -> None:
    place = Place("house.yaml", 3, 6, 5, 'a: { "#": other }   # a comment')
    finding = Finding(place, "some-code", "not so", "do this", why="a rule", severity=Severity.WARNING)
    assert render(finding) == (
        "house.yaml:3:6: warning[some-code] not so\n"
        '    3 | a: { "#": other }\n'
        "      |      ^^^^^\n"
        "      = why: a rule\n"
        "      = fix: do this"
    )


def test_a_finding_about_a_whole_file_names_the_file_only() -> None:
    assert (
        render(Finding(Place("x.yaml"), "c", "gone", "find it"))
        == "x.yaml: error[c] gone\n      = fix: find it"
    )
