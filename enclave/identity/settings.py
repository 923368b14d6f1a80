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


class AcceptedEntry(Entry):
    """A kind of visa that counts, and for what: exactly one of the two."""

    type: Literal[
        "ResearcherStatus", "AffiliationAndRole", "AcceptedTermsAndPolicies", "ControlledAccessGrants"
    ]
    values: Annotated[list[Text], Setting(min_length=1, max_length=50)]
    sources: Annotated[list[Text], Setting(min_length=1, max_length=50)]
    accreditation: Text | None = None
    training: Text | None = None


class VisaIssuerEntry(Entry):
    """Somebody whose GA4GH visas count. `jwks` is where its public keys are, whatever a visa says of it."""

    issuer: Address
    jwks: Address
    algorithms: Annotated[
        list[Literal["ES256", "ES384", "PS256", "RS256", "Ed25519"]], Setting(min_length=1)
    ] = Setting(default=["ES256", "RS256"])
    accepts: Annotated[list[AcceptedEntry], Setting(min_length=1, max_length=50)]
    oldest_days: Annotated[int, Setting(ge=1, le=1826)] = 365


class SignInFile(Entry):
    """`sign-in.yaml`."""

    api_version: Literal["enclave/v1"] = Setting(alias="apiVersion")
    kind: Literal["SignIn"]
    audience: Text
    issuers: Annotated[list[IssuerEntry], Setting(min_length=1, max_length=20)]
    browser: BrowserEntry | None = None
    device: DeviceEntry | None = None
    visas: Annotated[list[VisaIssuerEntry], Setting(max_length=20)] = Setting(default=[])


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
        _report_visas(parsed, report)
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


def _report_visas(parsed: Parsed[SignInFile], report: Report) -> None:
    """Each visa stands for one thing, and comes by way of a browser's sign-in, since it is read from userinfo."""
    names = [entry.issuer for entry in parsed.entry.visas]
    if names and parsed.entry.browser is None:
        report.error(
            parsed.key("visas"),
            "visas-without-browser",
            "visas are read when somebody signs in with a browser, and there is no browser",
            fix="add browser, or remove visas",
        )
    for index, entry in enumerate(parsed.entry.visas):
        if entry.issuer in names[:index]:
            place = parsed.place("visas", index)
            report.error(place, "issuer-twice", f"{entry.issuer} stands twice", fix="remove one")
        for at, one in enumerate(entry.accepts):
            if (one.accreditation is None) is (one.training is None):
                report.error(
                    parsed.place("visas", index, "accepts", at),
                    "visa-stands-for",
                    "a visa stands for one thing: accreditation (a scheme) or training (a course)",
                    fix="write one of the two",
                )
