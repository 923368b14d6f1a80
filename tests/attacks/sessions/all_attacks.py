"""Every attack, and what each has learnt."""

from functools import cache

from tests.attacks.sessions import adaptive, differences, parts, single_answers, small_groups, sums, trackers
from tests.attacks.sessions.enclave import Attacked, Defence
from tests.attacks.sessions.scoring import Attack, Outcome, carry_out

ATTACKS: tuple[Attack, ...] = (
    *sums.ATTACKS,
    *small_groups.ATTACKS,
    *trackers.ATTACKS,
    *differences.ATTACKS,
    *parts.ATTACKS,
    *adaptive.ATTACKS,
    *single_answers.ATTACKS,
)
BY_NAME = {attack.name: attack for attack in ATTACKS}


@cache
def outcomes(name: str, defence: Defence) -> dict[str, Outcome]:
    """By form. The same for ever: every site and every question comes from fixed seeds."""
    attack = BY_NAME[name]
    with Attacked(attack.site(), defence) as attacked:
        found = {outcome.form: outcome for outcome in carry_out(attack, attacked)}
    for outcome in found.values():
        print(f"{name}, {defence}: {outcome}")
    return found
