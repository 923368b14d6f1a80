"""The page about these attacks says what they learn."""

from pathlib import Path

import pytest

from tests.attacks.sessions.all_attacks import ATTACKS, BY_NAME
from tests.attacks.sessions.enclave import Defence
from tests.attacks.sessions.report import best

PAGE = Path(__file__).parents[3] / "docs/explanation/session-attacks.md"
NEARLY = 0.05
"""Figures with the ledger move a little with its rules; the bound itself is held by tests of its own."""


def _lines() -> dict[str, list[str]]:
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.read_text("utf-8").splitlines()
    ]
    return {line[0]: line for line in cells if len(line) == 6}


def test_the_page_has_a_line_for_each_attack() -> None:
    assert set(_lines()) - {"attack", "---"} == set(BY_NAME)


@pytest.mark.parametrize("attack", [attack.name for attack in ATTACKS])
def test_the_page_says_what_an_attack_learns(attack: str) -> None:
    _, source, gate, without, with_it, guessing = _lines()[attack]
    found = [
        best(BY_NAME[attack], defence) for defence in (Defence.PLAIN_GATE, Defence.NO_LEDGER, Defence.LEDGER)
    ]
    assert source == BY_NAME[attack].source
    assert float(gate) == pytest.approx(found[0].share, abs=0.006)
    assert float(without) == pytest.approx(found[1].share, abs=0.006)
    assert float(with_it) == pytest.approx(found[2].share, abs=NEARLY)
    assert float(guessing) == pytest.approx(found[1].by_guessing, abs=0.006)
