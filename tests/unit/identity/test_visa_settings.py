"""Whose visas count is in `sign-in.yaml`: each mistake is named with its place."""

from pathlib import Path

import pytest

from enclave.documents import Findings
from enclave.identity.settings import FILE, read_sign_in

HEAD = """\
apiVersion: enclave/v1
kind: SignIn
audience: https://enclave.example/api
issuers: [{ issuer: "https://login.example", jwks: "https://login.example/jwks" }]
"""
BROWSER = """\
browser: { issuer: "https://login.example", client_id: web, address: "https://enclave.example" }
"""
ONE = '{ type: ResearcherStatus, values: ["https://v.example"], sources: ["https://s.example"], accreditation: DEA }'
VISAS = 'visas: [{ issuer: "https://visas.example", jwks: "https://visas.example/jwks", accepts: [%s] }]\n'


def read(folder: Path, text: str) -> list[str]:
    (folder / FILE).write_text(text, "utf-8")
    try:
        read_sign_in(folder)
    except Findings as found:
        return [one.code for one in found.findings]
    return []


def test_a_list_that_is_good_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, HEAD + BROWSER + VISAS % ONE) == []
    found = read_sign_in(tmp_path)
    assert found is not None
    assert [one.issuer for one in found.visas] == ["https://visas.example"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HEAD + VISAS % ONE, "visas-without-browser"),
        (HEAD + BROWSER + VISAS % ONE.replace("accreditation:", "training: t, accreditation:"), "visa-stands-for"),
        (HEAD + BROWSER + VISAS % ONE.replace(", accreditation: DEA", ""), "visa-stands-for"),
        (HEAD + BROWSER + VISAS % ONE.replace("ResearcherStatus", "LinkedIdentities"), "not-allowed-value"),
        (HEAD + BROWSER + VISAS % ONE.replace('values: ["https://v.example"]', "values: []"), "wrong-kind"),
        (HEAD + BROWSER + (VISAS % ONE).replace('jwks: "https:', 'jwks: "http:'), "wrong-kind"),
        (HEAD + BROWSER + VISAS % ONE.replace("accreditation: DEA", "role: admin"), "unknown-key"),
        (HEAD + BROWSER + VISAS[:-2] % ONE + ", " + (VISAS % ONE)[8:], "issuer-twice"),
    ],
)  # fmt: skip
def test_a_mistake_is_found(text: str, code: str, tmp_path: Path) -> None:
    assert code in read(tmp_path, text)
