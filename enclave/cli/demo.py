"""`enclave demo`: from nothing to a release on the public register, and what each person saw of it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from enclave.cli.edge import guarded
from enclave.cli.exits import Exit
from enclave.cli.options import AsJson
from enclave.cli.screen import complain, say, say_json

if TYPE_CHECKING:
    from enclave.loading import Manifest

Folder = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="For the home, made anew, and the researcher's files.")
]
Scale = Annotated[str, typer.Option("--scale", help="Of the synthetic data: tiny or small.")]
OnlyHome = Annotated[bool, typer.Option("--only-home", help="Make the home if it is not there, and stop.")]


@guarded
def demo(
    folder: Folder = Path(".demo"),
    scale: Scale = "small",
    only_home: OnlyHome = False,
    as_json: AsJson = False,
) -> None:
    """Show the main job from beginning to end, over HTTP, on synthetic data. Ends with 0 if every step happened."""
    home = folder / "home"
    if only_home and (home / "state").is_dir():
        return
    began = time.monotonic()
    told: list[str] = []
    tell = told.append if as_json else say
    _set_up(home, scale, tell)
    if not only_home:
        _show(home, folder / "tables", tell)
        tell(f"\nEvery step happened, in {time.monotonic() - began:.0f} seconds.")
    if as_json:
        say_json({"home": str(home), "told": told})


def _set_up(home: Path, scale: str, tell: Callable[[str], None]) -> None:
    from enclave.wiring.demo import demo_home

    tell("Making synthetic data about people who do not exist, and loading it ...")
    tell(_loaded(demo_home(home, scale=scale)))


def _loaded(manifest: "Manifest") -> str:
    rows = sum(table.rows for table in manifest.tables.values())
    people = max((table.units or 0 for table in manifest.tables.values()), default=0)
    return f"{people:,} people, {rows:,} rows in {len(manifest.tables)} tables. Loaded as {manifest.version}."


def _show(home: Path, tables: Path, tell: Callable[[str], None]) -> None:
    """The story, with a gateway of its own; then, with the gateway stopped, what an auditor finds."""
    from enclave.cli.demo_story import NotAsTold, story
    from enclave.wiring.demo import gateway_process, verify_process

    try:
        with gateway_process(home) as gateway:
            tell(gateway.said)
            for line in story(gateway.url, tables):
                tell(line)
    except NotAsTold as failed:
        complain(f"enclave: the demonstration failed: {failed}")
        raise typer.Exit(Exit.UNEXPECTED) from None
    tell("\nauditor")
    code, said = verify_process(home)
    tell("\n".join(f"   | {line}" for line in said.splitlines()))
    if code != 0:
        complain("enclave: the demonstration failed: the record does not verify")
        raise typer.Exit(Exit.UNEXPECTED)
