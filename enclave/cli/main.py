"""Every command by its name."""

import typer

from enclave.cli import batch, check, data, explain, fields, init, policy

app = typer.Typer(
    name="enclave",
    help="Ask questions of sensitive data in SQL; only protected statistics come back.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("init")(init.init)
app.add_typer(data.app, name="data")
app.add_typer(policy.app, name="policy")
app.command("fields")(fields.fields)
app.command("check")(check.check)
app.command("batch")(batch.batch)
app.command("explain")(explain.explain)


def main() -> None:
    """Run one command and leave with its exit code."""
    app()


if __name__ == "__main__":
    main()
