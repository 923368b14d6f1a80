"""The table of docs/explanation/session-attacks.md: `python -m tests.attacks.sessions.report`."""

from tests.attacks.sessions.all_attacks import ATTACKS, outcomes
from tests.attacks.sessions.enclave import Defence
from tests.attacks.sessions.scoring import Attack, Outcome

HEADER = (
    "| attack | source | a plain gate | without the ledger | with it | guessing |\n"
    "| --- | --- | --- | --- | --- | --- |"
)


def best(attack: Attack, defence: Defence) -> Outcome:
    """The form that learns most."""
    return max(outcomes(attack.name, defence).values(), key=lambda outcome: outcome.gain)


def row(attack: Attack) -> str:
    """One line: the share of its secrets that each attack learns, in its best form."""
    shares = [f"{best(attack, defence).share:.2f}" for defence in Defence]
    guessing = f"{best(attack, Defence.NO_LEDGER).by_guessing:.2f}"
    return f"| {' | '.join([attack.name, attack.source, *shares, guessing])} |"


def table(attacks: tuple[Attack, ...]) -> str:
    return "\n".join([HEADER, *(row(attack) for attack in attacks)])


if __name__ == "__main__":
    print(table(ATTACKS))
