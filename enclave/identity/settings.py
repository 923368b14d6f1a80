"""`sign-in.yaml` beside the policy files: whose access tokens count.

A home without one has the development issuer alone, which a house with real data refuses. No file can name that issuer:
in a file an issuer is an https address.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field as Setting
from pydantic import StringConstraints

from enclave.documents import Entry, Parsed, Report, parse_what_can_be, read_document

FILE = "sign-in.yaml"
Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Address = Annotated[str, StringConstraints(pattern=r"^https://[^\s]{1,240}$")]


class IssuerEntry(Entry):
    """One authorisation server. `issuer` is exactly the `iss` of its tokens; `jwks` is where its public keys are."""

    issuer: Address
    jwks: Address
    algorithms: Annotated[
        list[Literal["ES256", "ES384", "PS256", "RS256", "Ed25519"]], Setting(min_length=1)
    ] = Setting(default=["ES256"])
    acr: list[Text] = Setting(default=[])
    amr: list[Text] = Setting(default=[])
    scope: Annotated[str, StringConstraints(pattern=r"^[\x21\x23-\x5b\x5d-\x7e]{1,100}$")] | None = None
    single_use: bool = False


class BrowserEntry(Entry):
    """How browsers sign in: at one of the issuers, as a client of it. Its secret, if it has one, is among the keys.

    `address` is how browsers call this service; people are sent back to it.
    """

    issuer: Address
    client_id: Text
    address: Annotated[
        str, StringConstraints(pattern=r"^(https://[^\s/]{1,240}|http://(127\.0\.0\.1|localhost):\d{1,5})$")
    ]
    button: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Setting(default="Sign in")


class DeviceEntry(Entry):
    """How the command line signs in: by a code that is typed into a browser, at one of the issuers."""

    issuer: Address
    client_id: Text


class SignInFile(Entry):
    """`sign-in.yaml`."""

    api_version: Literal["enclave/v1"] = Setting(alias="apiVersion")
    kind: Literal["SignIn"]
    audience: Text
    issuers: Annotated[list[IssuerEntry], Setting(min_length=1, max_length=20)]
    browser: BrowserEntry | None = None
    device: DeviceEntry | None = None


def read_sign_in(folder: Path) -> SignInFile | None:
    """What the file says, or None where there is none.

    Raises:
        Findings: everything that is wrong with it.
    """
    path = folder / FILE
    if not path.exists():
        return None
    report = Report()
    document = read_document(path, file=FILE, report=report)
    parsed = parse_what_can_be(document, SignInFile, report) if document is not None else None
    if parsed is not None:
        _report_twice(parsed, report)
        _report_strangers(parsed, report)
    report.raise_errors()
    assert parsed is not None, "what cannot be read was reported as an error"
    return parsed.entry


def _report_twice(parsed: Parsed[SignInFile], report: Report) -> None:
    names = [entry.issuer for entry in parsed.entry.issuers]
    for index, name in enumerate(names):
        if name in names[:index]:
            report.error(
                parsed.place("issuers", index), "issuer-twice", f"{name} stands twice", fix="remove one"
            )


def _report_strangers(parsed: Parsed[SignInFile], report: Report) -> None:
    """People are sent to no server whose tokens do not count."""
    known = {entry.issuer for entry in parsed.entry.issuers}
    for part in ("browser", "device"):
        entry: BrowserEntry | DeviceEntry | None = getattr(parsed.entry, part)
        if entry is not None and entry.issuer not in known:
            report.error(
                parsed.place(part, "issuer"),
                "issuer-unknown",
                f"{entry.issuer} is none of the issuers",
                fix="add it to issuers",
            )
