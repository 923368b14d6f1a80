"""`enclave serve`: a deployment over HTTP, until it is stopped."""

from typing import TYPE_CHECKING, Annotated

import typer

from enclave.cli.edge import guarded
from enclave.cli.options import AsJson, Home
from enclave.cli.screen import columns, say, say_json

if TYPE_CHECKING:
    from enclave.wiring.gateway import Gateway

Host = Annotated[str, typer.Option("--host", help="The address to listen on; else this machine only.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="0 is any free one.")]
Workers = Annotated[int, typer.Option("--workers", min=1, max=64, help="Queries at one time.")]


@guarded
def serve(
    home: Home, host: Host = "127.0.0.1", port: Port = 8000, workers: Workers = 8, as_json: AsJson = False
) -> None:
    """Serve a deployment over HTTP. Ctrl+C stops it; what runs then may end first."""
    from enclave.web.serve import announce
    from enclave.web.serve import serve as serve_home
    from enclave.wiring.memory import settle

    def ready(address: str, gateway: "Gateway") -> None:
        settle()
        if as_json:
            say_json({"url": address, "personas": [person for person, _ in _personas(gateway)]})
            return
        announce(address, gateway)
        personas = _personas(gateway)
        if personas:
            say(f"Sign in as (development issuer, no passwords): enclave login {address} --as PERSONA")
            say(columns(personas))

    serve_home(home, host, port, workers=workers, ready=ready)


def _personas(gateway: "Gateway") -> list[tuple[str, str]]:
    """Whom one can sign in as without a password, and what they do; nobody, where the data are real."""
    from enclave.identity.development import personas

    if gateway.development is None:
        return []
    found = personas(gateway.desk.policies().people)
    return [(one.person, ", ".join(sorted(role.value for role in one.roles))) for one in found]
