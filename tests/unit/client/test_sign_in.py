"""Where a token is kept, and where it travels."""

import stat
from pathlib import Path

import httpx2
import pytest

from enclave.client import Misunderstood, NotSignedIn, Problem, connect, surroundings
from enclave.client.service import Service, sign_in_as
from enclave.client.sign_in import SignIn, forget, keep, kept, service_url
from tests.unit.client.fake_service import URL, FakeService, gives, problem

ME = "GET /api/v1/me"


def sign_in(ends: float = 1e12) -> SignIn:
    return SignIn(URL, "a-secret-token", "somebody", ends)


def test_a_sign_in_is_kept_for_its_owner_alone_and_replaced_whole(tmp_path: Path) -> None:
    folder = tmp_path / "enclave"
    keep(sign_in(), folder)
    keep(sign_in(), folder)
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert kept(folder) == sign_in()
    assert forget(folder)
    assert not forget(folder)


def test_a_sign_in_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    keep(sign_in(), tmp_path / "enclave")
    (tmp_path / "enclave" / "sign-in.json").chmod(0o644)
    with pytest.raises(NotSignedIn, match="can be read by others"):
        kept(tmp_path / "enclave")


def test_a_sign_in_that_has_ended_is_not_sent(tmp_path: Path) -> None:
    keep(sign_in(ends=surroundings.now() - 1), tmp_path / "enclave")
    with pytest.raises(NotSignedIn, match="has ended"):
        connect()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": "https://x", "token": 1, "expires_at": 1}'])
def test_a_sign_in_that_cannot_be_read_is_none(text: str, tmp_path: Path) -> None:
    file = tmp_path / "enclave" / "sign-in.json"
    file.parent.mkdir()
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(NotSignedIn):
        kept(tmp_path / "enclave")


def test_the_token_is_in_no_repr() -> None:
    assert "secret" not in repr(sign_in())
    assert "secret" not in repr(Service(URL, "a-secret-token"))


@pytest.mark.parametrize(
    "url",
    ["http://enclave.example", "http://192.0.2.7:8000", "http://localhost.example", "http://[2001:db8::1]/"],
)
def test_a_token_travels_unencrypted_to_this_machine_alone(url: str) -> None:
    with pytest.raises(Problem, match="not encrypted"):
        service_url(url)


@pytest.mark.parametrize("url", ["http://localhost:8000/", "http://127.0.0.1:8000", "http://[::1]:8000"])
def test_this_machine_may_be_spoken_to_unencrypted(url: str) -> None:
    assert service_url(url) == url.rstrip("/")


@pytest.mark.parametrize("url", ["ftp://enclave.example", "https://", "https://user:pass@enclave.example"])
def test_what_is_no_address_of_a_service_is_refused(url: str) -> None:
    with pytest.raises(Problem, match="not the address"):
        service_url(url)


def test_a_token_does_not_follow_a_redirect() -> None:
    fake = FakeService().on(
        ME, lambda _: httpx2.Response(302, headers={"Location": "https://elsewhere.example/"})
    )
    with pytest.raises(Misunderstood):
        fake.service().me()
    assert len(fake.asked) == 1


def test_what_answers_is_not_quoted_when_it_is_no_enclave() -> None:
    fake = FakeService().on(ME, lambda _: httpx2.Response(500, text="<html>Traceback: secret</html>"))
    with pytest.raises(Misunderstood) as found:
        fake.service().me()
    assert "secret" not in str(found.value)


def test_a_token_that_is_refused_asks_for_a_new_sign_in() -> None:
    fake = FakeService().on(ME, problem("unauthenticated", 401))
    with pytest.raises(NotSignedIn):
        fake.service().me()


def test_a_persona_signs_in_at_the_development_issuer() -> None:
    fake = FakeService().on(
        "POST /dev/token", gives({"access_token": "t", "token_type": "Bearer", "expires_in": 60})
    )
    made = sign_in_as(URL, "somebody", transport=httpx2.MockTransport(fake._answer))
    assert (made.token, made.person, made.lapsed) == ("t", "somebody", False)
    assert "Authorization" not in fake.asked[0].headers


def test_a_token_from_the_environment_needs_no_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeService().on(ME, gives({"projects": [{"id": "P-1", "title": "One"}]}))
    monkeypatch.setenv("ENCLAVE_TOKEN", "from-the-environment")
    monkeypatch.setenv("ENCLAVE_URL", URL)
    fake.takes_over(monkeypatch)
    assert connect().id == "P-1"
    assert fake.asked[0].headers["Authorization"] == "Bearer from-the-environment"


@pytest.mark.parametrize(
    ("projects", "named", "said"),
    [
        ([], None, "is on no project"),
        (["P-1", "P-2"], None, "name one of P-1, P-2"),
        (["P-1"], "P-9", "P-9 is none of your projects"),
    ],
)
def test_which_project_is_meant_must_be_plain(
    projects: list[str], named: str | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeService().on(ME, gives({"person": "x", "projects": [{"id": id} for id in projects]}))
    fake.takes_over(monkeypatch)
    with pytest.raises(Problem, match=said):
        connect(URL, token="t", project=named)


def test_lists_are_read_to_their_end() -> None:
    pages = gives({"items": [{"id": "O-2"}], "next": "more"}), gives({"items": [{"id": "O-1"}], "next": None})
    fake = FakeService().on("GET /api/v1/outputs", *pages)
    assert [one["id"] for one in fake.service().outputs()] == ["O-2", "O-1"]
    assert fake.asked[1].url.params["cursor"] == "more"
