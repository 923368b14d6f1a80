"""Every command of the README does what the README says, in the order of the page."""

import doctest
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from enclave.wiring.demo import gateway_process
from tests.support.commands import quiet_environment

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTING_UP = re.compile(r"^(make (?!demo|serve)|\. )")  # done already for the tests to run at all
MATCHER = doctest.OutputChecker()
DEMO = "enclave demo .demo"
SERVED = re.compile(r"http://(?:localhost|127\.0\.0\.1):8000")
INSTEAD = "http://127.0.0.1:8000"


@dataclass
class Reader:
    """Somebody who types what the README says, in a folder of their own. Their service is on any free port."""

    folder: Path
    services: ExitStack
    url: str = ""
    told: list[tuple[str, str, str]] = field(default_factory=list)

    def types(self, command: str) -> str:
        match command:
            case "make demo":
                return self._run(DEMO)
            case "make serve":
                process = self.services.enter_context(gateway_process(self.folder / ".demo" / "home"))
                self.url = process.url
                return process.said.replace(self.url, INSTEAD)
            case _:
                return self._run(SERVED.sub(self.url, command)).replace(self.url, INSTEAD)

    def _run(self, command: str) -> str:
        shell = shutil.which("sh")
        assert shell is not None
        ended = subprocess.run(
            [shell, "-c", command],
            cwd=self.folder,
            env=quiet_environment() | {"XDG_CONFIG_HOME": str(self.folder / "settings")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.stderr == "", command
        return ended.stdout


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    with ExitStack() as services:
        yield Reader(tmp_path, services)


def examples() -> Iterator[tuple[str, str]]:
    """Each command with the text that the README shows below it; `...` stands for anything."""
    for block in re.findall(r"^```console\n(.*?)^```", README, re.MULTILINE | re.DOTALL):
        for command, shown in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            if not SETTING_UP.match(command):
                yield command, shown


def test_the_readme_shows_what_its_commands_print(reader: Reader) -> None:
    told = [(command, shown, reader.types(command)) for command, shown in examples()]
    assert len(told) >= 12
    for command, shown, printed in told:
        if command == "make serve":
            shown = shown.splitlines()[0]  # what follows names the personas
        assert MATCHER.check_output(shown, printed, doctest.ELLIPSIS), f"{command}\n{printed}"


def test_the_make_targets_that_the_readme_names_run_what_this_test_runs() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    demo, serve = (
        re.findall(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)[0] for target in ("demo", "serve")
    )
    assert demo == f"\t$(BIN)/{DEMO}\n"
    assert serve == f"\t$(BIN)/{DEMO} --only-home\n\t$(BIN)/enclave serve --home .demo/home\n"


def test_the_question_of_the_readme_is_the_one_in_the_examples() -> None:
    (question,) = re.findall(r"^```sql\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert question == (ROOT / "docs" / "examples" / "absence.sql").read_text(encoding="utf-8")


def test_every_page_that_the_readme_and_the_index_name_exists() -> None:
    for page in (ROOT / "README.md", ROOT / "docs" / "README.md"):
        links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
        assert [link for link in links if not (page.parent / link).exists()] == []
