"""`enclave data`."""

import typer

app = typer.Typer(help="data", no_args_is_help=True, rich_markup_mode=None)


@app.command("one")
def one() -> None:
    pass


@app.command("two")
def two() -> None:
    pass
