"""What an attack has learnt, beside what anybody would guess.

An attacker who does not know guesses too: a value by the mean of its group; a code or a count as she has practised it,
on other regions with the same pattern of shown and hidden numbers, where she knows the truth.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from tests.attacks.sessions.enclave import Attacked, Session
from tests.attacks.sessions.world import Numbers, Site

NEAR = 5.0
"""A score counts as learnt when it is placed within so many points, of a deviation of 20."""
MARGIN = 0.03
"""A few true means carry that much by themselves."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What an attacker says: one row per seed and one column per secret, NaN where she does not know.

    `patterns` hold, per seed, which of her questions had an answer.
    """

    values: Numbers
    patterns: tuple[Hashable, ...]


Form = Callable[[Session, Site], Claims]


class Guess(StrEnum):
    """How anybody would guess."""

    GROUP_MEAN = "the mean of the seed's own secrets"
    OTHERS_MEAN = "the mean of the other seeds'"
    IN_ORDER = "the mean of the other seeds' secrets at the same place in order"
    COMMONEST = "the commonest of the other seeds'"
    COMMONEST_OF_ALL = "the commonest of all"


@dataclass(frozen=True, slots=True)
class Attack:
    """One known way to learn a secret, in one or more forms. Each form is a session of its own.

    `secret` has one row per seed; a NaN in it is no secret. `near`: how near a value must be placed; 0 for codes.
    `stopped`: forms that cannot succeed even without a ledger, and why; a plain gate is the control for those.
    """

    name: str
    source: str
    site: Callable[[], Site]
    secret: Callable[[Site], Numbers]
    forms: Mapping[str, Form]
    near: float = 0.0
    guess: Guess = Guess.COMMONEST
    stopped: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_certain(self) -> bool:
        """Whether what the attack claims is known, not the likeliest of many solutions."""
        return self.guess in (Guess.COMMONEST, Guess.OTHERS_MEAN)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Shares of the secrets, per seed: learnt by the attack, and got by guessing. `sure`: share claimed as known."""

    form: str
    learnt: Numbers
    guessed: Numbers
    sure: float

    @property
    def share(self) -> float:
        return float(np.mean(self.learnt))

    @property
    def by_guessing(self) -> float:
        return float(np.mean(self.guessed))

    @property
    def gain(self) -> float:
        return self.share - self.by_guessing

    @property
    def allowance(self) -> float:
        """Three percentage points and two standard errors."""
        difference = self.learnt - self.guessed
        return MARGIN + 2 * float(np.std(difference, ddof=1)) / float(np.sqrt(len(difference)))

    @property
    def beats_guessing(self) -> bool:
        return self.gain > self.allowance

    def __str__(self) -> str:
        return (
            f"{self.form}: learnt {self.share:.3f}, guessing {self.by_guessing:.3f}, "
            f"allowed above it {self.allowance:.3f}, sure of {self.sure:.3f}, {len(self.learnt)} seeds"
        )


def carry_out(attack: Attack, attacked: Attacked) -> list[Outcome]:
    """Every form of an attack, each in a new session."""
    truth = attack.secret(attacked.site)
    return [
        _outcome(name, form(attacked.session(), attacked.site), truth, attack)
        for name, form in attack.forms.items()
    ]


def _outcome(form: str, claims: Claims, truth: Numbers, attack: Attack) -> Outcome:
    known = ~np.isnan(claims.values)
    match attack.guess:
        case Guess.GROUP_MEAN:
            guess = said = np.repeat(np.nanmean(truth, axis=1, keepdims=True), truth.shape[1], axis=1)
        case Guess.OTHERS_MEAN | Guess.IN_ORDER:
            guess = said = (np.sum(truth, axis=0) - truth) / (len(truth) - 1)
        case Guess.COMMONEST_OF_ALL:
            guess = said = np.full_like(truth, _commonest(truth.ravel()))
        case Guess.COMMONEST:
            guess = _practised([()] * len(truth), truth)
            said = _practised(claims.patterns, truth)
    answer = np.where(known, claims.values, said)
    learnt, guessed = (_share(each, truth, attack.near) for each in (answer, guess))
    return Outcome(form, learnt, guessed, float(np.mean(known[~np.isnan(truth)])))


def _share(answer: Numbers, truth: Numbers, near: float) -> Numbers:
    """Per seed, the share of its secrets that are right."""
    right = np.where(np.isnan(truth), np.nan, np.abs(answer - truth) <= max(near, 1e-6))
    share: Numbers = np.nanmean(right, axis=1)
    return share


def _practised(patterns: Sequence[Hashable], truth: Numbers) -> Numbers:
    """For each seed, the commonest truth in the other half among those of its pattern; of all, where none has it.

    Halves, even and odd: leaving out one seed alone would make its own truth the rarer one, and every guess wrong.
    """
    rows = []
    for seed, pattern in enumerate(patterns):
        others = list(range(1 - seed % 2, len(truth), 2))
        alike = [place for place in others if patterns[place] == pattern]
        rows.append([_commonest(truth[alike or others, secret]) for secret in range(truth.shape[1])])
    return np.array(rows)


def _commonest(values: Numbers) -> float:
    counted = Counter(float(value) for value in values if not np.isnan(value))
    return min(counted, key=lambda value: (-counted[value], value)) if counted else 0.0
