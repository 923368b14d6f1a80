"""A project that has to look at people with a consent alone lets more through when it no longer has to."""

from dataclasses import replace

import pytest

from enclave.projects.comparing import compare_policies
from enclave.terms.changes import Effect
from tests.support.service import THIS, policies

NONE, PRESS, BOTH = frozenset[str](), frozenset({"press"}), frozenset({"press", "commercial"})


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (PRESS, NONE, Effect.WIDENS),
        (BOTH, PRESS, Effect.WIDENS),
        (NONE, PRESS, Effect.NARROWS),
        (PRESS, BOTH, Effect.NARROWS),
        (PRESS, frozenset({"commercial"}), Effect.WIDENS),
    ],
)
def test_a_consent_that_is_no_longer_asked_for_widens(
    before: frozenset[str], after: frozenset[str], effect: Effect
) -> None:
    policy = policies().in_force[THIS]
    first, second = (replace(policy, consent_of=recipients) for recipients in (before, after))
    changed = [(change.what, change.effect) for change in compare_policies(first, second)]
    assert changed == [("consent_of", effect)]


def test_the_same_consents_change_nothing() -> None:
    policy = policies().in_force[THIS]
    assert list(compare_policies(policy, replace(policy, consent_of=policy.consent_of))) == []
