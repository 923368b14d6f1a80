"""What the commands that speak to a service share. They use the client and nothing else of the product."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from enclave.cli.exits import Exit
    from enclave.client.problems import Problem
    from enclave.client.service import Service


def local_or_online(
    home: Path | None, project: str | None, person: str | None, at: str | None = None
) -> tuple[Path, str, str] | None:
    """The deployment, project and person that were named; None for the service that somebody is signed in to."""
    if home is None:
        if person is not None or at is not None:
            raise typer.BadParameter(
                "--as and --at are for a deployment on this machine: name it with --home"
            )
        return None
    if project is None or person is None:
        raise typer.BadParameter("with --home, name the --project, and the person with --as")
    return home, project, person


@contextmanager
def signed_in() -> Iterator["Service"]:
    """The service, as the person of `enclave login`."""
    from enclave.client.project import signed_in as service_of_sign_in

    with service_of_sign_in() as service:
        yield service


def project_of(service: "Service", project: str | None) -> str:
    """The id of the project that is meant: the one named, or the only one."""
    if project is not None:
        return project
    from enclave.client.project import chosen

    return str(chosen(service.me(), None)["id"])


def problem_exit(problem: "Problem") -> "Exit":
    """How a command ends that a problem stopped."""
    from enclave.cli.exits import Exit
    from enclave.client import problems

    match problem:
        case problems.NotSignedIn():
            return Exit.USAGE
        case problems.Unreachable() | problems.Misunderstood():
            return Exit.UNEXPECTED
        case problems.NotReleased():
            return Exit.WITH_CHECKERS
        case problems.Stopped() if problem.code in problems.STOPS:
            return Exit.STOPPED
        case _ if problem.code in {"fault", "interrupted"} or (problem.status or 0) >= 500:
            return Exit.UNEXPECTED
        case _:
            return Exit.REFUSED


def plain(words: Any) -> str:
    """Words of the service, without what could steer a terminal."""
    from enclave.client.rendering import printable

    return printable(str(words if words is not None else ""))


def long_day(text: Any) -> str:
    """`2027-03-31` as `31 March 2027`."""
    try:
        day = date.fromisoformat(str(text)[:10])
    except ValueError:
        return plain(text)
    return f"{day.day} {day:%B %Y}"


def write_whole(path: Path, content: bytes) -> None:
    """The file, all of it or the one that was there."""
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_bytes(content)
    unfinished.replace(path)
