"""libyaml never reads a policy file otherwise than ruamel: it has the same values, or leaves the text to ruamel."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enclave.documents.findings import Report
from enclave.documents.plain import plain_values
from enclave.documents.reading import read_text, read_text_slowly

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "policies").rglob("*.yaml"), *(ROOT / "tests").rglob("*.yaml")])
LINES = [line for path in FILES for line in path.read_text("utf-8").splitlines() if len(line) < 200]
BITS = [
    *(
        ": ",
        "- ",
        "\n",
        "  ",
        "#",
        " #",
        "'",
        '"',
        "|\n",
        "> ",
        ">-\n",
        "|+\n",
        "|2\n",
        "[",
        "]",
        "{",
        "}",
        ",",
    ),
    *("? ", "!", "&a", "*a", "%", "@", "`", "---\n", "...\n", "\\", "~", "<<: ", "a", "1", "é", "-", "null"),
    *(
        " : ",
        ":",
        '"\\n"',
        "\\/",
        "\n\n",
        "''",
        '""',
        "  \n",
        "=",
        "- - ",
        "0o7",
        "0x",
        "1e5",
        "1_0",
        "12:30",
    ),
    *("2026-02-30", "2026-02-03", "\u3042", "\ufeff", "\u2028", "\x85", "\xa0", "\t", "%YAML 1.1\n---\n"),
    *("a: |\n  b\n c", "key: >\n  a\n   b\n\n  c\n", "- |-\n  x\n\n", "yes", "NO", "012"),
]
texts = st.one_of(
    st.lists(st.sampled_from(BITS), max_size=14).map("".join),
    st.lists(st.one_of(st.sampled_from(LINES), st.sampled_from(BITS)), max_size=10).map("\n".join),
)


def slowly(text: str) -> tuple[Any] | None:
    """What ruamel reads where it finds nothing wrong."""
    report = Report()
    document = read_text_slowly(text, file="x", report=report)
    return None if document is None or report.found else (document.values,)


def same(text: str) -> bool:
    plain = plain_values(text)
    return plain is None or repr(plain) == repr(slowly(text))


@settings(max_examples=400)
@given(texts)
def test_the_two_readers_agree_on_any_text(text: str) -> None:
    assert same(text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_two_readers_agree_on_every_file_of_ours(path: Path) -> None:
    assert same(path.read_text("utf-8"))


def test_our_policies_are_all_read_the_quick_way() -> None:
    assert [
        path for path in (ROOT / "policies").rglob("*.yaml") if plain_values(path.read_text()) is None
    ] == []


@pytest.mark.parametrize(
    "text",
    [
        "a: &x 1",
        "a: *x",
        "a: !!str 1",
        "a:\t1",
        "a: 1\n---\nb: 2",
        "%YAML 1.1\n---\na: 1",
        "a: 1\na: 2",
        "|\n#x",
        "- 1",
    ],
)
def test_what_has_something_to_tell_is_left_to_the_slow_one(text: str) -> None:
    assert plain_values(text) is None


@pytest.mark.parametrize("name", ["P-2026-014.yaml"])
def test_a_place_is_found_in_what_was_read_the_quick_way(name: str) -> None:
    text = (ROOT / "policies" / "projects" / name).read_text("utf-8")
    report = Report()
    quick, slow = (read(text, file=name, report=report) for read in (read_text, read_text_slowly))
    assert quick is not None
    assert slow is not None
    assert quick.place("dates", "ends").found() == slow.place("dates", "ends").found()
