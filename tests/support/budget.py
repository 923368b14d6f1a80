"""How many examples a slow property may draw: a share of what the Hypothesis profile allows."""

from hypothesis import HealthCheck, settings


def one_in(share: int) -> settings:
    """Settings with one in `share` of the profile's examples. Whole pipelines are slow to draw, which is no fault."""
    few = max(1, settings().max_examples // share)
    return settings(max_examples=few, suppress_health_check=[HealthCheck.too_slow])
