"""The page of roles says what the rules say, and the rules say what HTTP does."""

import re

import pytest

from enclave.outputs.permissions import Act, Denial
from enclave.outputs.role_table import ROLES, answer
from tests.attacks.test_http_duties import TRIES
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
ADDRESSES = {
    Act.ASK: (
        *("POST /queries", "POST /check", "GET /projects/P-WORLD-1/fields"),
        *("POST /saved-queries", "POST /webhooks"),
    ),
    Act.READ: (
        *("GET /outputs/O-1", "GET /outputs/O-2", "GET /outputs/O-4", "GET /queries/Q-1"),
        *("GET /outputs/O-1/proof", "GET /requests/R-1"),
    ),
    Act.DOWNLOAD: (
        *("GET /outputs/O-1/table", "GET /outputs/O-2/table", "GET /outputs/O-4/table"),
        "GET /outputs/O-1/bundle",
    ),
    Act.CANCEL: ("POST /queries/Q-1/cancel", "POST /queries/Q-4/cancel"),
    Act.ASK_RELEASE: ("POST /outputs", "POST /requests", "POST /requests/R-1/items"),
    Act.WITHDRAW: ("POST /outputs/O-2/withdraw", "POST /outputs/O-5/withdraw", "POST /requests/R-1/withdraw"),
    Act.READ_QUEUE: ("GET /queue", "GET /looks"),
    Act.READ_FIGURES: ("GET /figures",),
    Act.READ_REVIEW: ("GET /outputs/O-2/review", "GET /outputs/O-5/review"),
    Act.CLAIM: ("POST /outputs/O-2/claim", "POST /outputs/O-5/claim"),
    Act.VOTE: ("POST /outputs/O-2/reviews", "POST /outputs/O-5/reviews"),
    Act.ADJUDICATE: ("POST /outputs/O-2/adjudication", "POST /outputs/O-5/adjudication"),
    Act.REVOKE: ("POST /outputs/O-1/revoke", "POST /outputs/O-4/revoke"),
    Act.SUSPEND: ("POST /outputs/O-1/revoke?alone", "POST /outputs/O-4/revoke?alone"),
    Act.CONFIRM_REVOCATION: ("POST /outputs/O-1/revocation/confirm", "POST /outputs/O-4/revocation/confirm"),
    Act.KEEP: ("POST /outputs/O-1/revocation/decline", "POST /outputs/O-4/revocation/decline"),
    Act.SUPERSEDE: ("POST /outputs/O-1/supersede", "POST /outputs/O-4/supersede"),
    Act.LOOK: ("POST /outputs/O-1/look", "POST /outputs/O-4/look"),
    Act.COMMENT: ("POST /outputs/O-2/comments", "GET /outputs/O-2/comments", "POST /outputs/O-5/comments"),
}
THEIRS = re.compile("O-4|O-5|Q-4")
"""What the researcher asked who leads nothing; all else the lead has asked."""
OF_NO_OUTPUT = {Act.ASK, Act.ASK_RELEASE, Act.READ_QUEUE, Act.READ_FIGURES}
OWN = {
    *("GET /me", "GET /me/acknowledgements", "POST /me/acknowledgements", "GET /projects", "POST /sign-out"),
    *(
        "GET /queries",
        "GET /outputs",
        "GET /requests",
        "GET /revocations",
        "GET /cases",
        "GET /cases/{}/copy",
    ),
    *("GET /saved-queries", "GET /saved-queries/{}", "POST /saved-queries/{}/rename"),
    *("DELETE /saved-queries/{}", "GET /webhooks", "GET /webhooks/{}", "POST /webhooks/{}/ping"),
    "DELETE /webhooks/{}",
}
"""Lists of what is somebody's to see, one by one; and what they keep for themselves."""
PUBLIC = {
    *("GET /demands", "GET /sign-in", "GET /reports", "GET /register", "GET /register/changes"),
    *("GET /register/schema", "GET /register/P-WORLD-1/reach", "GET /register/notes"),
}
NO = {401, 403, 404}
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


def role_of(caller: str, address: str) -> str:
    asked = caller == "researcher" and THEIRS.search(address)
    return "researcher who asked" if asked else CALLER[caller]


@pytest.mark.parametrize("act", Act)
def test_a_cell_of_the_table_is_what_http_answers(act: Act) -> None:
    """At every address of the act. The cells of the duties: `attacks/test_http_duties`."""
    found = statuses()
    for address in ADDRESSES[act]:
        for caller in CALLER:
            role, status = role_of(caller, address), found[address][caller]
            denial = answer(role, act)
            wanted = NO if denial is None else STATUS[denial]
            assert (status in wanted) is (denial is not None), (address, caller, denial, status)


def test_every_role_of_the_table_is_tried_in_every_act_that_is_about_one_output() -> None:
    for act, addresses in ADDRESSES.items():
        tried = {role_of(caller, address) for address in addresses for caller in CALLER}
        missing = set(ROLES) - tried
        assert missing <= ({"researcher who asked"} if act in OF_NO_OUTPUT else set()), act


def test_every_address_is_of_an_act_or_a_duty_or_for_anybody() -> None:
    """What is in none of the tables is somebody's own, or everybody's."""
    acts = {address for addresses in ADDRESSES.values() for address in addresses}
    duties = {
        f"{one.method} {one.path}"
        for tries in TRIES.values()
        for one in tries
        if one.method in {"GET", "POST"}
    }
    general = {re.sub(r"\b[A-Z]-[0-9]+|(?<=versions/)1", "{}", address) for address in statuses()}
    known = {re.sub(r"\b[A-Z]-[0-9]+|(?<=versions/)1", "{}", one) for one in acts | duties} | OWN | PUBLIC
    assert general - known == set()
