"""`sign-in.yaml`: whose tokens count."""

from pathlib import Path

import pytest

from enclave.documents import Findings
from enclave.identity.settings import FILE, read_sign_in

GOOD = """\
apiVersion: enclave/v1
kind: SignIn
audience: https://enclave.example/api
issuers:
  - { issuer: "https://login.example", jwks: "https://login.example/jwks", algorithms: [ES256], acr: [mfa] }
"""


def read(folder: Path, text: str) -> list[str]:
    (folder / FILE).write_text(text, "utf-8")
    found = read_sign_in(folder)
    assert found is not None
    return [entry.issuer for entry in found.issuers]


def test_the_issuers_of_a_house_are_read(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD) == ["https://login.example"]


def test_a_home_may_have_none(tmp_path: Path) -> None:
    assert read_sign_in(tmp_path) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"https://login.example",', '"urn:enclave:dev",'),
        ('"https://login.example",', '"http://login.example",'),
        ("https://login.example/jwks", "http://login.example/jwks"),
        ("https://login.example/jwks", "file:///etc/passwd"),
        ("[ES256]", "[none]"),
        ("[ES256]", "[HS256]"),
        ("[ES256]", "[]"),
        ("audience: https://enclave.example/api\n", ""),
        ("acr:", "trusted:"),
        ("kind: SignIn", "kind: House"),
        (
            "acr: [mfa] }\n",
            'acr: [mfa] }\n  - { issuer: "https://login.example", jwks: "https://x.example/jwks" }\n',
        ),
    ],
)
def test_what_cannot_be_trusted_is_refused_whole(tmp_path: Path, old: str, new: str) -> None:
    assert old in GOOD
    with pytest.raises(Findings):
        read(tmp_path, GOOD.replace(old, new))
