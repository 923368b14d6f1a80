"""Somebody without an accreditation of their own signs in, and a visa of the sign-in service stands for one."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from playwright.sync_api import Page

from tests.full.sign_in import RESEARCHER, SUBJECTS, Together, free_port, together
from tests.support.provider import Certificate, signing_key
from tests.support.service import Files, edit_yaml

LACKS = "has no accreditation"
PORT = free_port()
ISSUER = f"https://127.0.0.1:{PORT}"
KEY = signing_key("first")
BOARD = "https://accreditation.example"
BONA_FIDE = "https://value.example/bona-fide"


def visa(subject: str, key: dict[str, Any] = KEY, **changes: Any) -> str:
    at = int(time.time())
    said = {"type": "ResearcherStatus", "asserted": at - 60, "value": BONA_FIDE, "source": BOARD, "by": "so"}
    claims = {"iss": ISSUER, "sub": subject, "iat": at, "exp": at + 3600, "ga4gh_visa_v1": said} | changes
    header = {"alg": "ES256", "kid": "first", "typ": "JWT", "jku": f"{ISSUER}/jwks"}
    return jwt.encode(header, claims, ECKey.import_key(key))


def _by_visa(person: Files) -> None:
    del person["accreditation"]
    person["by_visa"] = ["accreditation"]


def _listed(home: Path) -> None:
    """The provider's own visas stand for the accreditation that the researcher's file has not."""
    edit_yaml(home / f"policies/people/{RESEARCHER}.yaml", _by_visa)
    accepts = [
        {"type": "ResearcherStatus", "values": [BONA_FIDE], "sources": [BOARD], "accreditation": "DEA"}
    ]
    listed = {"issuer": ISSUER, "jwks": f"{ISSUER}/jwks", "algorithms": ["ES256"], "accepts": accepts}
    edit_yaml(home / "policies/sign-in.yaml", lambda found: found.update(visas=[listed]))


def signed_in_with(
    home: Path, folder: Path, certificate: Certificate, visas: list[str]
) -> Iterator[Together]:
    mine = {SUBJECTS[RESEARCHER]: {"claims": {"ga4gh_passport_v1": visas}}}
    with together(
        home, folder, certificate, people=mine, change=_listed, keys=(KEY,), port=PORT, granted=False
    ) as both:
        yield both


@pytest.mark.parametrize(
    ("visas", "counts"),
    [
        ([visa(SUBJECTS[RESEARCHER])], True),
        ([visa("s-somebody-else")], False),
        ([visa(SUBJECTS[RESEARCHER], key=signing_key("first"))], False),
        ([], False),
    ],
    ids=["their own", "another's", "signed by another", "none"],
)
def test_a_visa_counts_for_whom_it_is_about_if_its_issuer_signed_it(
    visas: list[str],
    counts: bool,
    home: Path,
    tmp_path: Path,
    certificate: Certificate,
    page: Page,
) -> None:
    for both in signed_in_with(home, tmp_path, certificate, visas):
        both.signs_in(page, RESEARCHER, path="/you")
        page.goto(f"{both.gateway.url}/you")
        assert (LACKS not in page.inner_text("main")) is counts, page.inner_text("main")
