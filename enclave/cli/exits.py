"""How a command ends. The numbers are part of the interface and do not change; docs/reference/exit-codes.md."""

from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from enclave.problems import Problem


class Exit(IntEnum):
    DONE = 0
    UNEXPECTED = 1  # a fault of ours, or findings in policy or source files
    USAGE = 2
    REFUSED = 3  # by policy
    WITH_CHECKERS = 4
    STOPPED = 5  # cancelled, timed out or out of memory


STOPPED = frozenset({"cancelled", "timeout", "out-of-memory"})


def exit_for(problems: Iterable["Problem"]) -> Exit:
    """The gravest of the problems decides: a fault before a stop before a refusal."""
    codes = {problem.code for problem in problems}
    if "fault" in codes:
        return Exit.UNEXPECTED
    if codes & STOPPED:
        return Exit.STOPPED
    return Exit.REFUSED if codes else Exit.DONE
