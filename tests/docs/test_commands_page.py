"""The page of commands names every command and every option, and no other."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from enclave.cli.main import app

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")


def commands(group: Any, words: str = "enclave") -> Iterator[tuple[str, Any]]:
    """Each command with the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{words} {name}")
        else:
            yield f"{words} {name}", command


COMMANDS = dict(commands(get_command(app)))
SECTIONS = dict(re.findall(r"^## `([^`]+)`\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def test_the_page_has_a_section_for_each_command_and_no_other() -> None:
    assert set(SECTIONS) == set(COMMANDS)


@pytest.mark.parametrize("words", COMMANDS)
def test_a_section_names_every_argument_and_option_of_its_command(words: str) -> None:
    named = {name for parameter in COMMANDS[words].params for name in _names(parameter)}
    assert set(re.findall(r"^\| `([^`]+)`", SECTIONS[words], re.MULTILINE)) == named


def _names(parameter: Any) -> list[str]:
    """The longest spelling of an option, or the word that stands for an argument."""
    return (
        [max(parameter.opts, key=len)] if parameter.opts[0].startswith("-") else [parameter.metavar or "KIND"]
    )
