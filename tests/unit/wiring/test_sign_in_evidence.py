"""With real data no token counts that gives no evidence of a second factor."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from enclave.wiring.home import Home, WrongUse
from enclave.wiring.policies import policies_of
from enclave.wiring.sign_in import sign_in_of

ISSUER = "https://sign-in.example"
REPOSITORY = Path(__file__).parents[3]


def asked(tmp_path: Path, evidence: str, *, synthetic: bool) -> frozenset[str]:
    """The issuers that count in a home whose only one is this."""
    home = Home(tmp_path)
    shutil.copytree(REPOSITORY / "policies", home.policies)
    (home.policies / "sign-in.yaml").write_text(
        f"apiVersion: enclave/v1\nkind: SignIn\naudience: enclave\n"
        f"issuers:\n  - issuer: {ISSUER}\n    jwks: {ISSUER}/jwks\n{evidence}",
        "utf-8",
    )
    policies = policies_of(home)
    house = replace(policies.house, synthetic=synthetic)
    found = sign_in_of(home, replace(policies, house=house), loopback=False)
    return frozenset(one.name for one in found.rules.issuers)


def test_an_issuer_that_gives_no_evidence_does_not_count_with_real_data(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=f"{ISSUER} needs acr or amr"):
        asked(tmp_path, "", synthetic=False)


@pytest.mark.parametrize("evidence", ["    amr: [mfa]\n", "    acr: [two-factors]\n"])
def test_one_that_gives_evidence_counts(tmp_path: Path, evidence: str) -> None:
    assert asked(tmp_path, evidence, synthetic=False) == {ISSUER}


def test_with_synthetic_data_evidence_is_the_house_s_choice(tmp_path: Path) -> None:
    assert asked(tmp_path, "", synthetic=True) == {ISSUER}
