"""The page of roles says what the rules say, and the rules say what HTTP does."""

import pytest

from enclave.outputs.permissions import Act, Denial
from enclave.outputs.role_table import ROLES, answer
from tests.attacks.test_http_roles import CALLERS, MATRIX
from tests.support.role_page import PAGE, page_text

CALLER = {
    "lead": "lead researcher",
    "researcher": "researcher of the project, or its program",
    "program": "researcher of the project, or its program",
    "manager": "project manager",
    "stranger": "researcher elsewhere",
    "steward": "data steward",
    "officer": "school data officer",
    "checker": "output checker",
    "senior": "senior checker",
    "own-checker": "checker of the same organisation",
    "admin": "admin",
    "auditor": "auditor",
}
ADDRESS = {
    Act.READ: "GET /outputs/O-1",
    Act.DOWNLOAD: "GET /outputs/O-1/table",
    Act.CANCEL: "POST /queries/Q-1/cancel",
    Act.ASK_RELEASE: "POST /outputs",
    Act.WITHDRAW: "POST /outputs/O-2/withdraw",
    Act.READ_QUEUE: "GET /queue",
    Act.READ_REVIEW: "GET /outputs/O-2/review",
    Act.CLAIM: "POST /outputs/O-2/claim",
    Act.VOTE: "POST /outputs/O-2/reviews",
    Act.ADJUDICATE: "POST /outputs/O-2/adjudication",
    Act.REVOKE: "POST /outputs/O-1/revoke",
    Act.CONFIRM_REVOCATION: "POST /outputs/O-1/revocation/confirm",
    Act.KEEP: "POST /outputs/O-1/revocation/decline",
}
STATUS = {Denial.ROLE: {403}, Denial.INTEREST: {403, 404}, Denial.HIDDEN: {404}}


def statuses() -> dict[str, dict[str, int]]:
    """What each caller is answered at each address, as it is tried over HTTP."""
    found = {}
    for line in MATRIX.strip().split("\n"):
        method, path, *answers = line.split()
        found[f"{method} {path}"] = dict(zip(CALLERS, map(int, answers), strict=True))
    return found


def test_the_page_is_what_the_rules_say() -> None:
    assert PAGE.read_text("utf-8") == page_text(), "write it anew: python -m tests.support.role_page"


@pytest.mark.parametrize("act", ADDRESS)
def test_a_cell_of_the_table_is_what_http_answers(act: Act) -> None:
    tried = statuses()[ADDRESS[act]]
    for caller, role in CALLER.items():
        denial, status = answer(role, act), tried[caller]
        if denial is None:
            assert status not in {401, 403, 404}, (caller, status)
        else:
            assert status in STATUS[denial], (caller, denial, status)


def test_every_role_of_the_table_is_tried_but_whoever_asked() -> None:
    """In the little world the lead has asked."""
    assert set(CALLER.values()) == set(ROLES) - {"researcher who asked"}
