"""The edge of every command: what it raises becomes words and an exit code.

Of an unexpected error the words stay inside: they could quote what a person typed, or a row.
"""

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

import typer

from enclave.cli.exits import Exit
from enclave.cli.screen import complain

if TYPE_CHECKING:
    from enclave.client import problems as told
    from enclave.problems import Problem

P = ParamSpec("P")
OURS = (typer.Exit, typer.Abort, typer.BadParameter)  # typer knows what to do with these


def guarded(command: Callable[P, None]) -> Callable[P, None]:
    """The command, ended by an exit code whatever happens in it."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except OURS:
            raise
        except KeyboardInterrupt:
            complain("enclave: cancelled")
            raise typer.Exit(Exit.STOPPED) from None
        except BrokenPipeError:
            _stop_writing()
            raise typer.Exit(Exit.DONE) from None
        except Exception as error:  # noqa: BLE001 - the edge
            home = kwargs.get("home")
            as_json = kwargs.get("as_json") is True
            raise typer.Exit(
                answer_for(error, home if isinstance(home, Path) else None, as_json=as_json)
            ) from None

    return run


def _stop_writing() -> None:
    """The reader has seen enough: what is left to be flushed at the end goes nowhere, without a complaint."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def answer_for(error: Exception, home: Path | None, *, as_json: bool = False) -> Exit:
    """Say what stopped the command, and choose its exit code."""
    from enclave.client import problems as told

    if isinstance(error, told.Problem):
        return _told(error, as_json=as_json)
    from enclave.documents import Findings, rendered
    from enclave.loading.findings import LoadRefused
    from enclave.problems import Problem, Refusals
    from enclave.query.installed import UnreviewedEngine
    from enclave.wiring.home import WrongUse

    match error:
        case UnreviewedEngine():  # names of functions, and nothing that a person typed
            complain(f"enclave: this engine was not reviewed: {error}")
            return Exit.UNEXPECTED
        case WrongUse():
            complain(f"enclave: {error}")
            return Exit.USAGE
        case Findings():
            complain(rendered(error.findings))
            return Exit.UNEXPECTED
        case LoadRefused():
            complain(error.text())
            return Exit.REFUSED
        case Refusals():
            return _refused(error.problems)
        case Problem():
            return _refused((error,))
        case _:
            return _fault(error, home)


def _refused(problems: tuple["Problem", ...]) -> Exit:
    from enclave.cli.exits import exit_for

    for problem in problems:
        complain(f"{problem.code}: {problem.detail}")
    return exit_for(problems)


def _told(problem: "told.Problem", *, as_json: bool) -> Exit:
    """What a service said. A refused query is an answer, and goes where answers go."""
    from enclave.cli.online import problem_exit
    from enclave.cli.screen import say, say_json
    from enclave.client.problems import Refused

    if as_json:
        say_json(
            {"status": "refused" if isinstance(problem, Refused) else "failed", "problem": problem.document}
        )
    elif isinstance(problem, Refused):
        say(str(problem))
    else:
        complain(str(problem))
    return problem_exit(problem)


def _fault(error: Exception, home: Path | None) -> Exit:
    """One line with an id. The rest is in the home's log, where there is a home to keep it."""
    from enclave.wiring.faults import record_fault
    from enclave.wiring.sources import SystemClock, new_fault_id

    fault_id = new_fault_id()
    if home is None or not (home / "state").is_dir():
        complain(f"enclave: unexpected {type(error).__name__} ({fault_id}); there is no home to log it in")
        return Exit.UNEXPECTED
    log = home / "state" / "faults.jsonl"
    record_fault(error, log=log, fault_id=fault_id, at=SystemClock().now())
    complain(f"enclave: something went wrong on our side: {fault_id} (see {log})")
    return Exit.UNEXPECTED
