"""From the policy in force to how numbers are changed."""

from enclave.disclosure.perturbation.method import CellKeys, Perturbing, Rounding
from enclave.projects import Method, Policy


def perturbing_of(policy: Policy) -> Perturbing | None:
    """How numbers are changed: the same for all projects of a house by cell keys, whatever thresholds they add."""
    rules, house = policy.rules, policy.house.rules
    match rules.method:
        case Method.SUPPRESS:
            return None
        case Method.ROUND:
            return Rounding(rules.rounding_base)
        case Method.CELL_KEY:
            noise = rules.cell_key
            small = house.min_units - 1 if noise.keeps_off_small else 0
            return CellKeys(noise.maximum, float(noise.variance), small)
