"""`enclave register`: who uses the data, and why. Public, so it needs no sign-in."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from enclave.cli.edge import guarded
from enclave.cli.online import long_day, plain
from enclave.cli.options import AsJson
from enclave.cli.screen import columns, say, say_json

Project = Annotated[str | None, typer.Argument(metavar="PROJECT", help="Only this one, in full.")]
Url = Annotated[
    str | None,
    typer.Option("--service", help="The service; else the one you are signed in to.", show_default=False),
]


@guarded
def register(project: Project = None, url: Url = None, as_json: AsJson = False) -> None:
    """Show the public register of uses: who, why, by what right, with which fields, and what was released."""
    from enclave.client import surroundings
    from enclave.client.service import Service
    from enclave.client.sign_in import kept

    where = url or surroundings.setting("ENCLAVE_URL") or kept(surroundings.config_folder()).url
    with Service(where, None) as service:
        found = service.register() if project is None else service.register_entry(project)
    if as_json:
        say_json(found)
    elif project is None:
        say("\n".join(_all(found)))
    else:
        say("\n".join(entry_text(found)))


def _all(register: dict[str, Any]) -> Iterator[str]:
    if register.get("synthetic"):
        yield "SYNTHETIC DATA: all people are made up."
    rows = [
        (
            plain(one["id"]),
            plain(one["stage"]),
            plain(one["organisation"]["name"]),
            plain(one["title"]),
            f"{len(one['activity']['releases'])} released",
        )
        for one in register["projects"]
    ]
    yield columns(rows, indent=" ")
    yield from (
        f" {plain(one['title'])}: {one['requests']} requests, {one['records']} records given"
        for one in register.get("access_by_authorities") or ()
    )


def entry_text(entry: dict[str, Any]) -> Iterator[str]:
    """One project as the public reads it."""
    purpose, legal, dates = entry["purpose"], entry["legal"], entry["dates"]
    activity = entry["activity"]
    yield f"{plain(entry['id'])}  {plain(entry['title'])}"
    yield f"  {plain(purpose['summary'])}"
    bases = ", ".join(plain(legal[name]) for name in ("article_6", "article_9") if legal.get(name))
    rows = [
        ("who", f"{plain(entry['organisation']['name'])}; led by {plain(entry['lead'])}"),
        ("purpose", plain(purpose["title"])),
        ("legal basis", f"{bases}; {plain(legal['gateway'])}"),
        ("dates", f"{long_day(dates['starts'])} to {long_day(dates['ends'])}"),
        ("queries", f"{activity['queries_run']} run, {activity['queries_refused']} refused"),
    ]
    yield columns(rows)
    for table in entry["data"]["tables"]:
        yield from _table(table)
    yield from (
        f"  released  {plain(one['output'])}  {long_day(one['released_at'])}  {plain(one['title'])}"
        f"{'  (revoked)' if one['revoked'] else ''}"
        for one in activity["releases"]
    )


def _table(table: dict[str, Any]) -> Iterator[str]:
    if table["public"]:
        yield f"  {plain(table['table'])}: public, all of it"
        return
    yield f"  {plain(table['table'])} ({', '.join(map(plain, table['years'] or ()))})"
    rows = [(plain(one["field"]), f"tier {one['tier']}", plain(one["why"])) for one in table["fields"]]
    yield columns(rows, indent="    ")
