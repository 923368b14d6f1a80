"""What a notebook adds: refusals as HTML, and the cell magic `%%enclave`.

%load_ext enclave.client
%%enclave --name pupils-by-la --out df
SELECT la_code, count(*) AS pupils FROM school_census_pupil GROUP BY 1
"""

import argparse
import shlex
import sys
from typing import Any, NoReturn, Protocol

from enclave.client.problems import Problem, simply
from enclave.client.project import connect


class Shell(Protocol):
    """What is used of IPython."""

    user_ns: dict[str, Any]

    def register_magic_function(self, func: Any, magic_kind: str, magic_name: str) -> None: ...


def shown_as_html(html: str) -> bool:
    """Show HTML, where somebody can see it: in a notebook, and not in a terminal."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if ipython is None or shell is None or not hasattr(shell, "kernel"):
        return False
    ipython.display.display(ipython.display.HTML(html))
    return True


def load_ipython_extension(shell: Shell) -> None:
    """`%load_ext enclave.client`."""

    def enclave(line: str, cell: str) -> object:
        """Ask the query in the cell; show its table, or keep it with --out."""
        return _asked(shell, line, cell)

    shell.register_magic_function(enclave, magic_kind="cell", magic_name="enclave")


class _Words(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise simply(Problem, "wrong-use", f"%%enclave {message}. {self.format_usage().strip()}")


def _words() -> _Words:
    words = _Words(prog="%%enclave", add_help=False, allow_abbrev=False)
    words.add_argument("--name", help="what the query is called")
    words.add_argument("--out", help="the variable that the table goes to")
    words.add_argument("--project", help="the project, where there are several")
    return words


def _asked(shell: Shell, line: str, cell: str) -> object:
    """The table; the query itself if there is no release yet."""
    given = _words().parse_args(shlex.split(line))
    if given.out is not None and not given.out.isidentifier():
        raise simply(Problem, "wrong-use", f"{given.out} cannot be the name of a variable.")
    query = connect(project=given.project).query(cell, name=given.name).wait()
    found: object = query.table() if query.answer["status"] == "released" else query
    if given.out is None:
        return found
    shell.user_ns[given.out] = found
    return None
