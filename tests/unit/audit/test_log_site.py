"""A witness reads a log that it does not trust: no redirects, bounds on everything, and no answer is no verdict."""

import httpx2
import pytest

from enclave.audit.log_site import MOST_BYTES, log_site
from enclave.audit.witness import WitnessUnusable


def answering(status: int, content: bytes = b"") -> httpx2.MockTransport:
    return httpx2.MockTransport(
        lambda _: httpx2.Response(status, content=content, headers={"Location": "/elsewhere"})
    )


def test_a_file_is_read_below_audit_of_the_service() -> None:
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return httpx2.Response(200, content=b"content")

    with log_site("https://enclave.test/house/", transport=httpx2.MockTransport(answer)) as read:
        assert read("tile/0/x001/234.p/5") == b"content"
    assert asked == ["https://enclave.test/house/audit/tile/0/x001/234.p/5"]


def test_a_file_that_is_not_there_is_none() -> None:
    with log_site("https://enclave.test", transport=answering(404)) as read:
        assert read("checkpoint") is None


@pytest.mark.parametrize("status", [201, 301, 302, 401, 403, 429, 500, 503])
def test_another_answer_is_no_file_and_no_verdict(status: int) -> None:
    with (
        log_site("https://enclave.test", transport=answering(status)) as read,
        pytest.raises(WitnessUnusable, match=str(status)),
    ):
        read("checkpoint")


def test_a_file_that_is_too_long_is_not_read_to_its_end() -> None:
    with (
        log_site("https://enclave.test", transport=answering(200, bytes(MOST_BYTES + 1))) as read,
        pytest.raises(WitnessUnusable, match="too long"),
    ):
        read("checkpoint")


def test_a_service_that_is_not_there_cannot_be_reached() -> None:
    def broken(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused")

    with (
        log_site("https://enclave.test", transport=httpx2.MockTransport(broken)) as read,
        pytest.raises(WitnessUnusable, match="cannot be reached"),
    ):
        read("checkpoint")


@pytest.mark.parametrize("url", ["enclave.test", "file:///etc/passwd", "ftp://enclave.test", "https://", ""])
def test_an_address_of_another_kind_is_not_asked(url: str) -> None:
    with pytest.raises(WitnessUnusable, match="address"), log_site(url):
        pass
