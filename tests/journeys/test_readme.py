"""Every command of the README does what the README says, in the order of the page."""

import doctest
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.support.commands import quiet_environment

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTING_UP = re.compile(r"^(make |\. )")  # done already for the tests to run at all
MATCHER = doctest.OutputChecker()


def examples() -> Iterator[tuple[str, str]]:
    """Each command with the text that the README shows below it; `...` stands for anything."""
    for block in re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL):
        for command, shown in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            if not SETTING_UP.match(command):
                yield command, shown


def test_the_readme_shows_what_its_commands_print(tmp_path: Path) -> None:
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    told = [(command, shown, _printed(command, tmp_path)) for command, shown in examples()]
    assert len(told) >= 7
    for command, shown, printed in told:
        assert MATCHER.check_output(shown, printed, doctest.ELLIPSIS), f"{command}\n{printed}"


def test_the_question_of_the_readme_is_the_one_in_the_examples() -> None:
    (question,) = re.findall(r"^```sql\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert question == (ROOT / "docs" / "examples" / "absence.sql").read_text(encoding="utf-8")


def test_every_page_that_the_readme_and_the_index_name_exists() -> None:
    for page in (ROOT / "README.md", ROOT / "docs" / "README.md"):
        links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
        assert [link for link in links if not (page.parent / link).exists()] == []


def _printed(command: str, folder: Path) -> str:
    shell = shutil.which("sh")
    assert shell is not None
    ended = subprocess.run(
        [shell, "-c", command],
        cwd=folder,
        env=quiet_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr == "", command
    return ended.stdout
