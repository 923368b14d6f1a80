"""Who is signed in where, kept in the user's own folder: readable by nobody else, replaced whole."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from enclave.client import surroundings
from enclave.client.problems import NotSignedIn, Problem, simply

OWNER_ONLY = 0o077
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, repr=False)
class SignIn:
    """A token for one service. Its `repr` would show the token, so it has none."""

    url: str
    token: str
    person: str
    expires_at: float

    @property
    def lapsed(self) -> bool:
        return surroundings.now() >= self.expires_at


def service_url(url: str) -> str:
    """The address without a slash at its end.

    Raises:
        Problem: it is none, or a token would travel to it unencrypted.
    """
    parts = urlsplit(url if "://" in url else f"https://{url}")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise simply(Problem, "wrong-address", f"{url} is not the address of a service.")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise simply(
            Problem,
            "not-encrypted",
            f"{url} is not encrypted, and a token would travel over it. Use https:// for another machine.",
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def is_loopback(host: str | None) -> bool:
    return host in LOOPBACK


def keep(sign_in: SignIn, folder: Path) -> None:
    """Write the sign-in, so that a reader finds the old one or the new one, and no one else finds either."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".sign-in-")  # made with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(sign_in), file)
        Path(name).replace(_file(folder))
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def kept(folder: Path) -> SignIn:
    """The sign-in that was kept last.

    Raises:
        NotSignedIn: there is none, it has lapsed, or others can read it.
    """
    try:
        if _file(folder).stat().st_mode & OWNER_ONLY:
            raise simply(
                NotSignedIn, "not-signed-in", f"{_file(folder)} can be read by others. Sign in again."
            )
        found = json.loads(_file(folder).read_text("utf-8"))
    except FileNotFoundError:
        raise simply(NotSignedIn, "not-signed-in", "Nobody is signed in. First: enclave login URL") from None
    except (OSError, ValueError):
        raise simply(NotSignedIn, "not-signed-in", "The sign-in cannot be read. Sign in again.") from None
    sign_in = _read(found)
    if sign_in.lapsed:
        raise simply(
            NotSignedIn, "not-signed-in", f"The sign-in has ended. Again: enclave login {sign_in.url}"
        )
    return sign_in


def forget(folder: Path) -> bool:
    """Remove the sign-in. Whether there was one."""
    there = _file(folder).is_file()
    _file(folder).unlink(missing_ok=True)
    return there


def _file(folder: Path) -> Path:
    return folder / "sign-in.json"


def _read(found: Any) -> SignIn:
    if isinstance(found, Mapping):
        url, token, person, ends = (found.get(name) for name in ("url", "token", "person", "expires_at"))
        if isinstance(url, str) and isinstance(token, str) and isinstance(ends, int | float):
            return SignIn(service_url(url), token, str(person or ""), float(ends))
    raise simply(NotSignedIn, "not-signed-in", "The sign-in cannot be read. Sign in again.")
