"""The route of an item. It depends on the query, the policy and what the project asked before: never on data."""

from collections.abc import Iterator
from dataclasses import dataclass

from enclave.outputs.records import Wanted
from enclave.projects import Policy, Route


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a query, and of the project's own history, decides its route.

    `cells` is the size that the code lists allow; None where they do not say. `exclusions` counts the compound ones
    that the project ever asked, this query's among them.
    """

    strictest_tier: int
    off_cut_points: bool
    cells: int | None
    exclusions: int = 0
    wanted: Wanted = Wanted.ORDINARY


@dataclass(frozen=True, slots=True)
class Routing:
    """A route, and in plain words why it is stricter than the project's ordinary one."""

    route: Route
    reasons: tuple[str, ...]


def decide(asked: Asked, policy: Policy) -> Routing:
    """The strictest route that anything in the query asks for.

    Limit: a dimension without a published code list (schools, areas) counts for nothing towards the size.
    """
    wanted = tuple(_wanted(asked, policy))
    route = max([policy.routes.ordinary, *(found for found, _ in wanted)])
    return Routing(route, tuple(reason for found, reason in wanted if found > policy.routes.ordinary))


def _wanted(asked: Asked, policy: Policy) -> Iterator[tuple[Route, str]]:
    if asked.strictest_tier == 1:
        yield policy.routes.tier_1, "it uses a tier-1 field"
    if asked.wanted is Wanted.CHECKERS:
        yield Route(max(1, policy.house.lifetime_cap.beyond.checkers)), "whoever asked chose checkers"
    if asked.off_cut_points:
        yield (
            policy.routes.off_cut_points,
            "it compares a measure with a number that is not one of its cut points",
        )
    if asked.exclusions > policy.house.compound_exclusions_per_project:
        most = policy.house.compound_exclusions_per_project
        reason = f"the project has excluded people by several fields together more than {most} times"
        yield Route(max(1, policy.routes.ordinary.checkers)), reason
    if asked.cells is not None and asked.cells > policy.max_cells:
        yield (
            Route(max(1, policy.routes.ordinary.checkers)),
            f"it could have more than {policy.max_cells:,} cells",
        )
