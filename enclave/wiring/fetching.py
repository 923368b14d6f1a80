"""The keys of sign-in services: the one thing that the gateway ever fetches from elsewhere."""

import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from typing import Final
from urllib.request import HTTPDefaultErrorHandler

from enclave.identity.keys import MOST_BYTES

SECONDS: Final = 5.0


def fetcher(address: str) -> Callable[[], bytes]:
    """Fetches the document at an https address, or raises OSError: no redirect, no proxy, no other kind of address."""
    opener = urllib.request.OpenerDirector()
    for handler in (urllib.request.HTTPSHandler, urllib.request.HTTPErrorProcessor, HTTPDefaultErrorHandler):
        opener.add_handler(handler())

    def fetch() -> bytes:
        try:
            with opener.open(address, timeout=SECONDS) as answer:
                document: bytes = answer.read(MOST_BYTES + 1)
                return document
        except (HTTPException, AttributeError, ValueError) as error:
            raise OSError("the keys could not be fetched") from error

    return fetch
