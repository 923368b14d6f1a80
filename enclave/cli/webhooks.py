"""`enclave webhooks`: have an address told what changes."""

from typing import Annotated, Any

import typer

from enclave.cli.edge import guarded
from enclave.cli.online import plain, signed_in
from enclave.cli.options import AsJson
from enclave.cli.screen import columns, say, say_json

app = typer.Typer(help="Have an address of yours told what changes.", no_args_is_help=True)

Url = Annotated[str, typer.Argument(metavar="URL", help="An https address.", show_default=False)]
HookId = Annotated[str, typer.Argument(metavar="WEBHOOK", help="Such as W-3.", show_default=False)]
OfProject = Annotated[
    str | None, typer.Option("--project", help="One of your projects. Without it: the checkers' queue.")
]


@app.command("add")
@guarded
def add(url: Url, project: OfProject = None, as_json: AsJson = False) -> None:
    """Add a webhook and show its secret, once."""
    with signed_in() as service:
        made = service.add_webhook(url, project)
    if as_json:
        say_json(made)
        return
    say(f"{plain(made['id'])} is added. Keep its secret, which is not shown again:")
    say(plain(made["secret"]))


@app.command("list")
@guarded
def list_webhooks(as_json: AsJson = False) -> None:
    """List your webhooks, and whether they answer."""
    with signed_in() as service:
        found = service.webhooks()
    if as_json:
        say_json(found)
    else:
        say(columns([_row(one) for one in found], indent=" ") or "There are no webhooks yet.")


@app.command("ping")
@guarded
def ping(webhook: HookId, as_json: AsJson = False) -> None:
    """Have a test event sent."""
    with signed_in() as service:
        found = service.ping_webhook(webhook)
    if as_json:
        say_json(found)
    else:
        say(f"{plain(found['id'])}: a test event is on its way.")


@app.command("remove")
@guarded
def remove(webhook: HookId) -> None:
    """Remove a webhook. Nothing more is told to it."""
    with signed_in() as service:
        service.remove_webhook(webhook)
    say(f"{plain(webhook)} is removed.")


def _row(hook: Any) -> tuple[str, ...]:
    of, why = hook["project"] or "queue", f": {hook['reason']}" if hook["reason"] else ""
    return plain(hook["id"]), plain(of), plain(f"{hook['status']}{why}"), plain(hook["url"])
