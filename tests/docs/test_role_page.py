"""The page of roles says what the rules say, and the rules say what HTTP does."""

import pytest

from enclave.outputs.duties import Duty
from enclave.outputs.permissions import Act, Denial
from enclave.outputs.role_table import ROLES, answer, duty_table
from enclave.people import Role
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


DUTY_ADDRESS = {
    Duty.READ_CONSENTS: "GET /consents",
    Duty.RECORD_CONSENT: "POST /consents",
    Duty.WITHDRAW_CONSENT: "POST /consents/withdrawals",
    Duty.READ_POLICY_VERSIONS: "GET /policy-versions",
    Duty.CONFIRM_POLICY: "POST /policy-versions/1/confirm",
}
ROLES_OF = {
    **dict.fromkeys(("lead", "researcher", "program", "stranger"), (Role.RESEARCHER,)),
    "manager": (Role.PROJECT_MANAGER,),
    "steward": (Role.DATA_STEWARD,),
    "officer": (Role.SCHOOL_DATA_OFFICER,),
    "checker": (Role.OUTPUT_CHECKER,),
    "senior": (Role.OUTPUT_CHECKER, Role.SENIOR_CHECKER),
    "own-checker": (Role.OUTPUT_CHECKER, Role.SENIOR_CHECKER),
    "admin": (Role.ADMIN,),
    "auditor": (Role.AUDITOR,),
}


@pytest.mark.parametrize("duty", DUTY_ADDRESS)
def test_a_cell_of_the_duties_is_what_http_answers(duty: Duty) -> None:
    tried = statuses()[DUTY_ADDRESS[duty]]
    for caller, roles in ROLES_OF.items():
        may = any(duty_table()[duty][role] for role in roles)
        assert (tried[caller] == 403) is not may, (caller, tried[caller])
        assert tried[caller] != 401
