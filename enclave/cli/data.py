"""`enclave data`: fill a home."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from enclave.cli.edge import guarded
from enclave.cli.options import AsJson, Home
from enclave.cli.screen import columns, say, say_json

if TYPE_CHECKING:
    from enclave.loading import Manifest

app = typer.Typer(
    help="Make synthetic data, and load source files.", no_args_is_help=True, rich_markup_mode=None
)

Source = Annotated[
    Path,
    typer.Option("--source", help="Holds <table>.parquet or <table>/**/*.parquet.", show_default=False),
]
Version = Annotated[
    str | None,
    typer.Option("--version", help="The name of the data version; else the one the projects wait for."),
]
Out = Annotated[Path, typer.Option("--out", help="A folder for the files.", show_default=False)]
Scale = Annotated[str, typer.Option("--scale", help="tiny, small, or how many times small, such as 10.")]
Seed = Annotated[int, typer.Option("--seed", help="The same seed gives the same bytes.")]


@app.command("load")
@guarded
def load(home: Home, source: Source, version: Version = None, as_json: AsJson = False) -> None:
    """Check source files against the catalogue, and make them a data version. All of it, or nothing."""
    from enclave.wiring.data import load_source
    from enclave.wiring.home import open_home

    manifest = load_source(open_home(home), source, version=version)
    if as_json:
        say_json(_as_json(manifest))
    else:
        say(_as_text(manifest))


@app.command("synthesise")
@guarded
def synthesise(out: Out, scale: Scale = "small", seed: Seed = 1, as_json: AsJson = False) -> None:
    """Make data of the catalogue's shape about people who do not exist."""
    from enclave.wiring.data import synthetic_files

    rows = synthetic_files(out, scale=scale, seed=seed)
    if as_json:
        say_json({"folder": str(out), "tables": rows})
    else:
        say(
            f"Synthetic data in {out}\n{columns([(name, f'{count:,} rows') for name, count in rows.items()])}"
        )


def _as_json(manifest: "Manifest") -> dict[str, object]:
    return {
        "version": manifest.version,
        "content_hash": manifest.content_hash,
        "synthetic": manifest.synthetic,
        "tables": {
            name: {"rows": table.rows, "units": table.units} for name, table in manifest.tables.items()
        },
        "not_in_source": list(manifest.not_in_source),
        "left_out": dict(manifest.left_out),
        "corrected": dict(manifest.corrected),
    }


def _as_text(manifest: "Manifest") -> str:
    tables = [
        (name, f"{table.rows:,} rows", "public" if table.units is None else f"{table.units:,} units")
        for name, table in manifest.tables.items()
    ]
    kind = "SYNTHETIC DATA. " if manifest.synthetic else ""
    absent = f"\nNot in the source: {', '.join(manifest.not_in_source)}." if manifest.not_in_source else ""
    left_out = "".join(f"\n{name} was left out: it {why}." for name, why in manifest.left_out.items())
    corrected = sum(manifest.corrected.values())
    left_out += f"\n{corrected:,} values were corrected as people asked." if corrected else ""
    return f"{kind}Loaded as {manifest.version}, now in force.\n{columns(tables)}{absent}{left_out}"
