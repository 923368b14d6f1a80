"""The route of an item follows from the query, the policy and what the project asked before."""

from enclave.outputs.routes import Asked, decide
from enclave.terms import ProjectId
from tests.oracle.policies import PROJECT
from tests.support.ask import policies


def test_a_project_that_excluded_people_too_often_is_on_the_checked_route() -> None:
    policy = policies(10, 1).in_force[ProjectId(PROJECT)]
    most = policy.house.compound_exclusions_per_project
    assert decide(Asked(4, False, 10, most), policy).route.automatic
    routing = decide(Asked(4, False, 10, most + 1), policy)
    assert routing.route.checkers == 1
    assert "several fields together" in routing.reasons[0]
