"""`enclave login` and `logout`: who speaks to which service. The token stays in the user's own folder."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from enclave.cli.edge import guarded
from enclave.cli.online import long_day, plain
from enclave.cli.options import AsJson
from enclave.cli.screen import complain, say, say_json

if TYPE_CHECKING:
    from enclave.client.sign_in import SignIn

MOST_TOKEN = 16_384
TOKEN_SECONDS = 8 * 3600  # a token from a file is looked at again after a working day at the latest

Url = Annotated[
    str, typer.Argument(metavar="URL", help="The service, such as http://localhost:8000.", show_default=False)
]
Persona = Annotated[
    str | None,
    typer.Option("--as", help="A persona of the development issuer, on this machine.", show_default=False),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file", help="Read an access token from a file; - is standard input.", show_default=False
    ),
]


@guarded
def login(url: Url, persona: Persona = None, token_file: TokenFile = None, as_json: AsJson = False) -> None:
    """Sign in to a service, in a browser by a code. The sign-in is kept in your own folder, for you alone."""
    from enclave.client import surroundings
    from enclave.client.service import Service, sign_in_as
    from enclave.client.sign_in import keep

    if persona is not None and token_file is not None:
        raise typer.BadParameter("sign in --as a persona, or with a token: --token-file")
    if persona is not None:
        sign_in = sign_in_as(url, persona)
    else:
        sign_in = _by_code(url) if token_file is None else _from_file(url, token_file)
    with Service(sign_in.url, sign_in.token) as service:
        me = service.me()
    keep(sign_in, surroundings.config_folder())
    if as_json:
        say_json(me)
    else:
        say(_signed_in(me))


@guarded
def logout(as_json: AsJson = False) -> None:
    """Forget the sign-in that is kept in your folder, and have the service forget it too."""
    from enclave.client import surroundings
    from enclave.client.sign_in import forget

    _end_token(surroundings.config_folder())
    there = forget(surroundings.config_folder())
    if as_json:
        say_json({"signed_out": there})
    else:
        say("Signed out." if there else "Nobody was signed in.")


def _by_code(url: str) -> "SignIn":
    from enclave.client.device import SignInService, offer_of
    from enclave.client.service import Service

    with Service(url, None) as service:
        offer = offer_of(service.sign_in())
    with SignInService(offer) as sign_in_service:
        code = sign_in_service.begin()
        complain(f"Open {plain(code.address)} in a browser and enter the code: {plain(code.user)}")
        if code.whole_address is not None:
            complain(f"Or open: {plain(code.whole_address)}")
        return sign_in_service.wait(code, url)


def _end_token(folder: Path) -> None:
    """Best effort: what cannot be told now ends by itself, and the token is forgotten here in any case."""
    from enclave.client.problems import Problem
    from enclave.client.service import Service
    from enclave.client.sign_in import kept

    with suppress(Problem):
        sign_in = kept(folder)
        with Service(sign_in.url, sign_in.token) as service:
            service.sign_out()


def _from_file(url: str, file: Path | None) -> "SignIn":
    from enclave.client import surroundings
    from enclave.client.sign_in import SignIn, service_url

    try:
        with sys.stdin if str(file) == "-" else Path(str(file)).open(encoding="utf-8") as source:
            token = source.read(MOST_TOKEN).strip()
    except (OSError, UnicodeDecodeError):
        raise typer.BadParameter(f"{file} cannot be read", param_hint="--token-file") from None
    if not token or not token.isascii() or any(letter.isspace() for letter in token):
        raise typer.BadParameter("there is no token in it", param_hint="--token-file")
    return SignIn(service_url(url), token, "", surroundings.now() + TOKEN_SECONDS)


def _signed_in(me: dict[str, Any]) -> str:
    lines = [f"Signed in: {plain(me.get('display_name') or me.get('person'))}. {_projects(me)}"]
    lines += [f"  {plain(lack)}" for lack in me.get("lacks") or ()]
    if me.get("synthetic"):
        lines.append("SYNTHETIC DATA: all people are made up.")
    return "\n".join(lines)


def _projects(me: dict[str, Any]) -> str:
    projects = [f"{plain(one['id'])} (ends {long_day(one.get('ends'))})" for one in me.get("projects") or ()]
    match projects:
        case []:
            return f"Roles: {', '.join(map(plain, me.get('roles') or ['none']))}."
        case [one]:
            return f"One project: {one}."
        case _:
            return f"{len(projects)} projects: {', '.join(projects)}."
