"""Signing in at the house's sign-in service: authorization code with PKCE, state and nonce (OpenID Connect Core).

What a sign-in under way must remember travels in a cookie that only this service can read or make, so that a callback
counts for the browser that began it, once, and for some minutes.
"""

import json
import ssl
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth, StarletteOAuth2App
from fastapi import APIRouter, Query
from joserfc.errors import JoseError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from enclave.actions.visas import record_visas
from enclave.identity.id_tokens import verify_id_token
from enclave.identity.keys import MOST_BYTES
from enclave.identity.providers import UNAVAILABLE, BrowserSignIn, Described
from enclave.identity.tokens import Verified
from enclave.identity.visas import PASSPORT, read_passport
from enclave.people.sessions import LONGEST
from enclave.problems.http import SignInRefused, SignInUnavailable, Unauthenticated
from enclave.problems.service import NotFound
from enclave.web.cookies import FLOW, forget, read, write
from enclave.web.pages.sign_in.entering import MOST_PATH, own_path, signed_in_with
from enclave.web.parameters import ANSWER
from enclave.web.service import Service, TheService, stranger

router = APIRouter(include_in_schema=False)

MOST_SECONDS: Final = 600
"""From the button to coming back."""
LONGEST_SECONDS: Final = int(LONGEST.total_seconds())
ANSWER_SECONDS: Final = 10.0
NAME: Final = "provider"
SCOPE: Final = "openid"
NOT_ENOUGH: Final = (
    "You signed in with less than this house asks for, such as a second factor. Sign in with it."
)
REFUSED: Final = "The sign-in service did not sign you in. Nothing was done; you can try again."
NOT_BEGUN_HERE: Final = (
    "This sign-in was not begun in this browser, took too long, or was used. Begin again from here."
)
Onward = Annotated[str, Query(alias="next", max_length=MOST_PATH)]
Again = Annotated[bool, Query()]


@router.get("/sign-in/start")
async def start(
    request: Request, service: TheService, onward: Onward = "/", again: Again = False
) -> Response:
    """To the sign-in service. `again`: whoever is signed in there must show anew that it is them."""
    stranger(request)
    browser, now = _browser(service), service.desk.clock.now()
    client = _client(browser, await run_in_threadpool(browser.provider.described, now))
    session: dict[str, Any] = {}
    request.scope["session"] = session
    answer: Response = await client.authorize_redirect(request, browser.back, **_asked(browser, again=again))
    flow = {"session": session, "next": own_path(onward), "again": again, "began_at": now.isoformat()}
    sealed = service.gateway.key.seal(json.dumps(flow).encode()).hex()
    write(answer, FLOW, sealed, service, seconds=MOST_SECONDS)
    return answer


@router.get("/sign-in/callback", openapi_extra=ANSWER)
async def callback(request: Request, service: TheService) -> Response:
    """Back from the sign-in service, with a code that is worth something once and to us alone."""
    stranger(request)
    browser, now = _browser(service), service.desk.clock.now()
    flow = _flow(request, service, now)
    found = await run_in_threadpool(browser.provider.described, now)
    _check_who_answers(request, browser, found)
    nonce = _nonce(flow)
    token = await _token(_client(browser, found), request, flow)
    about = await run_in_threadpool(_about, token, nonce, flow, browser, now)
    if browser.visas:
        said = await _userinfo(_client(browser, found), token, found, about)
        await run_in_threadpool(_note_visas, said, about, browser, service)
    answer = await run_in_threadpool(signed_in_with, about, own_path(flow["next"]), request)
    forget(answer, FLOW, service)
    return answer


def _asked(browser: BrowserSignIn, *, again: bool) -> dict[str, Any]:
    """How somebody should sign in: how lately, which makes the answer say when it was; and with what evidence."""
    acr = browser.provider.issuer.acr
    asked: dict[str, Any] = {"acr_values": " ".join(sorted(acr))} if acr else {}
    return asked | ({"max_age": 0, "prompt": "login"} if again else {"max_age": LONGEST_SECONDS})


def _browser(service: Service) -> BrowserSignIn:
    if service.gateway.browser is None:
        raise NotFound(detail="Browsers sign in at no other service here.")
    return service.gateway.browser


def _client(browser: BrowserSignIn, found: Described) -> StarletteOAuth2App:
    """Authlib's client. All that it knows of the service was checked before."""
    provider, oauth = browser.provider, OAuth()
    oauth.register(
        NAME,
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        authorize_url=found.addresses["authorization_endpoint"],
        access_token_url=found.addresses["token_endpoint"],
        issuer=provider.issuer.name,
        jwks_uri=browser.jwks,
        id_token_signing_alg_values_supported=sorted(provider.issuer.algorithms),
        client_kwargs={
            "scope": f"{SCOPE} {PASSPORT}" if browser.visas else SCOPE,
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": "client_secret_basic" if provider.client_secret else "none",
            "verify": ssl.create_default_context(),
            "timeout": ANSWER_SECONDS,
            "follow_redirects": False,
            "trust_env": False,
        },
    )
    client = oauth.create_client(NAME)  # type: ignore[no-untyped-call]
    assert isinstance(client, StarletteOAuth2App), "the one that was registered"
    return client


def _flow(request: Request, service: Service, now: datetime) -> dict[str, Any]:
    """What this browser's sign-in began with.

    Raises:
        SignInRefused: this browser began none, or too long ago.
    """
    cookie = read(request, FLOW, service)
    try:
        text = None if cookie is None else service.gateway.key.unseal(bytes.fromhex(cookie))
    except ValueError:
        text = None
    flow: dict[str, Any] = {} if text is None else json.loads(text)
    began = datetime.fromisoformat(flow["began_at"]) if flow else None
    if began is None or not began <= now < began + timedelta(seconds=MOST_SECONDS):
        raise SignInRefused(detail=NOT_BEGUN_HERE)
    return flow


def _check_who_answers(request: Request, browser: BrowserSignIn, found: Described) -> None:
    """RFC 9207: an answer of another server, which this one's would be mistaken for, is no answer."""
    said = request.query_params.getlist("iss")
    expected = (
        [[browser.provider.issuer.name]] if found.names_itself else [[], [browser.provider.issuer.name]]
    )
    if said not in expected:
        raise SignInRefused(detail=NOT_BEGUN_HERE)


async def _token(client: StarletteOAuth2App, request: Request, flow: dict[str, Any]) -> dict[str, Any]:
    """What the code is exchanged for.

    Raises:
        SignInRefused: the service says no, or the answer is not to what this browser asked.
        SignInUnavailable: it cannot be reached.
    """
    request.scope["session"] = flow["session"]
    try:
        token: dict[str, Any] = await client.authorize_access_token(  # type: ignore[no-untyped-call]
            request
        )
    except OAuthError:
        raise SignInRefused(detail=REFUSED) from None
    except (httpx2.HTTPError, OSError):
        raise SignInUnavailable(detail=UNAVAILABLE) from None
    except (JoseError, ValueError, KeyError, RuntimeError):
        raise SignInRefused(detail=REFUSED) from None
    return token


async def _userinfo(
    client: StarletteOAuth2App, token: dict[str, Any], found: Described, about: Verified
) -> dict[str, Any] | None:
    """What the service says of whoever has signed in; None when it cannot be had, or is about somebody else."""
    address = found.addresses.get("userinfo_endpoint")
    if address is None:
        return None
    try:
        answer = await client.get(address, token=token)  # type: ignore[no-untyped-call]
        small = answer.status_code == 200 and len(answer.content) <= MOST_BYTES
        said = answer.json() if small else None
    except (OAuthError, httpx2.HTTPError, OSError, ValueError):
        return None
    return said if isinstance(said, dict) and said.get("sub") == about.subject else None


def _note_visas(
    said: dict[str, Any] | None, about: Verified, browser: BrowserSignIn, service: Service
) -> None:
    """Visas of somebody for whom they may count. Where nothing was said, what was shown before stands until it ends."""
    asker = service.gateway.asker(about)
    person = service.desk.policies().people[asker.person]
    if said is None or not person.by_visa:
        return
    mine = frozenset((one.issuer, one.subject) for one in person.identities)
    read = read_passport(said, browser.visas, mine, now=service.desk.clock.now())
    record_visas(asker, read.evidence, read.refused, service.desk)
    service.gateway.visas_shown()


def _nonce(flow: dict[str, Any]) -> str:
    """Read before the library forgets it, which it does with what it has used."""
    (begun,) = flow["session"].values()
    nonce: str = begun["data"]["nonce"]
    return nonce


def _about(
    token: dict[str, Any], nonce: str, flow: dict[str, Any], browser: BrowserSignIn, now: datetime
) -> Verified:
    """Who has signed in, by what this service checks of the ID token itself."""
    id_token = token.get("id_token")
    if not isinstance(id_token, str):
        raise SignInRefused(detail=REFUSED)
    try:
        return verify_id_token(
            id_token,
            browser.provider.issuer,
            client_id=browser.provider.client_id,
            nonce=nonce,
            since=datetime.fromisoformat(flow["began_at"]) if flow["again"] else None,
            now=now,
        )
    except Unauthenticated as refused:
        raise SignInRefused(detail=NOT_ENOUGH if refused.reason == "acr" else REFUSED) from None
