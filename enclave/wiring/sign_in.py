"""Whose tokens count in a home: the issuers of its `sign-in.yaml`, and in a synthetic house the development issuer."""

from dataclasses import dataclass
from datetime import timedelta

from joserfc.jwk import OKPKey

from enclave.actions.check_policy import Policies
from enclave.identity.development import AUDIENCE, DevelopmentIssuer
from enclave.identity.keys import FetchedKeys
from enclave.identity.providers import DOCUMENT, BrowserSignIn, Provider
from enclave.identity.settings import (
    FILE,
    AcceptedEntry,
    IssuerEntry,
    SignInFile,
    VisaIssuerEntry,
    read_sign_in,
)
from enclave.identity.tokens import Issuer, TokenRules
from enclave.identity.visas import Accepted, VisaIssuer
from enclave.people.evidence import Stands
from enclave.wiring.fetching import fetcher
from enclave.wiring.home import Home, WrongUse
from enclave.wiring.sources import new_token_id

CLIENT_SECRET = "sign-in.secret"


@dataclass(frozen=True, slots=True)
class SignIn:
    """How people sign in. `development` is None where the data are real, or where other machines can call."""

    rules: TokenRules
    development: DevelopmentIssuer | None
    browser: BrowserSignIn | None
    device: Provider | None


def sign_in_of(home: Home, policies: Policies, *, loopback: bool) -> SignIn:
    """The issuers of a home. The development issuer is there for synthetic data alone, and on loopback alone.

    Raises:
        Findings: what is wrong with `sign-in.yaml`.
        WrongUse: nobody could sign in, or, where the data are real, without evidence of how.
    """
    entry = read_sign_in(home.policies)
    if not policies.house.synthetic:
        _all_give_evidence(entry)
    audience = AUDIENCE if entry is None else entry.audience
    development = _development(policies, audience) if policies.house.synthetic and loopback else None
    issuers = (*_issuers(entry), *([] if development is None else [development.issuer]))
    if not issuers:
        raise WrongUse(
            f"nobody could sign in: {home.policies} has no {FILE}, and the development issuer is for synthetic data on "
            "this machine alone"
        )
    return SignIn(
        TokenRules(audience, issuers), development, _browser(entry, issuers, home), _device(entry, issuers)
    )


def _all_give_evidence(entry: SignInFile | None) -> None:
    """With real data each issuer has to say how its people signed in: nothing else tells a second factor from none."""
    silent = [one.issuer for one in (() if entry is None else entry.issuers) if not one.acr and not one.amr]
    if silent:
        raise WrongUse(
            f"{FILE}: with real data {', '.join(silent)} needs acr or amr, which say by what "
            "evidence of a second factor its tokens are taken"
        )


def _development(policies: Policies, audience: str) -> DevelopmentIssuer:
    key = OKPKey.generate_key("Ed25519")
    return DevelopmentIssuer(
        key, audience=audience, synthetic=policies.house.synthetic, new_token_id=new_token_id
    )


def _browser(entry: SignInFile | None, issuers: tuple[Issuer, ...], home: Home) -> BrowserSignIn | None:
    """How browsers sign in. The client's secret is a file among the keys; a client without one has PKCE alone."""
    if entry is None or entry.browser is None:
        return None
    said = entry.browser
    (issuer,) = [one for one in issuers if one.name == said.issuer]
    (jwks,) = [one.jwks for one in entry.issuers if one.issuer == said.issuer]
    fetch = fetcher(said.issuer.rstrip("/") + DOCUMENT)
    provider = Provider(issuer, said.client_id, _secret(home), fetch)
    visas = {one.issuer: _visa_issuer(one) for one in entry.visas}
    return BrowserSignIn(provider, jwks, said.address, said.button, visas)


def _device(entry: SignInFile | None, issuers: tuple[Issuer, ...]) -> Provider | None:
    if entry is None or entry.device is None:
        return None
    said = entry.device
    (issuer,) = [one for one in issuers if one.name == said.issuer]
    return Provider(issuer, said.client_id, None, fetcher(said.issuer.rstrip("/") + DOCUMENT))


def _secret(home: Home) -> str | None:
    path = home.keys / CLIENT_SECRET
    if not path.is_file():
        return None
    if path.stat().st_mode & 0o077:
        raise WrongUse(f"{path} can be read by others; set its mode to 600")
    return path.read_text("ascii").strip()


def _visa_issuer(entry: VisaIssuerEntry) -> VisaIssuer:
    return VisaIssuer(
        name=entry.issuer,
        jwks=entry.jwks,
        keys=FetchedKeys(fetcher(entry.jwks)),
        algorithms=frozenset(entry.algorithms),
        accepted=tuple(map(_accepted, entry.accepts)),
        oldest=timedelta(days=entry.oldest_days),
    )


def _accepted(entry: AcceptedEntry) -> Accepted:
    stands = Stands.TRAINING if entry.accreditation is None else Stands.ACCREDITATION
    name = entry.accreditation or entry.training or ""
    return Accepted(entry.type, frozenset(entry.values), frozenset(entry.sources), stands, name)


def _issuers(entry: SignInFile | None) -> list[Issuer]:
    return [] if entry is None else [_issuer(one) for one in entry.issuers]


def _issuer(entry: IssuerEntry) -> Issuer:
    return Issuer(
        entry.issuer,
        FetchedKeys(fetcher(entry.jwks)),
        frozenset(entry.algorithms),
        acr=frozenset(entry.acr),
        amr=frozenset(entry.amr),
        scope=entry.scope,
        single_use=entry.single_use,
    )
